// Shapes of traces that nobody should send and somebody will.
import { describe, expect, test } from '@jest/globals'
import { reconstruct } from './reconstruct.ts'
import type { Span } from '../span.ts'
import {
  idOf,
  makeSpan,
  randomFrom,
  randomTrace,
  shapedTrace,
  shuffled,
  TEXT_EPOCH,
  traceFromText,
  viewText,
} from '../testing/trace-text.ts'

const SPANS = 100_000
const SEED = 7
const DAY = 86_400_000_000

const shaped = (name: Parameters<typeof shapedTrace>[0], spans = SPANS) =>
  shapedTrace(name, { spans, random: randomFrom(SEED) })
const ofSpans = (spans: readonly Span[]) => reconstruct({ traceId: idOf('a') as never, spans })
const explain = (text: string) => viewText(reconstruct(traceFromText(text)))
const lines = (text: string) => text.trim().replaceAll(/^ {6}/gm, '')
const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0)

describe('big', () => {
  test('100,000 spans in a trace: a row for each, and the critical path is as long as the trace', () => {
    const view = reconstruct(shaped('wide'))
    expect(view.spans).toHaveLength(SPANS)
    expect(view.spans[0]).toMatchObject({ childCount: 10, descendants: SPANS - 1, synthetic: false })
    expect(view.spans.filter(({ depth }) => depth === 4)).toHaveLength(10_000)
    expect(view.duration).toBe(2 * SPANS + 1)
    expect(sum(view.spans.map(({ criticalTime }) => criticalTime))).toBe(view.duration)
    expect(view.warnings).toEqual([])
  })
  test('100,000 spans of 50 services with clocks that are off: every clock is within its callers again', () => {
    const view = reconstruct(randomTrace({ spans: SPANS, random: randomFrom(SEED) }))
    expect(view.spans).toHaveLength(SPANS)
    expect(view.services).toHaveLength(50)
    expect(sum(view.services.map(({ spanCount }) => spanCount))).toBe(SPANS)
    const calls = view.hops.filter(({ client, server }) => client !== undefined && server !== undefined)
    expect(calls).toHaveLength(view.spans.filter(({ span }) => span.kind === 'SERVER').length - 1)
    expect(view.clocks.length).toBeGreaterThan(150)
    expect(view.warnings).toEqual([])
  })
  test('depth 50,000, twice: the path goes down to the last span of the longer chain and back', () => {
    const { spans, criticalPath } = reconstruct(shaped('two chains'))
    expect(spans[50_000]).toMatchObject({ depth: 50_000, parent: 49_999, selfTime: 3, criticalTime: 3 })
    expect(spans.at(-1)).toMatchObject({ depth: 49_999, criticalTime: 0 })
    expect(spans[0]).toMatchObject({ childCount: 2, descendants: SPANS - 1 })
    expect(criticalPath).toHaveLength(2 * 50_000 + 1)
  })
  test('10,000 children of one span, the last reported first: in order of start', () => {
    const children = Array.from({ length: 10_000 }, (_, i) =>
      makeSpan({
        id: idOf(i + 2),
        parentId: idOf(1),
        timestamp: (1000 + 2 * i) as never,
        duration: 2 as never,
      }),
    )
    const root = makeSpan({ timestamp: 1000 as never, duration: 20_000 as never })
    const { spans, criticalPath } = ofSpans([...children.toReversed(), root])
    expect(spans[0]).toMatchObject({ childCount: 10_000, selfTime: 0, criticalTime: 0 })
    expect(spans.map(({ span }) => span.id)).toEqual([root, ...children].map(({ id }) => id))
    expect(criticalPath.map(({ span }) => span)).toEqual(children.map((_, i) => i + 1))
  })
})

