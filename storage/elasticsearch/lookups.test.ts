import { describe, expect, test } from '@jest/globals'
import type { Span, TraceId } from '@hopscope/model'
import { makeSpan } from '@hopscope/model/testing'
import { NO_DAY } from './days.ts'
import { KnownLookups, lookupDocument, lookupId } from './lookups.ts'

const TODAY = 20_000
const traceId = (number: number) => number.toString(16).padStart(16, '0') as TraceId
const spanOf = (trace: number, request?: string): Span =>
  makeSpan({ traceId: traceId(trace), tags: request === undefined ? {} : { request_id: request } })
const missingOf = (known: KnownLookups, spans: readonly Span[], day = TODAY, today = TODAY) =>
  known.missingOf(
    spans,
    spans.map(() => day),
    today,
  )
const named = (lookups: readonly { trace: string; request: string | undefined }[]) =>
  lookups.map(({ trace, request }) => [Number.parseInt(trace, 16), request])

describe('the look-ups that spans need', () => {
  test('are one for each trace and request, and none for a trace that has one by its request', () => {
    const spans = [spanOf(1), spanOf(1, 'r'), spanOf(2), spanOf(2), spanOf(1, 'r'), spanOf(1, 's'), spanOf(1)]
    expect(named(missingOf(new KnownLookups(), spans))).toEqual([[1, 'r'], [2, undefined], [1, 's']]) // prettier-ignore
  })

  test('are one for each day', () => {
    const [one, other] = new KnownLookups().missingOf([spanOf(1), spanOf(1)], [TODAY, TODAY - 1], TODAY)
    expect([one?.day, other?.day]).toEqual([TODAY, TODAY - 1])
    expect(lookupId(one!)).not.toBe(lookupId(other!))
  })

  test('are known only once they are stored', () => {
    const known = new KnownLookups()
    const spans = [spanOf(1), spanOf(2, 'r')]
    const missing = missingOf(known, spans)
    expect(missingOf(known, spans)).toEqual(missing)
    known.remember(missing)
    expect(missingOf(known, spans)).toEqual([])
  })

  test('of a trace known by its request are not needed without it; the other way round they are', () => {
    const known = new KnownLookups()
    known.remember(missingOf(known, [spanOf(1, 'r'), spanOf(2)]))
    expect(missingOf(known, [spanOf(1), spanOf(1, 'r'), spanOf(2)])).toEqual([])
    expect(named(missingOf(known, [spanOf(2, 'r'), spanOf(1, 's')]))).toEqual([[2, 'r'], [1, 's']]) // prettier-ignore
  })

  test('of spans without a day are needed again on every day on which such spans come', () => {
    const known = new KnownLookups()
    const today = missingOf(known, [spanOf(1)], NO_DAY)
    known.remember(today)
    expect(missingOf(known, [spanOf(1)], NO_DAY)).toEqual([])
    const tomorrow = missingOf(known, [spanOf(1)], NO_DAY, TODAY + 1)
    expect(tomorrow).toHaveLength(1)
    expect(lookupId(tomorrow[0]!)).not.toBe(lookupId(today[0]!))
    expect(tomorrow[0]?.day).toBe(NO_DAY)
  })

  test('are remembered in bounds, the last ones surely', () => {
    const known = new KnownLookups()
    const PAGE = 1000
    const page = (at: number) => Array.from({ length: PAGE }, (_, i) => spanOf(at * PAGE + i))
    for (let at = 0; at < 200; at++) known.remember(missingOf(known, page(at)))
    const forgotten = Array.from({ length: 200 }, (_, at) => missingOf(known, page(at)).length)
    const remembered = 200 * PAGE - forgotten.reduce((sum, each) => sum + each, 0)
    expect(remembered).toBeLessThanOrEqual(100_000)
    expect(remembered).toBeGreaterThanOrEqual(50_000)
    expect(forgotten.slice(-49)).toEqual(Array.from({ length: 49 }, () => 0))
  })
})

describe('a look-up', () => {
  test('has an id that needs no escapes, one for each content', () => {
    const long = 'r'.repeat(5000)
    const requests = [undefined, '', 'r', `${long}1`, `${long}2`, '/', 'undefined']
    const lookups = requests.flatMap((request) =>
      [1, 2].flatMap((trace) => [TODAY, 2000].map((day) => ({ day, trace: traceId(trace), request, arrived: undefined }))),
    ) // prettier-ignore
    const ids = lookups.map(lookupId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[\w-]{16,20}$/)
  })

  test('is short, whatever the request, and says the day and, if told to, the arrival', () => {
    const lookup = { day: TODAY, trace: traceId(1), request: 'ä'.repeat(50_000), arrived: undefined }
    expect(JSON.stringify(lookupDocument(lookup, undefined)).length).toBeLessThan(200)
    expect(JSON.parse(JSON.stringify(lookupDocument(lookup, undefined)))).not.toHaveProperty('stored')
    expect(lookupDocument({ ...lookup, request: undefined }, 7)).toMatchObject({
      request: undefined,
      day: TODAY,
      stored: 7,
    })
  })
})
