import { describe, expect, test } from '@jest/globals'
import { requestIdOf } from './request-id.ts'
import type { Span } from './span.ts'

const spanWith = (tags: Record<string, string>) => ({ tags }) as unknown as Span

describe('the request id of a span', () => {
  test('comes from the most specific tag that has one', () => {
    expect(requestIdOf(spanWith({ 'x-request-id': 'b', request_id: 'a' }))).toBe('a')
    expect(requestIdOf(spanWith({ 'x-request-id': 'b', request_id: '' }))).toBe('b')
  })
  test('is read from a JSON array, as OpenTelemetry reports headers', () => {
    expect(requestIdOf(spanWith({ 'http.request.header.x-request-id': '["abc","def"]' }))).toBe('abc')
    expect(requestIdOf(spanWith({ 'http.request.header.x-request-id': '[abc' }))).toBe('[abc')
  })
  test('is absent when no tag carries one, also for inherited names', () => {
    expect(requestIdOf(spanWith({ constructor: 'x' }))).toBeUndefined()
  })
})