describe('cycles', () => {
  test('of one: a span that is its own parent has none', () => {
    expect(explain('a x 0 9 id=b1 parent=b1')).toBe('a x 0 9 self 9 critical 9\nwarning cycle 1')
  })
  test('of two: cut above the earlier', () => {
    expect(
      explain(`
      a x 5 1 id=b1 parent=b2
      a y 2 9 id=b2 parent=b1
    `),
    ).toBe(
      lines(`
      (root) - 0 9 self 0
        a y 0 9 self 8 critical 8 orphan
          a x 3 1 self 1 critical 1
      warning cycle 1`),
    )
  })
  test('of 50,000: one cut, one chain', () => {
    const long = Array.from({ length: 50_000 }, (_, i) =>
      makeSpan({
        id: idOf(i + 1),
        parentId: idOf(((i + 1) % 50_000) + 1),
        timestamp: (1000 + ((i + 777) % 50_000)) as never,
      }),
    )
    const { spans, warnings } = ofSpans(long)
    expect(warnings).toMatchObject([{ code: 'cycle', count: 1, spanIds: [idOf(50_000 - 777 + 1)] }])
    expect(spans[1]?.span.id).toBe(idOf(50_000 - 777 + 1))
    expect(spans.at(-1)?.depth).toBe(50_000)
  })
  test('beside a good tree: it is shown under the root, the tree stays as it is', () => {
    expect(
      explain(`
      a root 0 100 SERVER
        a good 10 20
      b x 40 1 id=b1 parent=b3
      b y 39 5 id=b2 parent=b1
      b z 41 1 id=b3 parent=b2
    `),
    ).toBe(
      lines(`
      a root 0 100 SERVER self 75 critical 75
        a good 10 20 self 20 critical 20
        b y 39 5 self 4 critical 4 orphan
          b z 41 1 self 1 critical 1
            b x 40 1 self 1
      warning cycle 1`),
    )
  })
})

describe('ids', () => {
  test('two roots are held together by a made-up one that spans both', () => {
    expect(explain('a x 0 4\nb y 10 5\n  b z 11 1')).toBe(
      lines(`
      (root) - 0 15 self 6 critical 6
        a x 0 4 self 4 critical 4
        b y 10 5 self 4 critical 4
          b z 11 1 self 1 critical 1
      warning multiple-roots 2`),
    )
  })
  test('one id in different services: two spans, each with the children of its own service', () => {
    expect(
      explain(`
      a root 0 100
      a x 10 5 id=b1 parent=1
      b y 50 5 id=b1 parent=1
      b below-y 51 1 parent=b1
      a below-x 11 1 parent=b1
    `),
    ).toBe(
      lines(`
      a root 0 100 self 90 critical 90
        a x 10 5 self 4 critical 4
          a below-x 11 1 self 1 critical 1
        b y 50 5 self 4 critical 4
          b below-y 51 1 self 1 critical 1
      warning duplicate-id 1`),
    )
  })
  test('trace ids of 64 and of 128 bits in one trace: one tree, all with the longer one', () => {
    const long = '463ac35c9f6413ad48485a3953bb6124'
    const { spans, warnings } = reconstruct(
      traceFromText(`
      a root 0 9 trace=${long.slice(16)}
        b x 1 5 CLIENT trace=${long}
          b x 2 3 SERVER shared trace=${long.slice(16)}
    `),
    )
    expect(spans.map(({ depth, span }) => [depth, span.traceId])).toEqual([
      [0, long],
      [1, long],
      [2, long],
    ])
    expect(warnings).toEqual([])
  })
})

describe('late', () => {
  const whole = traceFromText(`
    % clock pay +40
    web  buy     0  100  SERVER  @10.0.0.1
      web  pay  10   60  CLIENT  ->pay
        pay  pay 20  40  SERVER  shared
          pay  save 30 5
      web  mail 75   20  PRODUCER
  `).spans

  test('until its parent comes a span is under the root, and that is said', () => {
    const early = ofSpans(whole.filter(({ name, kind }) => name !== 'pay' || kind !== 'SERVER'))
    expect(early.spans.map(({ span }) => span.name)).toEqual(['buy', 'pay', 'save', 'mail'])
    const first = ofSpans(whole.filter(({ name }) => name !== 'pay'))
    expect(first.spans.map(({ span, orphan }) => [span.name, orphan])).toEqual([
      ['buy', false],
      ['save', true],
      ['mail', false],
    ])
    expect(first.warnings).toMatchObject([{ code: 'missing-parent', count: 1 }])
  })
  test('in every order of arrival the view is the same', () => {
    const inOrder = ofSpans(whole)
    expect(inOrder.warnings).toEqual([])
    const orders = permutations(whole)
    expect(orders).toHaveLength(120)
    for (const order of orders) expect(ofSpans(order)).toEqual(inOrder)
  })
  test('10,000 spans in any order give one view', () => {
    const random = randomFrom(SEED)
    const trace = randomTrace({ spans: 10_000, random })
    const view = reconstruct(trace)
    expect(reconstruct({ ...trace, spans: shuffled(trace.spans, random) })).toEqual(view)
  })
})

