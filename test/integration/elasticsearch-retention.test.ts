import { afterEach, expect, test } from '@jest/globals'
import type { Span, TraceId } from '@hopscope/model'
import { makeSpan } from '@hopscope/model/testing'
import type { Store } from '@hopscope/storage'
import { Connection } from '../../storage/elasticsearch/connection.ts'
import { Days } from '../../storage/elasticsearch/days.ts'
import { Retention, type RetentionOptions } from '../../storage/elasticsearch/retention.ts'
import { ensureTemplates } from '../../storage/elasticsearch/templates.ts'
import { describeWithElasticsearch, sharedElasticsearch } from '../backends/describe.ts'
import { askCluster, freshPrefix, indicesOf, refresh, removeAll, storeOn } from '../support/elasticsearch.ts'

const DAY = 86_400_000
const NOON = Date.UTC(2026, 2, 10, 12)

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A store and what forgets for it, with a clock of their own. */
async function setUp(options: Partial<RetentionOptions>, prefix = freshPrefix()) {
  let now = NOON
  const clock = { now: () => now, advance: (millis: number) => (now += millis) }
  const store = await storeOn(prefix, { now: clock.now })
  const another = await forgetterOf(prefix, options, clock.now)
  closing.push(
    () => removeAll(prefix),
    () => store.close(),
  )
  return { prefix, clock, store, retention: another }
}

async function forgetterOf(prefix: string, options: Partial<RetentionOptions>, now: () => number) {
  const connection = new Connection({ hosts: [await sharedElasticsearch()], timeoutMs: 30_000 })
  closing.push(() => connection.close())
  const all = { maxAgeDays: 0, maxBytes: 0, ...options }
  const templates = () => ensureTemplates(connection, { prefix, shards: 1, replicas: undefined })
  const days = new Days(prefix, all.maxAgeDays || 5, now)
  return new Retention(connection, days, prefix, all, () => undefined, templates)
}

const traceOf = (number: number) => (number + 1).toString(16).padStart(16, '0') as TraceId

/** One span on each of these dates, each of a trace of its own. */
async function writeDays(store: Store, prefix: string, dates: readonly string[]) {
  const spans = dates.map((date, i) =>
    makeSpan({ traceId: traceOf(i), timestamp: (Date.parse(`${date}T06:00Z`) * 1000) as never }),
  )
  await store.writer.write(spans)
  await refresh(prefix)
  return spans.map(({ traceId }) => traceId)
}

const idsIn = async (store: Store, ids: readonly TraceId[]) =>
  (await store.reader.traces(ids)).map(({ traceId }) => traceId)

