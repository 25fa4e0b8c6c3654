// Which request a span belongs to: the id an engineer finds in a log line or on an error page.
import { type Span, tagOf } from './span.ts'

/** Tags that carry a request id, the most specific convention first. */
export const REQUEST_ID_TAGS = [
  'request_id',
  'http.request_id',
  'x-request-id',
  'http.request.header.x-request-id',
] as const

/**
 * The request id of a span, or undefined. OpenTelemetry reports header attributes as arrays, which
 * Zipkin's string tags carry as JSON: `["abc"]` means `abc`.
 */
export function requestIdOf(span: Span): string | undefined {
  for (const key of REQUEST_ID_TAGS) {
    const value = tagOf(span, key)
    if (value === undefined) continue
    const id = value.startsWith('[') ? firstOfJsonArray(value) : value.trim()
    if (id) return id
  }
  return undefined
}

function firstOfJsonArray(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text)
    const first: unknown = Array.isArray(parsed) ? parsed[0] : undefined
    return typeof first === 'string' ? first.trim() : ''
  } catch {
    // Not JSON after all: an id may simply begin with a bracket.
    return text.trim()
  }
}
