// Searching by TraceQL and plain words over REST: what is found, in which order, and what is said of a mistake.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { idFrom, postSpans, wireSpan } from './client.ts'
import { type ContractClient, contractClient } from './contract-client.ts'

let server: ServerProcess
let contract: ContractClient

const T0 = (Date.now() - 3600_000) * 1000
const TRACES = 30

interface Found {
  readonly traceId: string
  readonly start: number
  readonly duration: number
  readonly spanCount: number
  readonly errorCount: number
  readonly matched?: number
  readonly spanSets?: readonly unknown[]
}
interface Page {
  readonly traces: readonly Found[]
  readonly next: string | null
  readonly complete: boolean
  readonly query?: { readonly text: string; readonly fromWords: boolean }
  readonly scanned: { readonly traces: number; readonly spans: number }
}

const traceId = (i: number) => idFrom('search', i)

/** Trace i: web calls pay, which i % 3 times calls bank; it takes i % 7 ms, and every fifth fails. */
function spansOf(i: number) {
  const calls = i % 3
  const common = { traceId: traceId(i), timestamp: T0 + i * 1_000_000, duration: 1000 * (1 + (i % 7)) }
  const service = (serviceName: string) => ({ localEndpoint: { serviceName } })
  return [
    wireSpan({ ...common, id: idFrom(i, 'web'), name: 'post /buy', ...service('web'), tags: { size: String(i), request_id: `r-${i}` } }),
    wireSpan({ ...common, id: idFrom(i, 'pay'), parentId: idFrom(i, 'web'), name: 'charge', ...service('pay'), tags: i % 5 === 0 ? { error: 'declined' } : {} }),
    ...Array.from({ length: calls }, (_, call) =>
      wireSpan({ ...common, id: idFrom(i, 'bank', call), parentId: idFrom(i, 'pay'), name: 'book', ...service('bank') }),
    ),
  ]
} // prettier-ignore

beforeAll(async () => {
  server = await startServer()
  contract = await contractClient(server.url)
  const spans = Array.from({ length: TRACES }, (_, i) => spansOf(i)).flat()
  expect((await postSpans(server.url, spans)).status).toBe(202)
})
afterAll(async () => {
  await contract.close()
  await server.stop()
})

async function search(parameters: Readonly<Record<string, string>>): Promise<Page> {
  const query = new URLSearchParams(parameters).toString()
  const response = await contract.fetch(`/rest/v1/traces?${query}`)
  const body = (await response.json()) as Page
  expect([query, response.status, body]).toEqual([query, 200, body])
  return body
}
const numbers = (traces: readonly Found[]) => traces.map(({ start }) => (start - T0) / 1_000_000)
const all = (which: (i: number) => boolean) =>
  Array.from({ length: TRACES }, (_, i) => TRACES - 1 - i).filter(which)

