// How the tests of the Zipkin v2 JSON codec read JSON: whole bodies, or one span given by its fields.
import { readFileSync } from 'node:fs'
import type { Span } from '@hopscope/model'
import type { Decoded } from '../decoded.ts'
import { HopscopeError } from '../errors.ts'
import { decodeZipkinV2Json } from '../zipkin/v2-json.ts'

export const decode = (json: string): Decoded => decodeZipkinV2Json(new TextEncoder().encode(json))

export const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')

/** The one span that these fields make, given as JSON without braces; refused fields fail the test. */
export function span(fields: string): Span {
  const { spans, refused } = decode(`[{"traceId":"1","id":"2",${fields}}]`)
  const [first] = spans
  if (first === undefined || refused.length > 0) throw new Error(`was refused: ${JSON.stringify(refused)}`)
  return first
}

/** `field: reason` of the one span that these fields make, which stands behind a good one. */
export function refusal(fields: string, ids = '"traceId":"1","id":"2",'): string {
  const { spans, refused } = decode(`[{"traceId":"9","id":"9"},{${ids}${fields}}]`)
  const [first] = refused
  if (spans.length !== 1 || refused.length !== 1 || first?.index !== 1)
    throw new Error(`was not refused alone: ${JSON.stringify({ spans, refused })}`)
  return `${first.field}: ${first.reason}`
}

/** What the whole body is refused with. */
export function errorOf(json: string): HopscopeError {
  try {
    decode(json)
  } catch (error) {
    if (error instanceof HopscopeError) return error
    throw error
  }
  throw new Error('was read')
}
