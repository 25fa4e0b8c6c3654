// The public face of proto: errors, the codecs' common shape, and the codecs.
export * from './errors.ts'
export type { Decoded, Refusal } from './decoded.ts'
export { spanIdFrom, traceIdFrom } from './ids.ts'
export { ipFrom } from './ip.ts'
export { decodeZipkinV2Json } from './zipkin-v2-json.ts'
export { encodeSpanJson, encodeZipkinV2Json } from './zipkin-v2-json-writer.ts'
