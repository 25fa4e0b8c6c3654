// How an answer of many traces is sent: in pages, no faster than it is read, and never cut short in silence.
import type { Trace, TraceId, TraceSummary } from '@hopscope/model'
import { idOf, makeSpan } from '@hopscope/model/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import { closeServer, serverOver } from './testing/server-over.ts'

afterEach(closeServer)

describe('an answer of many traces', () => {
  const SPANS = 500
  const TRACES = 1000
  const summaries = Array.from({ length: TRACES }, (_, i) => ({
    traceId: (i + 1).toString(16).padStart(16, '0') as TraceId,
    spanCount: SPANS,
  }))
  async function* find() {
    yield* (await Promise.resolve(summaries)) as TraceSummary[]
  }
  /** Answers with traces of 100 kB, but for the page asked for as number `failing`; counts the pages. */
  function reading(failing = Infinity) {
    const pages: number[] = []
    const traces = async (ids: readonly TraceId[]): Promise<Trace[]> => {
      await new Promise((resolve) => setImmediate(resolve))
      if (pages.push(ids.length) === failing) throw new Error('secret: the disk fell off')
      return ids.map((traceId) => ({
        traceId,
        spans: Array.from({ length: SPANS }, (_, i) =>
          makeSpan({ traceId, id: idOf(i + 1), name: 'x'.repeat(100) }),
        ),
      }))
    }
    return { reader: { find, traces }, pages }
  }

  test('is whole and in order, and read in pages', async () => {
    const { reader, pages } = reading()
    const { url } = await serverOver(new Error('any'), reader)
    const many = summaries.slice(0, 120).map(({ traceId }) => traceId)
    const found = (await (await fetch(`${url}/api/v2/traceMany?traceIds=${many.join(',')}`)).json()) as {
      traceId: string
    }[][]
    expect(found.map((spans) => [spans.length, spans[0]?.traceId])).toEqual(many.map((id) => [SPANS, id]))
    expect(pages).toEqual([50, 50, 20])
  })

  test('is not read further than its receiver reads, nor once that has hung up', async () => {
    const { reader, pages } = reading()
    const { url, logged } = await serverOver(new Error('any'), reader)
    const hangUp = new AbortController()
    const response = await fetch(`${url}/api/v2/traces?limit=1000`, { signal: hangUp.signal })
    expect(response.status).toBe(200)
    await quiet(() => pages.length)
    // Of 50 pages of 20 traces those that the sockets and one write hold.
    expect(Math.max(...pages)).toBe(20)
    expect(pages.length).toBeLessThan(25)
    const before = pages.length
    hangUp.abort()
    await quiet(() => pages.length)
    expect(pages.length).toBeLessThanOrEqual(before + 1)
    expect(logged).toEqual([])
  })

  test('that fails midway is broken off, never ended as if it were whole, and the log says why', async () => {
    const { reader } = reading(3)
    const { url, logged } = await serverOver(new Error('any'), reader)
    const response = await fetch(`${url}/api/v2/traces?limit=1000`)
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow('terminated')
    expect(logged).toHaveLength(1)
    expect(logged[0]).toContain('the disk fell off')
  })

  test('that fails before it began is an error like any other', async () => {
    const { url } = await serverOver(new Error('any'), reading(1).reader)
    const response = await fetch(`${url}/api/v2/traces?limit=1000`)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      500,
      'text/plain; charset=utf-8',
    ])
    expect(await response.text()).not.toContain('secret')
  })
})

/** Settles once the number has stayed the same for a thousand turns of the event loop. */
async function quiet(number: () => number): Promise<void> {
  for (let turns = 0, last = number(); turns < 1000; turns++) {
    await new Promise((resolve) => setImmediate(resolve))
    if (number() !== last) [turns, last] = [0, number()]
  }
}
