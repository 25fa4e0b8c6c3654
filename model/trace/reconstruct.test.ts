import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { mergeSpans } from './merge.ts'
import { reconstruct } from './reconstruct.ts'
import type { Span } from '../span.ts'
import { idOf, makeSpan, traceFromText, viewText } from '../testing/trace-text.ts'

test('a trace reads as its hops, times and warnings', () => {
  const view = reconstruct(
    traceFromText(`
    % clock pay +40
    web  get-/buy   0  100  SERVER  @10.0.0.1 request_id=r
      web  charge  10   60  CLIENT  ->pay
        pay  charge 20  40  SERVER  shared error=no
      web  save    75   20  CLIENT  ->db
    web  lost       5    1  parent=ff
  `),
  )
  expect(viewText(view)).toBe(
    `
web get-/buy 0 100 SERVER self 19 critical 19
  web lost 5 1 self 1 critical 1 orphan
  web charge 10 60 CLIENT self 20 critical 20 hop web->pay net 10+10 failed
    pay charge 20 40 SERVER self 40 critical 40 error
  web save 75 20 CLIENT self 20 critical 20 hop web->db
clock pay -40
warning missing-parent 1`.trim(),
  )
  expect(view.requestIds).toEqual(['r'])
  expect(view.services).toEqual([
    { name: 'pay', spanCount: 1, errorCount: 1, selfTime: 40_000, criticalTime: 40_000 },
    { name: 'web', spanCount: 4, errorCount: 0, selfTime: 60_000, criticalTime: 60_000 },
  ])
})

// Few ids and services, so that duplicates, halves, cycles and lost parents are the rule.
const small = fc.integer({ min: 1, max: 8 }).map(idOf)
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })
const time = fc.integer({ min: 1, max: 100 })
const hostileSpan = fc
  .record({
    id: small,
    parentId: optional(small),
    kind: optional(fc.constantFrom('CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER')),
    name: optional(fc.constantFrom('a', 'b')),
    timestamp: optional(time),
    duration: optional(time),
    localEndpoint: optional(
      fc.record({
        serviceName: optional(fc.constantFrom('x', 'y', 'z')),
        ipv4: optional(fc.constantFrom('1', '2')),
        ipv6: fc.constant(undefined),
        port: fc.constant(undefined),
      }),
    ),
    tags: fc.constantFrom({}, { error: '' }),
    shared: fc.boolean(),
    otel: fc.constant(undefined),
  })
  .map((fields) => makeSpan(fields as unknown as Partial<Span>))
const hostileTrace = fc
  .array(hostileSpan, { maxLength: 30 })
  .map((spans) => ({ traceId: idOf('a') as never, spans }))

describe('whatever the spans say of each other', () => {
  const forAll = (check: (view: ReturnType<typeof reconstruct>, spans: readonly Span[]) => void) =>
    fc.assert(
      fc.property(hostileTrace, (trace) => check(reconstruct(trace), trace.spans)),
      { numRuns: 1000 },
    )

  test('the view has each merged span exactly once', () => {
    forAll((view, spans) => {
      const key = (span: Span) => JSON.stringify(span)
      const shown = view.spans.filter(({ synthetic }) => !synthetic).map(({ span }) => key(span))
      expect(shown.sort()).toEqual(mergeSpans(spans).spans.map(key).sort())
    })
  })
  test('rows are in pre-order: a parent before its children, a subtree in one run', () => {
    forAll(({ spans }) => {
      for (const row of spans) {
        expect(row.parent).toBeLessThan(row.index)
        expect(row.depth).toBe(row.parent < 0 ? 0 : (spans[row.parent]?.depth ?? NaN) + 1)
        const below = spans.slice(row.index + 1, row.index + 1 + row.descendants)
        expect(below.every(({ depth }) => depth > row.depth)).toBe(true)
        expect(spans[row.index + 1 + row.descendants]?.depth ?? 0).toBeLessThanOrEqual(row.depth)
        expect(spans.filter(({ parent }) => parent === row.index)).toHaveLength(row.childCount)
      }
      expect(spans.filter(({ parent }) => parent < 0)).toHaveLength(Math.min(1, spans.length))
    })
  })
  test("the critical path has no gap and adds up to the root's duration, or to the last end below it", () => {
    forAll(({ spans, criticalPath, ...view }) => {
      const [root] = spans
      let at: number = root?.start ?? 0
      for (const segment of criticalPath) {
        expect(segment.start).toBe(at)
        expect(segment.end).toBeGreaterThan(segment.start)
        at = segment.end
      }
      if (root === undefined || root.duration === 0)
        expect(at).toBeLessThanOrEqual(view.start + view.duration)
      else expect(at).toBe(root.start + root.duration)
      expect(spans.reduce((sum, { criticalTime }) => sum + criticalTime, 0)).toBe(at - (root?.start ?? 0))
    })
  })
  test('self time is within the duration where there is one, and every row within the trace', () => {
    forAll((view) => {
      for (const { start, duration, selfTime, criticalTime } of view.spans) {
        expect(selfTime).toBeGreaterThanOrEqual(0)
        expect(selfTime).toBeLessThanOrEqual(duration || view.duration)
        expect(criticalTime).toBeLessThanOrEqual(duration || view.duration)
        expect(start).toBeGreaterThanOrEqual(view.start)
        expect(start + duration).toBeLessThanOrEqual(view.start + view.duration)
      }
    })
  })
  test('hops point at rows, and at each caller and callee at most once', () => {
    forAll(({ spans, hops }) => {
      const servers = hops.flatMap(({ server }) => (server === undefined ? [] : [server]))
      expect(new Set(servers).size).toBe(servers.length)
      hops.forEach((hop, i) => {
        expect(hop.index).toBe(i)
        expect(hop.share).toBeGreaterThanOrEqual(0)
        expect(hop.share).toBeLessThanOrEqual(1)
        if (hop.client !== undefined) expect(spans[hop.client]?.hop).toBeLessThanOrEqual(i)
        if (hop.networkTime !== undefined) {
          expect((hop.requestTransit ?? 0) + (hop.responseTransit ?? hop.networkTime)).toBe(hop.networkTime)
        }
      })
    })
  })
  test('the order of arrival makes no difference', () => {
    forAll((view, spans) => {
      expect(reconstruct({ traceId: view.traceId, spans: spans.toReversed() })).toEqual(view)
    })
  })
})
