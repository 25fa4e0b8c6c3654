// Every reader of strangers' bytes, with good samples of what it reads and what must hold of whatever it gives.
import { parse } from 'node:querystring'
import { matchesQuery, spanIdentity, type Span, type TraceQuery } from '@hopscope/model'
import {
  type Decoded,
  decodeOtlpJson,
  decodeOtlpProtobuf,
  decodeZipkinProto3,
  decodeZipkinThrift,
  decodeZipkinV1Json,
  decodeZipkinV2Json,
  detectDecoder,
  encodeOtlpJson,
  encodeZipkinProto3,
  encodeZipkinV2Json,
} from '@hopscope/proto'
import {
  searchFromRest,
  traceQueryFromJaeger,
  traceQueryFromJaegerV3,
  traceQueryFromZipkin,
} from '@hopscope/query'
import type { Target } from './fuzz.ts'
import { OTLP_JSON, OTLP_PROTOBUF, QUERIES, SPANS, THRIFT, V1_JSON } from './samples.ts'
import { TRACEQL_TARGETS } from './traceql-targets.ts'

type Decode = (bytes: Uint8Array) => Decoded

/** Spans of any decoder must be what a span is: written as JSON they are the same spans again, in both of Zipkin's formats. */
function checked(decode: Decode): Target['read'] {
  return (bytes) => {
    const { spans, refused, refusedCount } = decode(bytes)
    for (const { reason } of refused)
      if (reason === '' || reason.length > 500) throw new Error(`a poor reason: ${reason}`)
    if (refused.length > refusedCount) throw new Error('more refusals than are counted')
    const plain = spans.map((span) => ({ ...span, otel: undefined }))
    mustEqual(decodeZipkinV2Json(Buffer.from(encodeZipkinV2Json(plain))), plain, 'v2 JSON')
    // To protobuf 0 is no time, and an annotation without a time is none.
    const timed = plain.map((span) => ({
      ...span,
      annotations: span.annotations.filter((each) => each.timestamp > 0),
    }))
    mustEqual(decodeZipkinProto3(encodeZipkinProto3(timed)), timed, 'proto3')
    for (const span of spans) if (span.otel !== undefined) JSON.parse(span.otel)
    JSON.parse(encodeOtlpJson(spans))
  }
}

function mustEqual({ spans, refused }: Decoded, written: readonly Span[], format: string): void {
  if (refused[0] !== undefined)
    throw new Error(`${format} refuses what was read: ${refused[0].field} ${refused[0].reason}`)
  const identities = (list: readonly Span[]) => list.map(spanIdentity).join()
  if (identities(spans) !== identities(written)) throw new Error(`${format} gives other spans than were read`)
}

/** A query from any URL is one that can be asked. */
function queryFrom(read: (asked: { readonly query: Query }) => TraceQuery): Target['read'] {
  return (bytes) => {
    const asked = read({ query: parse(Buffer.from(bytes).toString()) })
    if (!(asked.limit > 0)) throw new Error(`a limit of ${asked.limit}`)
    for (const time of [asked.from, asked.to])
      if (time !== undefined && !Number.isSafeInteger(time)) throw new Error(`a time of ${time}`)
    matchesQuery(TRACE, asked)
  }
}

type Query = ReturnType<typeof parse>
/** All that the parsers look at of a request. */
type Request = Parameters<typeof searchFromRest>[0]

const TRACE = { traceId: (SPANS[0] as Span).traceId, spans: SPANS }

const V2_JSON = [
  Buffer.from(encodeZipkinV2Json(SPANS)),
  Buffer.from(
    '[{"traceId":1,"id":"2","name":7,"timestamp":"1e3","annotations":[{"timestamp":1,"value":2}]}]',
  ),
]
const PROTO3 = [Buffer.from(encodeZipkinProto3(SPANS))]

const DETAILS = decodeOtlpJson(OTLP_JSON[0] ?? Buffer.of()).spans.flatMap(({ otel }) =>
  otel === undefined ? [] : [Buffer.from(otel)],
)

/** A detail comes from a store: of another version, or not as it was written. Reading it throws nothing at all. */
function readDetail(bytes: Uint8Array): void {
  const otel = Buffer.from(bytes).toString()
  for (const span of SPANS) JSON.parse(encodeOtlpJson([{ ...span, otel }]))
}

export const TARGETS: readonly Target[] = [
  { name: 'zipkin-v2-json', samples: V2_JSON, read: checked(decodeZipkinV2Json) },
  { name: 'zipkin-proto3', samples: PROTO3, read: checked(decodeZipkinProto3) },
  { name: 'zipkin-v1-json', samples: V1_JSON, read: checked(decodeZipkinV1Json) },
  { name: 'zipkin-thrift', samples: THRIFT, read: checked(decodeZipkinThrift) },
  {
    name: 'kafka-message',
    samples: [...V2_JSON, ...PROTO3, ...V1_JSON, ...THRIFT],
    read: checked((bytes) => detectDecoder(bytes)(bytes)),
  },
  { name: 'otlp-json', samples: OTLP_JSON, read: checked(decodeOtlpJson) },
  { name: 'otlp-protobuf', samples: OTLP_PROTOBUF, read: checked(decodeOtlpProtobuf) },
  { name: 'otlp-detail', samples: DETAILS, read: readDetail },
  {
    name: 'zipkin-query',
    samples: QUERIES.zipkin,
    read: queryFrom(({ query }) => traceQueryFromZipkin({ query }, 86_400_000)),
  },
  {
    name: 'rest-query',
    samples: QUERIES.rest,
    read: queryFrom((asked) => searchFromRest(asked as Request)),
  },
  {
    name: 'jaeger-query',
    samples: QUERIES.jaeger,
    read: queryFrom((asked) => traceQueryFromJaeger(asked as Request)),
  },
  {
    name: 'jaeger-v3-query',
    samples: QUERIES.jaegerV3,
    read: queryFrom((asked) => traceQueryFromJaegerV3(asked as Request)),
  },
  ...TRACEQL_TARGETS,
]
