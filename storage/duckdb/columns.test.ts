import fc from 'fast-check'
import { hashSpan, requestIdOf, type Span, type TraceId } from '@hopscope/model'
import { makeSpan } from '@hopscope/model/testing'
import { describe, expect, test } from '@jest/globals'
import { anySpan } from '../../test/contract/arbitraries.ts'
import { columnsFromSpans, FLAG_ERROR, FLAG_SHARED, spansFromColumns, transferablesOf } from './columns.ts'

describe('spans as columns', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(anySpan, { maxLength: 30 }), (spans) => {
        expect(spansFromColumns(columnsFromSpans(spans))).toEqual(spans)
      }),
      { numRuns: 300 },
    )
  })

  test('come back as they were from another thread', () => {
    fc.assert(
      fc.property(fc.array(anySpan, { maxLength: 10 }), (spans) => {
        const columns = columnsFromSpans(spans)
        const moved = structuredClone(columns, { transfer: transferablesOf(columns) })
        expect(spansFromColumns(moved)).toEqual(spans)
      }),
      { numRuns: 50 },
    )
  })

  test('keep the largest times, ports and ids, and an endpoint of one field', () => {
    const endpoint = { serviceName: undefined, ipv4: undefined, ipv6: undefined, port: undefined }
    const spans = [
      makeSpan({
        traceId: 'f'.repeat(32) as TraceId,
        timestamp: Number.MAX_SAFE_INTEGER as Span['timestamp'],
        duration: Number.MAX_SAFE_INTEGER as Span['duration'],
        localEndpoint: { ...endpoint, port: 65_535 },
        remoteEndpoint: { ...endpoint, ipv6: '2001:db8::1' },
      }),
      makeSpan({
        traceId: `${'0'.repeat(15)}1${'0'.repeat(16)}` as TraceId,
        localEndpoint: { ...endpoint, ipv4: '10.0.0.1', ipv6: '::1' },
        remoteEndpoint: { ...endpoint, serviceName: 'a,b' },
      }),
    ]
    expect(spansFromColumns(columnsFromSpans(spans))).toEqual(spans)
  })

  test('hold a word that recurs once', () => {
    const span = makeSpan({ name: 'get', localEndpoint: { serviceName: 'get', ipv4: undefined, ipv6: undefined, port: undefined } }) // prettier-ignore
    const columns = columnsFromSpans([span, span])
    expect(columns.texts).toEqual(['get'])
    expect([...columns.name, ...columns.service, ...columns.remoteService]).toEqual([1, 1, 1, 1, 0, 0])
  })

  test('say which span failed or is shared, which request it is of, and what it hashes to', () => {
    fc.assert(
      fc.property(anySpan, (span) => {
        const { flags, requestId, hash } = columnsFromSpans([span])
        expect(((flags[0] ?? 0) & FLAG_ERROR) !== 0).toBe(Object.hasOwn(span.tags, 'error'))
        expect(((flags[0] ?? 0) & FLAG_SHARED) !== 0).toBe(span.shared)
        expect(requestId).toEqual([requestIdOf(span) ?? ''])
        const words = new Uint32Array(4)
        hashSpan(span, words, 0)
        expect([...hash]).toEqual([words[0], words[1]])
      }),
    )
  })
})
