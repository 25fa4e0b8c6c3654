// What POST /v1/traces answers: ExportTraceServiceResponse on success, google.rpc.Status for any error, in the format of the
// request. Source: "OTLP/HTTP Response" in opentelemetry-proto's docs/specification.md.
import { ProtobufWriter } from '../wire/protobuf-writer.ts'

export type OtlpFormat = 'json' | 'protobuf'

/**
 * Of a request whose spans are stored, all or in part. Without a rejected span and a message `partial_success` is left out.
 * @param rejected spans that won't be stored; the sender doesn't send them again
 * @param message why, for the developer of the sender
 */
export function encodeOtlpResponse(format: OtlpFormat, rejected: number, message: string): Uint8Array {
  const isFull = rejected === 0 && message === ''
  if (format === 'json') {
    const partialSuccess = {
      ...(rejected > 0 && { rejectedSpans: String(rejected) }),
      ...(message !== '' && { errorMessage: message }),
    }
    return Buffer.from(JSON.stringify(isFull ? {} : { partialSuccess }))
  }
  const writer = new ProtobufWriter()
  if (!isFull) {
    const mark = writer.mark()
    if (message !== '') writer.text(2, message)
    if (rejected > 0) writer.varint(1, rejected)
    writer.message(1, mark)
  }
  return writer.finish()
}

/** google.rpc.Code by HTTP status, where there is a nearest one. */
const CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  413: 8,
  415: 3,
  429: 8,
  503: 14,
  504: 4,
}
const UNKNOWN = 2
const INTERNAL = 13

/**
 * A google.rpc.Status.
 * @param status of HTTP
 * @param message for the developer of the sender
 */
export function encodeOtlpError(format: OtlpFormat, status: number, message: string): Uint8Array {
  const code = CODES[status] ?? (status >= 500 ? INTERNAL : UNKNOWN)
  if (format === 'json') return Buffer.from(JSON.stringify({ code, message }))
  const writer = new ProtobufWriter()
  writer.text(2, message)
  writer.varint(1, code)
  return writer.finish()
}
