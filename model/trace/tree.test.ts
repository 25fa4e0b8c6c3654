import { describe, expect, test } from '@jest/globals'
import { reconstruct } from './reconstruct.ts'
import type { Span } from '../span.ts'
import { idOf, makeSpan, traceFromText, viewText } from '../testing/trace-text.ts'
import { SYNTHETIC_SPAN_ID } from './tree.ts'
import type { TraceView } from './view.ts'

const explain = (text: string) => reconstruct(traceFromText(text))
const ofSpans = (spans: readonly Span[]) => reconstruct({ traceId: idOf('a') as never, spans })
const names = (view: TraceView) => view.spans.map((row) => '  '.repeat(row.depth) + (row.span.name ?? '-'))
const codes = (view: TraceView) => view.warnings.map(({ code }) => code)

/** Spans 1..n, each under `parentOf(i)`. */
const many = (n: number, parentOf: (i: number) => number): Span[] =>
  Array.from({ length: n }, (_, i) =>
    makeSpan({
      id: idOf(i + 1),
      parentId: i === 0 ? undefined : idOf(parentOf(i + 1)),
      timestamp: (1000 + i) as never,
      duration: (2 * (n - i)) as never,
    }),
  )

describe('a tree from hostile spans', () => {
  test('a chain 50,000 deep', () => {
    const view = ofSpans(many(50_000, (i) => i - 1))
    expect(view.spans.at(-1)).toMatchObject({ depth: 49_999, parent: 49_998 })
    expect(view.spans[0]?.descendants).toBe(49_999)
  })
  test('100,000 spans', () => {
    const view = ofSpans(many(100_000, (i) => Math.floor(i / 3) || 1))
    expect(view.spans).toHaveLength(100_000)
    expect(view.warnings).toEqual([])
  })
  test('10,000 children of one span', () => {
    const view = ofSpans(many(10_000, () => 1).toReversed())
    expect(view.spans[0]?.childCount).toBe(9_999)
    expect(view.spans.map(({ start }) => start)).toEqual(
      view.spans.map(({ start }) => start).toSorted((a, b) => a - b),
    )
  })
  test('50,000 halves of one id, and as many children of it', () => {
    const halves = Array.from({ length: 50_000 }, (_, i) =>
      makeSpan({
        id: idOf(1),
        localEndpoint: { serviceName: `s${i}`, ipv4: undefined, ipv6: undefined, port: undefined },
      }),
    )
    const children = halves.map((half, i) => ({ ...half, id: idOf(i + 2), parentId: idOf(1) }))
    const view = ofSpans(halves.concat(children))
    expect(view.spans.filter(({ depth }) => depth === 2)).toHaveLength(50_000)
  })
  test('a cycle is cut at its earliest span and said', () => {
    const view = explain(`
      a root 0 9
      a x 3 1 id=b1 parent=b3
      a y 2 1 id=b2 parent=b1
      a z 4 1 id=b3 parent=b2
    `)
    expect(names(view)).toEqual(['root', '  y', '    z', '      x'])
    expect(view.warnings).toMatchObject([{ code: 'cycle', spanIds: [idOf('b2')], count: 1 }])
    expect(view.warnings[0]?.message).toBe(
      '1 cycle of parents was cut at the earliest span: 00000000000000b2.',
    )
  })
  test('a cycle through two halves of one id and time is cut at the same one, whichever came first', () => {
    const { spans } = traceFromText(`
      a call 100 - id=b1 parent=b2 CLIENT
      a call 100 - id=b1 parent=b2 shared
      a back - - id=b2 parent=b1
    `)
    const view = ofSpans(spans)
    expect(view.spans.map(({ span }) => span.kind ?? span.name)).toEqual([
      undefined,
      'CLIENT',
      'call',
      'back',
    ])
    for (const order of [
      [2, 1, 0],
      [1, 0, 2],
      [1, 2, 0],
      [0, 2, 1],
      [2, 0, 1],
    ])
      // prettier-ignore
      expect(ofSpans(order.map((i) => spans[i]!))).toEqual(view)
  })
  test('the start of a cut cycle is not taken for a call of the root', () => {
    const view = explain(`
      a root 0 100 SERVER
      b x 900 10 SERVER id=b1 parent=b2
      b y 905 10 id=b2 parent=b1
    `)
    expect(view.spans.map(({ orphan }) => orphan)).toEqual([false, true, false])
    expect(codes(view)).toEqual(['cycle'])
    expect([view.hops, view.clocks]).toEqual([[], []])
  })
  test('nothing but a cycle gets a made-up root', () => {
    const view = explain(`
      a x 3 1 id=b1 parent=b2
      a y 2 1 id=b2 parent=b1
    `)
    expect(names(view)).toEqual(['-', '  y', '    x'])
    expect(view.spans[0]).toMatchObject({ synthetic: true, span: { id: SYNTHETIC_SPAN_ID } })
  })
  test('a span that is its own parent is treated as having none', () => {
    const view = explain(`
      a x 3 1 id=b1 parent=b1
        a y 3 1
    `)
    expect(names(view)).toEqual(['x', '  y'])
    expect(codes(view)).toEqual(['cycle'])
  })
  test('orphans go under the only root, and the missing ids are named', () => {
    const view = explain(`
      a root 0 9
      a lost 3 1 parent=ff
        a below 3 1
    `)
    expect(names(view)).toEqual(['root', '  lost', '    below'])
    expect(view.spans.map(({ orphan }) => orphan)).toEqual([false, true, false])
    expect(view.warnings[0]).toMatchObject({ code: 'missing-parent', spanIds: [idOf(2)] })
    expect(view.warnings[0]?.message).toContain(idOf('ff'))
  })
  test('two roots get a made-up one that spans the trace', () => {
    const view = explain(`
      a first 2 3
      b second 7 4
    `)
    expect(viewText(view)).toBe(
      [
        '(root) - 0 9 self 2 critical 2',
        '  a first 0 3 self 3 critical 3',
        '  b second 5 4 self 4 critical 4',
        'warning multiple-roots 1',
      ]
        .join('\n')
        .replace('roots 1', 'roots 2'),
    )
  })
  test('no root: what was reported is held together by a made-up one', () => {
    const view = explain(`
      a one 2 3 parent=ff
      b two 7 4 parent=ff
    `)
    expect(names(view)).toEqual(['-', '  one', '  two'])
    expect(codes(view)).toEqual(['missing-parent'])
    expect(view.spans.map(({ orphan }) => orphan)).toEqual([false, true, true])
  })
  test('one id in two services: both are shown, children go to their own service', () => {
    const view = explain(`
      a root 0 20
        b one 1 5 id=d SERVER
        c two 2 5 id=d SERVER
      b under-one 3 1 parent=d
      c under-two 3 1 parent=d
    `)
    expect(names(view)).toEqual(['root', '  one', '    under-one', '  two', '    under-two'])
    expect(codes(view)).toEqual(['duplicate-id'])
  })
  test('64-bit and 128-bit trace ids in one trace', () => {
    const view = explain(`
      a root 0 20 trace=0000000000000001000000000000000a
        b child 1 5
    `)
    expect(names(view)).toEqual(['root', '  child'])
  })
  test('spans without times', () => {
    const view = explain(`
      a root - -
        b child - 5
        b other - -
    `)
    expect(names(view)).toEqual(['root', '  child', '  other'])
    expect(view).toMatchObject({
      start: 0,
      duration: 5 * 1000,
      criticalPath: [{ span: 1, start: 0, end: 5000 }],
    })
    expect(view.warnings).toMatchObject([{ code: 'missing-timestamp', count: 3 }])
  })
  test('no spans at all', () => {
    expect(ofSpans([])).toMatchObject({ spans: [], hops: [], criticalPath: [], duration: 0 })
  })
})

