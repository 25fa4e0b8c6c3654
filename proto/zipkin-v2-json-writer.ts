// Spans to Zipkin v2 JSON, byte for byte in the order that Zipkin writes, for its API's answers and for reporting.
import type { Endpoint, Span, Tags } from '@hopscope/model'

/** A JSON list of spans, each as {@link encodeSpanJson} writes it. */
export function encodeZipkinV2Json(spans: readonly Span[]): string {
  let json = '['
  for (const span of spans) {
    if (json.length > 1) json += ','
    json += encodeSpanJson(span)
  }
  return json + ']'
}

/** One JSON object: Zipkin's key order, tags sorted by key, zero, empty and false left out. */
export function encodeSpanJson(span: Span): string {
  let json = `{"traceId":"${span.traceId}"`
  if (span.parentId !== undefined) json += `,"parentId":"${span.parentId}"`
  json += `,"id":"${span.id}"`
  if (span.kind !== undefined) json += `,"kind":"${span.kind}"`
  if (span.name) json += `,"name":${JSON.stringify(span.name)}`
  if (span.timestamp) json += `,"timestamp":${span.timestamp}`
  if (span.duration) json += `,"duration":${span.duration}`
  json += endpointJson('localEndpoint', span.localEndpoint)
  json += endpointJson('remoteEndpoint', span.remoteEndpoint)
  if (span.annotations.length > 0) {
    let list = ''
    for (const { timestamp, value } of span.annotations) {
      list += `${list === '' ? '' : ','}{"timestamp":${timestamp},"value":${JSON.stringify(value)}}`
    }
    json += `,"annotations":[${list}]`
  }
  json += tagsJson(span.tags)
  if (span.debug) json += ',"debug":true'
  if (span.shared) json += ',"shared":true'
  return json + '}'
}

function endpointJson(key: string, endpoint: Endpoint | undefined): string {
  if (endpoint === undefined) return ''
  let json = ''
  if (endpoint.serviceName) json += `,"serviceName":${JSON.stringify(endpoint.serviceName)}`
  if (endpoint.ipv4) json += `,"ipv4":"${endpoint.ipv4}"`
  if (endpoint.ipv6) json += `,"ipv6":"${endpoint.ipv6}"`
  if (endpoint.port) json += `,"port":${endpoint.port}`
  return json === '' ? '' : `,"${key}":{${json.slice(1)}}`
}

function tagsJson(tags: Tags): string {
  let json = ''
  for (const key of Object.keys(tags).sort()) json += `,${JSON.stringify(key)}:${JSON.stringify(tags[key])}`
  return json === '' ? '' : `,"tags":{${json.slice(1)}}`
}
