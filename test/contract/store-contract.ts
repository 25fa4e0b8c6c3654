// What every store must keep, as one suite. A new store's test is a call of storeContract with its factory.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  compareSummaries,
  cursorOf,
  type EpochMicros,
  EVERY_TRACE,
  type Span,
  type SpanPredicate,
  summaryOf,
  type Trace,
  type TraceId,
  type TraceQuery,
  type TraceSummary,
} from '@hopscope/model'
import { idOf, makeSpan, traceFromText } from '@hopscope/model/testing'
import type { LogPosition, Store } from '@hopscope/storage'
import { anySpan, EPOCH } from './arbitraries.ts'
import { modelAnswers } from './model-answers.ts'

export interface StoreUnderTest {
  /** An empty store. */
  open(): Promise<Store>
  /** The store that `open` last gave, after it was closed, with what it held. */
  reopen(): Promise<Store>
}

const EVERYTHING: TraceQuery = {
  from: undefined,
  to: undefined,
  where: EVERY_TRACE,
  limit: 1000,
  after: undefined,
}

export function storeContract(name: string, { open, reopen }: StoreUnderTest): void {
  describe(`the ${name} store`, () => {
    let store: Store
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store.close())

    const find = async (query: Partial<TraceQuery>) => {
      const found: TraceSummary[] = []
      for await (const summary of store.reader.find({ ...EVERYTHING, ...query })) found.push(summary)
      return found
    }

    test('is up', async () => {
      expect(await store.check()).toMatchObject({ up: true })
    })

    test('gives back each field of a span as it was written', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anySpan, { minLength: 1, maxLength: 20 }), async (spans) => {
          await store.writer.write(spans)
          const ids = [...new Set(spans.map(({ traceId }) => traceId))]
          const stored = (await store.reader.traces(ids)).flatMap((trace) => trace.spans)
          for (const span of spans) expect(stored).toContainEqual(span)
        }),
        { numRuns: 25 },
      )
    })

    test('stores a span once, however often and in whatever company it is written', async () => {
      const trace = traceFromText('web get 0 10 SERVER\n  web call 1 5 CLIENT', { traceId: 'd1' })
      await Promise.all([store.writer.write(trace.spans), store.writer.write(trace.spans)])
      await store.writer.write([...trace.spans, ...trace.spans])
      const [stored] = await store.reader.traces([trace.traceId])
      expect(byId(stored)).toEqual(byId(trace))
    })

    test('keeps two spans that differ in one tag only', async () => {
      const one = makeSpan({ traceId: 'd2'.padStart(16, '0') as TraceId, tags: { a: '1' } })
      await store.writer.write([one, { ...one, tags: { a: '2' } }])
      expect((await store.reader.traces([one.traceId]))[0]?.spans).toHaveLength(2)
    })

    test('shows a span to the next read once its write has settled', async () => {
      for (let round = 0; round < 20; round++) {
        const span = makeSpan({ traceId: `e${round}`.padStart(16, '0') as TraceId })
        await store.writer.write([span])
        expect(await store.reader.traces([span.traceId])).toHaveLength(1)
      }
    })

    test('settles a write of nothing', async () => {
      await expect(store.writer.write([])).resolves.toEqual([])
      expect(await store.reader.traces([])).toEqual([])
    })

    test('gives traces in the order asked for, each once, and leaves out what it has not', async () => {
      const traces = ['f1', 'f2'].map((traceId) => traceFromText('web get 0 10', { traceId }))
      await store.writer.write(traces.flatMap(({ spans }) => [...spans]))
      const ids = [traces[1]?.traceId, 'f'.repeat(16), traces[0]?.traceId, traces[1]?.traceId] as TraceId[]
      expect((await store.reader.traces(ids)).map(({ traceId }) => traceId)).toEqual([ids[0], ids[2]])
    })

    test('keeps a megabyte in a tag, and texts with quotes, NUL and emoji', async () => {
      const value = `${'x'.repeat(2 ** 20)}\u0000"';\\\u{1f680}`
      const span = makeSpan({
        traceId: 'f3'.padStart(16, '0') as TraceId,
        name: value.slice(-12),
        tags: { [value.slice(-12)]: value },
      })
      await store.writer.write([span])
      expect((await store.reader.traces([span.traceId]))[0]?.spans).toEqual([span])
    })

    test('keeps 10,000 spans of one trace written in posts that overlap', async () => {
      const traceId = 'f4'.padStart(16, '0') as TraceId
      const spans = Array.from({ length: 10_000 }, (_, i) =>
        makeSpan({ traceId, id: (i + 1).toString(16).padStart(16, '0') as Span['id'] }),
      )
      await Promise.all(
        [0, 1, 2, 3].map((post) => store.writer.write(spans.slice(post * 2000, post * 2000 + 4000))),
      )
      expect((await store.reader.traces([traceId]))[0]?.spans).toHaveLength(10_000)
    })

    test('finds texts of any length by equality and by presence, and lists none that is too long for a list', async () => {
      const long = 'y'.repeat(5000)
      const predicates: SpanPredicate[] = [
        { field: { on: 'operation' }, is: '=', value: long },
        { field: { on: 'service' }, is: '=', value: `${long}s` },
        { field: { on: 'requestId' }, is: '=', value: `${long}r` },
        { field: { on: 'tag', key: 'long' }, is: '=', value: long },
        { field: { on: 'tag', key: long }, is: '=', value: 'v' },
        { field: { on: 'tag', key: long }, is: 'present' },
        { field: { on: 'annotation' }, is: '=', value: long },
      ]
      const timestamp = EPOCH as EpochMicros
      const span = makeSpan({
        traceId: 'f5'.padStart(16, '0') as TraceId,
        timestamp,
        name: long,
        localEndpoint: { serviceName: `${long}s`, ipv4: undefined, ipv6: undefined, port: undefined },
        tags: { long, [long]: 'v', request_id: `${long}r` },
        annotations: [{ timestamp, value: long }],
      })
      await store.writer.write([span])
      expect((await store.reader.traces([span.traceId]))[0]?.spans).toEqual([span])
      const summary = summaryOf({ traceId: span.traceId, spans: [span] })
      for (const span of predicates) expect(await find({ where: { span } })).toEqual([summary])
      expect(await store.reader.names('operation', {})).not.toContain(long)
      expect(await store.reader.names('tagKey', {})).not.toContain(long)
      expect(await store.reader.names('tagValue', { tagKey: 'long' })).toEqual([])
    })

    test('shows a trace that lasts for days as one, found by what began within an hour of its start, and by its request id', async () => {
      const hours = [0, 0.9, 1.1, 23, 30].map((hour, i) =>
        makeSpan({
          traceId: 'f6'.padStart(16, '0') as TraceId,
          id: idOf(i + 1),
          timestamp: (EPOCH - 50 * 3_600_000_000 + hour * 3_600_000_000) as EpochMicros,
          name: `after ${hour} h`,
          tags: hour === 30 ? { request_id: 'late' } : {},
        }),
      )
      await store.writer.write(hours)
      expect((await store.reader.traces(['f6'.padStart(16, '0') as TraceId]))[0]?.spans).toHaveLength(5)
      const found = async (name: string, query: Partial<TraceQuery> = {}) =>
        (await find({ ...query, where: { span: { field: { on: 'operation' }, is: '=', value: name } } })).map(
          ({ spanCount }) => spanCount,
        )
      expect(await found('after 0.9 h')).toEqual([5])
      expect(await found('after 1.1 h')).toEqual([])
      const start = hours[0]?.timestamp as EpochMicros
      expect(await found('after 0.9 h', { to: start })).toEqual([5])
      const where = { span: { field: { on: 'requestId' }, is: '=', value: 'late' } } as const
      expect(await find({ where })).toMatchObject([{ spanCount: 5 }])
      expect(await find({ where, to: start })).toMatchObject([{ spanCount: 5 }])
      expect(await found('after 23 h', { from: (start + 1) as EpochMicros })).toEqual([])
    })

    test('keeps the position of a log with the spans that came from it, where it keeps any', async () => {
      if (store.positions === undefined) return
      const at = (partition: number, offset: string): LogPosition => ({ topic: 'spans', partition, offset })
      await Promise.all([
        store.writer.write([makeSpan()], at(1, '7')),
        store.writer.write([], at(0, '9007199254740993')),
        store.writer.write([makeSpan()], at(1, '12')),
      ])
      expect(await store.positions('spans')).toEqual([at(0, '9007199254740993'), at(1, '12')])
      expect(await store.positions('others')).toEqual([])
    })

    test('pages through everything without a gap or a repeat', async () => {
      const all = await find({})
      const paged: TraceSummary[] = []
      for (;;) {
        const last = paged.at(-1)
        const page = await find({ limit: 3, after: last && cursorOf(last) })
        paged.push(...page)
        if (page.length < 3) break
      }
      expect(paged).toEqual(all)
    })

    test.each(['duration', 'spans', 'errors'] as const)('pages by %s as the model sorts', async (sort) => {
      const all = (await find({})).sort((a, b) => compareSummaries(a, b, sort))
      expect(await find({ sort })).toEqual(all)
      const paged: TraceSummary[] = []
      for (;;) {
        const last = paged.at(-1)
        const page = await find({ sort, limit: 3, after: last && cursorOf(last, sort) })
        paged.push(...page)
        if (page.length < 3) break
      }
      expect(paged).toEqual(all)
    })

    test('holds after a restart what it held before', async () => {
      const before = await find({})
      const names = await store.reader.names('operation', {})
      const positions = await store.positions?.('spans')
      await store.close()
      store = await reopen()
      expect(await find({})).toEqual(before)
      expect(await store.reader.names('operation', {})).toEqual(names)
      expect(await store.positions?.('spans')).toEqual(positions)
    })

    test('gets past more spans of one moment than any page holds', async () => {
      const other = await open()
      const id = (i: number) => (i + 1).toString(16).padStart(32, '1') as TraceId
      const spans = Array.from({ length: 10_500 }, (_, i) =>
        makeSpan({ traceId: id(i), timestamp: (i === 0 ? EPOCH - 1 : EPOCH) as EpochMicros, name: 'rush' }),
      )
      for (let at = 0; at < spans.length; at += 3500) await other.writer.write(spans.slice(at, at + 3500))
      const after = { start: EPOCH as EpochMicros, traceId: id(10_497) }
      const rush = { span: { field: { on: 'operation' }, is: '=', value: 'rush' } } as const
      for (const where of [EVERY_TRACE, rush]) {
        const found: TraceId[] = []
        for await (const { traceId } of other.reader.find({ ...EVERYTHING, where, after }))
          found.push(traceId)
        expect(found).toEqual([id(10_498), id(10_499), id(0)])
      }
      await other.close()
    })

    test('refuses a write once it is closed, by name', async () => {
      const other = await open()
      await other.close()
      await expect(other.writer.write([makeSpan()])).rejects.toMatchObject({ code: 'store-unavailable' })
    })

    modelAnswers(open)
  })
}

function byId(trace: Trace | undefined): Span[] {
  return [...(trace?.spans ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1))
}
