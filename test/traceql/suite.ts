// The query language's cases as one suite for every store: each finds the same traces on all of them, in the same order.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readQuery, type SpanCondition, type TraceQl, type TraceSort } from '@hopscope/model'
import {
  type FoundTrace,
  type FoundTraces,
  type SearchBudget,
  searchTraces,
  type TraceSearch,
  withLenientIds,
} from '@hopscope/query'
import type { SpanReader, Store } from '@hopscope/storage'
import { FIELD_CASES } from './field-cases.ts'
import { nameOf, SPANS } from './fixture.ts'
import { SET_CASES } from './set-cases.ts'

type Opened = Pick<Store, 'reader' | 'writer' | 'close'>

/** @param open an empty store */
export function traceQlCases(name: string, open: () => Promise<Opened>): void {
  describe(`TraceQL on ${name}`, () => {
    let store: Opened
    beforeAll(async () => {
      store = await open()
      await store.writer.write(SPANS)
    })
    afterAll(() => store.close())

    for (const [title, cases] of Object.entries({ ...FIELD_CASES, ...SET_CASES }))
      test.each(casesIn(cases))(`${title}: %s`, async (query, expected) => {
        const { traces, complete } = await search(store.reader, query)
        expect([names(traces), complete]).toEqual([expected, true])
      })

    test.each<[TraceSort, string]>([
      ['time', 'shop failed search nightly orphans cycle chain late bare'],
      ['duration', 'late nightly search failed shop chain cycle orphans bare'],
      ['spans', 'shop chain failed search nightly orphans cycle late bare'],
      ['errors', 'failed nightly shop search orphans cycle chain late bare'],
    ])('sorted by %s, whether or not the store does all of it, and page by page', async (sort, expected) => {
      for (const query of ['{ }', '{ } | count() + 1 > 0']) {
        expect(names((await search(store.reader, query, { sort })).traces)).toBe(expected)
        expect(await pages(store.reader, query, { sort, limit: 2 })).toBe(expected)
      }
    })

    test('a store that does nothing by itself finds the same', async () => {
      for (const native of [() => false, ({ is }: SpanCondition) => is === 'present']) {
        const reader = { ...readerOf(store.reader), native }
        for (const query of [
          '{ .db.rows > 7 }',
          '{ !(.region = "eu") }',
          '{ .late = "yes" && requestId = "req-3" }',
        ])
          expect(names((await search(reader, query)).traces)).toBe(
            names((await search(store.reader, query)).traces),
          )
      }
    })

    test('ids of 64 and 128 bits may be one trace', async () => {
      const query = '{ name = "select" } | count() > 1'
      expect(names((await search(withLenientIds(store.reader), query)).traces)).toBe('shop')
    })

    test('conditions beside the query hold as well, and so do the bounds of time', async () => {
      const where = { span: { field: { on: 'tag', key: 'region' }, is: '=', value: 'eu' } } as const
      for (const query of ['{ kind = server }', '{ } | count() > 1'])
        expect(names((await search(store.reader, query, { where })).traces)).toBe('shop search')
      const [, failed, third] = (await search(store.reader, '{ }')).traces
      for (const query of ['{ }', '{ } | count() + 1 > 0']) {
        const { traces } = await search(store.reader, query, { from: third?.start, to: failed?.start })
        expect(names(traces)).toBe('failed search')
      }
    })

    test('a budget of one span looks at one trace at a time, says where it stopped, and goes on from there', async () => {
      const seen: string[] = []
      let [after, rounds]: [TraceSearch['after'], number] = [undefined, 0]
      for (;;) {
        const found = await search(
          store.reader,
          '{ } | count() = 4',
          { after },
          { spans: 1, milliseconds: 60_000 },
        )
        seen.push(...found.traces.map(nameOf))
        rounds++
        expect(found.scanned.traces).toBe(1)
        if (found.complete) break
        expect(found.stoppedAt).toBe(found.next?.start)
        after = found.next
      }
      expect([seen, rounds]).toEqual([['failed', 'search', 'nightly'], 9])
    })

    test('a search without time left looks at one trace', async () => {
      const found = await search(store.reader, '{ } | count() = 7', {}, { spans: 1e6, milliseconds: 0 })
      expect([names(found.traces), found.complete, found.scanned]).toEqual([
        'shop',
        false,
        { traces: 1, spans: 7 },
      ])
    })
  })
}

const casesIn = (text: string) =>
  text.split('\n').flatMap((line): [string, string][] => {
    const [query, found] = line.split('  =>')
    return query === undefined || found === undefined ? [] : [[query.trim(), found.trim()]]
  })

export const caseCount = Object.values({ ...FIELD_CASES, ...SET_CASES }).flatMap(casesIn).length

/** A reader may be a class, whose methods no spread copies. */
function readerOf(reader: SpanReader): SpanReader {
  return {
    traces: (ids) => reader.traces(ids),
    spellings: (ids) => reader.spellings(ids),
    native: (condition) => reader.native(condition),
    find: (query) => reader.find(query),
    names: (kind, of) => reader.names(kind, of),
    dependencies: (window) => reader.dependencies(window),
    aggregate: (query) => reader.aggregate(query),
    edges: (query) => reader.edges(query),
  }
}

function search(
  reader: SpanReader,
  text: string,
  more: Partial<TraceSearch> = {},
  budget?: SearchBudget,
): Promise<FoundTraces> {
  const query: TraceQl = readQuery(text).query
  return searchTraces(
    reader,
    { query, from: undefined, to: undefined, limit: 100, after: undefined, ...more },
    budget,
  )
}

async function pages(reader: SpanReader, text: string, more: Partial<TraceSearch>): Promise<string> {
  const all: FoundTrace[] = []
  let after: TraceSearch['after']
  do {
    const { traces, next } = await search(reader, text, { ...more, after })
    all.push(...traces)
    after = next
  } while (after !== undefined)
  return names(all)
}

const names = (traces: readonly FoundTrace[]) => traces.map(nameOf).join(' ')