describe('the halves of a shared span', () => {
  test('the server is under the client, and its own children under the server', () => {
    const view = explain(`
      web get 0 100 SERVER
        web call 10 50 CLIENT id=c
      pay called 20 30 SERVER id=c parent=1 shared
      pay inside 25 5 parent=c
      web around 11 5 parent=c
      - nameless 26 1 parent=c
    `)
    expect(names(view)).toEqual([
      'get',
      '  call',
      '    around',
      '    called',
      '      inside',
      '      nameless',
    ])
  })
  test('of two executions by one server each has the children that it started', () => {
    const view = explain(`
      web pay 10 200 CLIENT id=c
      pay first 20 30 SERVER id=c shared
      pay second 100 60 SERVER id=c shared
      pay charge 25 5 CLIENT parent=c
      pay charge-again 110 40 CLIENT parent=c
    `)
    expect(names(view)).toEqual(['pay', '  first', '    charge', '  second', '    charge-again'])
  })
  test('a server that joined an unreported client is the root if nothing else is', () => {
    const view = explain('pay called 20 30 SERVER shared')
    expect(view.spans[0]).toMatchObject({ synthetic: false, orphan: false })
  })
  test('children of a client whose server was not reported stay under the client', () => {
    const view = explain(`
      web call 10 50 CLIENT id=c
      pay inside 25 5 parent=c
    `)
    expect(names(view)).toEqual(['call', '  inside'])
  })
})