describeWithElasticsearch('retention', () => {
  test('by age deletes whole days, and the look-ups of months that are gone', async () => {
    const { prefix, store, retention } = await setUp({ maxAgeDays: 3 })
    const dates = ['2026-01-05', '2026-02-27', '2026-03-01', '2026-03-07', '2026-03-08', '2026-03-10', '2026-03-11'] // prettier-ignore
    const ids = await writeDays(store, prefix, dates)
    expect(await retention.run()).toEqual([
      ...['2026-01-05', '2026-02-27', '2026-03-01', '2026-03-07'].map((date) => `${prefix}-span-${date}`),
      ...['2026-01', '2026-02'].map((month) => `${prefix}-lookup-${month}`),
    ])
    expect(await indicesOf(prefix)).toEqual(['lease', 'lookup-2026-03', 'span-2026-03-08', 'span-2026-03-10', 'span-2026-03-11']) // prettier-ignore
    expect(await idsIn(store, ids)).toEqual(ids.slice(4))
    expect(await retention.run()).toEqual([])
  })

  test('by size deletes the oldest days, never today or what is newer', async () => {
    const { prefix, store, retention } = await setUp({ maxBytes: 1 })
    const ids = await writeDays(store, prefix, ['2026-02-27', '2026-03-09', '2026-03-10', '2026-03-11'])
    const deleted = await retention.run()
    expect(deleted).toEqual(['span-2026-02-27', 'span-2026-03-09', 'lookup-2026-02'].map((name) => `${prefix}-${name}`)) // prettier-ignore
    expect(await idsIn(store, ids)).toEqual(ids.slice(2))
    const roomy = await forgetterOf(prefix, { maxBytes: 2 ** 40 }, () => NOON + DAY)
    expect(await roomy.run()).toEqual([])
  })

  test('by age deletes what has no day as long after it came', async () => {
    const { prefix, clock, store, retention } = await setUp({ maxAgeDays: 3 })
    // More than one page.
    const untimed = (count: number, from: number): Span[] =>
      Array.from({ length: count }, (_, i) => makeSpan({ traceId: traceOf(from + i), timestamp: undefined }))
    await store.writer.write(untimed(2500, 0))
    clock.advance(2 * DAY)
    await store.writer.write(untimed(5, 2495))
    await store.writer.write(untimed(5, 5000))
    const again = makeSpan({ traceId: traceOf(0), timestamp: undefined, name: 'later' })
    await store.writer.write([again])
    await refresh(prefix)
    const counted = async (what: string) =>
      (await askCluster<{ count: number }>('GET', `/${prefix}-${what}-other/_count`)).count
    expect(await counted('span')).toBe(2506)
    clock.advance(DAY + 60_000)
    await retention.run()
    await refresh(prefix)
    expect(await counted('span')).toBe(6)
    expect((await store.reader.traces([traceOf(0)])).flatMap(({ spans }) => spans)).toEqual([again])
    clock.advance(DAY)
    await retention.run()
    await refresh(prefix)
    // The look-ups of the first day are gone; the span that came later for one of its traces is still found.
    expect(await counted('lookup')).toBeLessThan(20)
    expect((await store.reader.traces([traceOf(0)])).flatMap(({ spans }) => spans)).toEqual([again])
    clock.advance(3 * DAY)
    await retention.run()
    await refresh(prefix)
    expect([await counted('span'), await counted('lookup')]).toEqual([0, 0])
  })

  test('is done by one of two at a time; the other takes over when the lease runs out', async () => {
    const { prefix, clock, store, retention } = await setUp({ maxAgeDays: 3 })
    const other = await forgetterOf(prefix, { maxAgeDays: 3 }, clock.now)
    await writeDays(store, prefix, ['2026-03-01', '2026-03-10'])
    const both = await Promise.all([retention.run(), other.run()])
    expect(both.map(({ length }) => length).sort()).toEqual([0, 1])
    const [holder, waiting] = both[0].length > 0 ? [retention, other] : [other, retention]
    await writeDays(store, prefix, ['2026-03-02'])
    clock.advance(14 * 60_000)
    expect(await waiting.run()).toEqual([])
    expect(await holder.run()).toEqual([`${prefix}-span-2026-03-02`])
    await writeDays(store, prefix, ['2026-03-03'])
    clock.advance(16 * 60_000)
    expect(await waiting.run()).toEqual([`${prefix}-span-2026-03-03`])
    await writeDays(store, prefix, ['2026-03-04'])
    expect(await holder.run()).toEqual([])
  })

  test('leaves a cluster of one node green', async () => {
    const { prefix, retention } = await setUp({ maxAgeDays: 3 })
    await retention.run()
    const { status } = await askCluster<{ status: string }>('GET', `/_cluster/health/${prefix}-*`)
    expect(status).toBe('green')
  })

  test('touches nothing of another prefix, however alike, and neither do reads', async () => {
    const { prefix, store, retention } = await setUp({ maxAgeDays: 3, maxBytes: 1 })
    const twin = await setUp({}, `${prefix}-2`)
    const dates = ['2026-01-01', '2026-03-01', '2026-03-10']
    const ids = await writeDays(twin.store, twin.prefix, dates)
    // Such names even pass the wildcards.
    const strange = [
      'span-2-span-2026-01-01',
      'span-2026-01-01-old',
      'lookup-2-lookup-2026-01',
      'span-2026-01',
    ]
    for (const name of strange) await askCluster('PUT', `/${prefix}-${name}`)
    expect(await idsIn(store, ids)).toEqual([])
    expect(await store.reader.dependencies({ from: undefined, to: undefined })).toEqual([])
    expect(await store.reader.names('service', {})).toEqual([])
    const [own] = await writeDays(store, prefix, ['2026-01-01'])
    expect(await idsIn(twin.store, [own!])).toEqual([own])
    expect(await retention.run()).toEqual([`${prefix}-span-2026-01-01`, `${prefix}-lookup-2026-01`])
    expect(await indicesOf(prefix)).toEqual(expect.arrayContaining(strange))
    expect(await idsIn(twin.store, ids)).toEqual(ids)
    expect(await indicesOf(twin.prefix)).toEqual(['lookup-2026-01', 'lookup-2026-03', ...dates.map((date) => `span-${date}`)]) // prettier-ignore
  })
})