describe('a search by TraceQL', () => {
  test.each<[string, (i: number) => boolean]>([
    ['{}', () => true],
    ['{ .service.name = "bank" }', (i) => i % 3 > 0],
    ['{ status = error }', (i) => i % 5 === 0],
    ['{ status = error } && { name = "book" }', (i) => i % 5 === 0 && i % 3 > 0],
    ['{ status = error && name = "book" }', () => false],
    ['{ .size >= 20 }', (i) => i >= 20],
    ['{ .size >= 20 && duration > 5ms }', (i) => i >= 20 && i % 7 >= 5],
    ['{ name =~ "post /b.." }', () => true],
    ['{ name =~ "post" }', () => false],
    ['{ .service.name = "web" } >> { .service.name = "bank" }', (i) => i % 3 > 0],
    ['{ .service.name = "bank" } >> { .service.name = "web" }', () => false],
    ['{ name = "book" } | count() > 1', (i) => i % 3 === 2],
    ['{ requestId = "r-7" }', (i) => i === 7],
    ['{ traceDuration >= 7ms }', (i) => i % 7 === 6],
  ])('%s finds what it says, the newest first', async (q, which) => {
    const { traces, complete, next, query } = await search({ q, limit: '100' })
    expect(numbers(traces)).toEqual(all(which))
    expect([complete, next, query?.fromWords]).toEqual([true, null, false])
  })

  test('holds beside the other parameters', async () => {
    const found = async (more: Record<string, string>) =>
      numbers((await search({ q: '{ .size >= 20 }', limit: '100', ...more })).traces)
    expect(await found({ service: 'bank' })).toEqual(all((i) => i >= 20 && i % 3 > 0))
    expect(await found({ end: String(T0 + 22 * 1_000_000) })).toEqual([22, 21, 20])
    expect(await found({ error: 'true', service: 'bank' })).toEqual([])
  })

  test('says of what was looked at span by span how many spans it found, which, and in what sets', async () => {
    const { traces, scanned } = await search({ q: '{ name = "book" } | count() > 1', limit: '1' })
    const [first] = traces
    expect(first).toMatchObject({
      matched: 2,
      spanSets: [{ by: [], aggregates: [{ name: 'count()', value: 2 }], matched: 2 }],
    })
    expect(scanned.spans).toBeGreaterThan(0)
    const grouped = await search({ q: '{ duration > 1ms } | by(name) | select(.size)', limit: '1' })
    expect(grouped.traces[0]?.spanSets).toHaveLength(numbers(grouped.traces)[0] === 29 ? 3 : 2)
  })

  test('of what a store finds by itself looks at no span', async () => {
    const { traces, scanned } = await search({ q: '{ .service.name = "bank" && duration > 1ms }' })
    expect(scanned).toEqual({ traces: 0, spans: 0 })
    expect(traces[0]).not.toHaveProperty('matched')
  })

  test.each(['time', 'duration', 'spans', 'errors'] as const)('by %s pages through everything once, in order', async (sort) => {
    const value = ({ start, duration, spanCount, errorCount }: Found) =>
      ({ time: start, duration, spans: spanCount, errors: errorCount })[sort]
    for (const q of ['{}', '{ .size >= 3 } | count() > 0']) {
      const seen: Found[] = []
      let cursor = ''
      do {
        const page = await search({ q, sort, limit: '4', cursor })
        seen.push(...page.traces)
        cursor = page.next ?? ''
      } while (cursor !== '')
      expect(new Set(seen.map((trace) => trace.traceId)).size).toBe(seen.length)
      expect(seen).toHaveLength(q === '{}' ? TRACES : TRACES - 3)
      const expected = [...seen].sort((a, b) => value(b) - value(a) || b.start - a.start)
      expect(numbers(seen)).toEqual(numbers(expected))
    }
  }) // prettier-ignore

  test('goes for exports too', async () => {
    const q = encodeURIComponent('{ name = "book" } | count() > 1')
    const text = await (await contract.fetch(`/rest/v1/export?q=${q}`)).text()
    const ids = text.trim().split('\n').map((line) => (JSON.parse(line) as { traceId: string }).traceId) // prettier-ignore
    expect([...new Set(ids)]).toEqual(all((i) => i % 3 === 2).map(traceId))
    expect(ids).toHaveLength(4 * 10)
  })
})

describe('plain words', () => {
  test('find, and are shown as TraceQL that finds the same', async () => {
    const { traces, query } = await search({ q: 'error', limit: '100' })
    expect(numbers(traces)).toEqual(all((i) => i % 5 === 0))
    expect(query).toEqual({ text: expect.stringMatching(/^\{.*\}$/) as unknown, fromWords: true })
    const again = await search({ q: query?.text ?? '', limit: '100' })
    expect(again.query).toEqual({ text: query?.text, fromWords: false })
    expect(numbers(again.traces)).toEqual(numbers(traces))
  })

  test('may say how long', async () => {
    const { traces } = await search({ q: 'bank >5ms', limit: '100' })
    expect(numbers(traces)).toEqual(all((i) => i % 3 > 0 && i % 7 >= 5))
  })
})

describe('a mistake in a query', () => {
  test.each([
    ['{ durration > 5ms }', 2, 9, '{ duration > 5ms }'],
    ['{ name == "x" }', 7, 2, '{ name = "x" }'],
    ['{ name =~ "(" }', 10, 3, undefined],
  ])('%s is shown where it is', async (q, at, length, suggestion) => {
    const response = await contract.fetch(`/rest/v1/traces?q=${encodeURIComponent(q)}`)
    expect(response.status).toBe(400)
    const problem = (await response.json()) as Record<string, unknown>
    expect(problem).toMatchObject({ code: 'query-invalid', at, length })
    expect(problem['suggestion']).toBe(suggestion)
    expect(problem['detail']).toMatch(/^q: .*⟪.+⟫/)
  })
})