describe('times', () => {
  test('none at all: the tree is there, at no time', () => {
    expect(explain('a x - -\n  a y - - CLIENT\n    b y - - SERVER')).toBe(
      lines(`
      a x 0 0 self 0
        a y 0 0 CLIENT self 0 hop a->b
          b y 0 0 SERVER self 0
      warning missing-timestamp 3`),
    )
  })
  test('some: what has no start starts with its parent, what has no duration lasts as long as what it waited for', () => {
    expect(explain('a x 0 -\n  a y - 5\n  a z 10 20\n    a w - -')).toBe(
      lines(`
      a x 0 0 self 5 critical 5
        a y 0 5 self 5 critical 5
        a z 10 20 self 20 critical 20
          a w 10 0 self 0
      warning missing-timestamp 2`),
    )
  })
  test('a duration of zero takes no time, one of 285 years is kept exactly', () => {
    const giant = Number.MAX_SAFE_INTEGER - TEXT_EPOCH
    const { duration, spans } = ofSpans([
      makeSpan({ timestamp: TEXT_EPOCH, duration: giant as never }),
      makeSpan({
        id: idOf(2),
        parentId: idOf(1),
        timestamp: (TEXT_EPOCH + 5) as never,
        duration: 0 as never,
      }),
      makeSpan({
        id: idOf(3),
        parentId: idOf(1),
        timestamp: (TEXT_EPOCH + 5) as never,
        duration: 7 as never,
      }),
    ])
    expect(duration).toBe(giant)
    expect(spans.map(({ selfTime, criticalTime }) => [selfTime, criticalTime])).toEqual([
      [giant - 7, giant - 7],
      [0, 0],
      [7, 7],
    ])
  })
  test('one span in 1970 and one in 2255, of one process: the trace is as long as they say', () => {
    const far = Number.MAX_SAFE_INTEGER - 10
    const { start, duration, spans, clocks } = ofSpans([
      makeSpan({ timestamp: 1 as never, duration: 10 as never }),
      makeSpan({ id: idOf(2), parentId: idOf(1), timestamp: far as never, duration: 10 as never }),
    ])
    expect([start, duration]).toEqual([1, far + 9])
    expect(spans.map((row) => [row.start, row.duration, row.selfTime])).toEqual([
      [1, 10, 10],
      [far, 10, 10],
    ])
    expect(clocks).toEqual([])
  })
  test('clocks days off, forwards and backwards: callees are inside their callers, and the days are named', () => {
    const view = reconstruct(
      traceFromText(`
      % clock b +172800s
      % clock c -432000s
      a x 0 100 CLIENT
        b x 20 60 SERVER
          b y 30 20 CLIENT
            c y 35 10 SERVER
    `),
    )
    expect(view.clocks).toEqual([
      { service: 'b', ip: undefined, offset: -2 * DAY },
      { service: 'c', ip: undefined, offset: 5 * DAY },
    ])
    expect(view.spans.map(({ start }) => (start - view.start) / 1000)).toEqual([0, 20, 30, 35])
    expect(view.duration).toBe(100_000)
  })
})

function permutations<T>(list: readonly T[]): T[][] {
  let orders: T[][] = [[]]
  for (const each of list) {
    orders = orders.flatMap((order) =>
      Array.from({ length: order.length + 1 }, (_, i) => order.toSpliced(i, 0, each)),
    )
  }
  return orders
}
