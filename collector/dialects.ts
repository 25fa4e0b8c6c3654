// The dialects that spans are posted in: where, in which encodings, and what their senders expect to hear.
import {
  type Decoded,
  decodeOtlpJson,
  decodeOtlpProtobuf,
  decodeZipkinProto3,
  decodeZipkinThrift,
  decodeZipkinV1Json,
  decodeZipkinV2Json,
  encodeOtlpError,
  encodeOtlpResponse,
  type ErrorForm,
  HopscopeError,
  zipkinJsonVersion,
} from '@hopscope/proto'
import { type Accepted, refusalError, refusalText } from './pipeline.ts'

/** One way of writing a body in a dialect. */
interface Encoding {
  readonly decode: (bytes: Uint8Array) => Decoded
  /** What is said when every good span is stored. @throws HopscopeError `spans-refused`, if that is how it is said */
  readonly answer: (accepted: Accepted) => Answer
  /** How an error is put, if not as text. */
  readonly errorForm?: ErrorForm
}

export interface Answer {
  readonly status: number
  readonly type?: string
  readonly body?: string | Uint8Array
}

export interface Dialect {
  readonly paths: readonly string[]
  /**
   * @param type the media type in lower case, without parameters; empty if none was sent
   * @throws HopscopeError `media-type-unsupported`
   */
  readonly encodingOf: (type: string) => Encoding
}

/** 202 without a body, or a 400 that names the spans that were refused. */
function zipkinAnswer(accepted: Accepted): Answer {
  if (accepted.refusedCount > 0) throw refusalError(accepted)
  return { status: 202 }
}

/** Zipkin takes an empty body for an empty list. */
const zipkin = (decode: Encoding['decode']): Encoding => ({
  decode: (bytes) => (bytes.length === 0 ? NO_SPANS : decode(bytes)),
  answer: zipkinAnswer,
})

const NO_SPANS: Decoded = { spans: [], refused: [], refusedCount: 0 }

/** JSON of the other version would lose most of what it says; as at Zipkin it is refused. */
const zipkinJson = (own: Version, decode: Encoding['decode']): Encoding =>
  zipkin((bytes) => {
    const version = zipkinJsonVersion(bytes) ?? own
    if (version === own) return decode(bytes)
    throw new HopscopeError(
      'body-malformed',
      `These are Zipkin ${version} spans, and ${own} spans are expected here. Post them to /api/${version}/spans.`,
    )
  })

type Version = 'v1' | 'v2'

/**
 * Zipkin's reporters name the binary formats; whatever else they say, or don't, is JSON, as it is for Zipkin. Only a
 * format that belongs to the other path is worth more than a complaint about JSON.
 */
function zipkinDialect(version: Version, json: Encoding, binary: Encoding): Dialect {
  const other = version === 'v1' ? 'v2' : 'v1'
  const othersType = BINARY_TYPES[other]
  return {
    paths: [`/api/${version}/spans`, `/zipkin/api/${version}/spans`],
    encodingOf(type) {
      if (type === othersType)
        throw new HopscopeError(
          'media-type-unsupported',
          `Spans as ${type} are taken at /api/${other}/spans, not at /api/${version}/spans.`,
        )
      return type === BINARY_TYPES[version] ? binary : json
    },
  }
}

const BINARY_TYPES = { v1: 'application/x-thrift', v2: 'application/x-protobuf' }

/** By https://opentelemetry.io/docs/specs/otlp/#otlphttp: refused spans are a partial success, to be sent no second time. */
function otlpEncoding(format: 'json' | 'protobuf', decode: Encoding['decode']): Encoding {
  const type = format === 'json' ? 'application/json' : 'application/x-protobuf'
  return {
    decode,
    answer: (accepted) => ({
      status: 200,
      type,
      body: encodeOtlpResponse(
        format,
        accepted.refusedCount,
        accepted.refusedCount === 0 ? '' : refusalText(accepted),
      ),
    }),
    errorForm: (problem) => ({ type, body: encodeOtlpError(format, problem.status, problem.detail) }),
  }
}

const OTLP_JSON = otlpEncoding('json', decodeOtlpJson)
const OTLP_PROTOBUF = otlpEncoding('protobuf', decodeOtlpProtobuf)

const OTLP: Dialect = {
  paths: ['/v1/traces'],
  encodingOf(type) {
    if (type === 'application/x-protobuf' || type === 'application/protobuf') return OTLP_PROTOBUF
    if (type === 'application/json') return OTLP_JSON
    throw new HopscopeError(
      'media-type-unsupported',
      `Content-Type is ${JSON.stringify(type.slice(0, 100))}. Send OTLP as application/x-protobuf or application/json.`,
    )
  },
}

export const DIALECTS: readonly Dialect[] = [
  zipkinDialect('v2', zipkinJson('v2', decodeZipkinV2Json), zipkin(decodeZipkinProto3)),
  zipkinDialect('v1', zipkinJson('v1', decodeZipkinV1Json), zipkin(decodeZipkinThrift)),
  OTLP,
]
