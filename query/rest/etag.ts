// Entity tags of answers that are made of stored spans alone: told from the spans, before the answer is made.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { hashSpan, type Span } from '@hopscope/model'

/**
 * The same for the same spans in whatever order, and another for any others; see identity.ts for what its hash is worth.
 * @param form what else the answer depends on: its format, and the version of what makes it; characters of a header
 */
export function entityTagOf(spans: readonly Span[], form: string): string {
  const sums = new Uint32Array(4)
  const hash = new Uint32Array(4)
  for (const span of spans) {
    hashSpan(span, hash, 0)
    // Sums, not exclusive ors: a pair of equal spans must not vanish.
    for (let lane = 0; lane < 4; lane++) sums[lane] = (sums[lane] as number) + (hash[lane] as number)
  }
  const hex = Array.from(sums, (lane) => lane.toString(16).padStart(8, '0')).join('')
  return `"${hex}-${spans.length}-${form}"`
}

/**
 * Tags the answer, and says that it may be kept but is to be asked for each time.
 * @returns whether the client has it already: then all is said, with 304
 */
export function answeredByTag(request: IncomingMessage, response: ServerResponse, tag: string): boolean {
  response.setHeader('ETag', tag).setHeader('Cache-Control', 'no-cache')
  if (!isAmong(tag, request.headers['if-none-match'])) return false
  response.statusCode = 304
  response.end()
  return true
}

/** Not Express's `fresh`, which hears "send it anyway" in the `Cache-Control: no-cache` that fetch() sends along. */
function isAmong(tag: string, given: string | undefined): boolean {
  if (given === undefined) return false
  const opaque = tag.replace(/^W\//, '')
  return given.trim() === '*' || [...given.matchAll(/"[^"]*"/g)].some(([each]) => each === opaque)
}
