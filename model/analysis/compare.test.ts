import { describe, expect, test } from '@jest/globals'
import { compareTraces, type DiffNode, type TraceDiff } from './compare.ts'
import { reconstruct } from '../trace/reconstruct.ts'
import {
  brokenTrace,
  idOf,
  makeSpan,
  randomFrom,
  randomTrace,
  shapedTrace,
  traceFromText,
} from '../testing/trace-text.ts'
import type { TraceView } from '../trace/view.ts'

const NO_ENDPOINT = { serviceName: undefined, ipv4: undefined, ipv6: undefined, port: undefined }
const view = (text: string) => reconstruct(traceFromText(text))
const compare = (a: string, b: string) => compareTraces(view(a), view(b))
const lines = ({ nodes }: TraceDiff) =>
  nodes.map(({ depth, service, operation, status, errorChange }) =>
    [
      '  '.repeat(depth) + (service ?? '-'),
      operation ?? '-',
      status,
      ...(errorChange ? [errorChange] : []),
    ].join(' '),
  )

describe('two traces of one operation', () => {
  test('say what is missing, added, slower, faster, and what fails now', () => {
    const diff = compare(
      `
      web buy 0 100 SERVER request_id=1
        web price 5 20 CLIENT
          pricing price 6 18 SERVER
        web cache 30 1 CLIENT error
        web pay 40 50 CLIENT
          pay pay 45 40 SERVER
    `,
      `
      web buy 0 180 SERVER request_id=2
        web stock 2 10 CLIENT
        web cache 30 1 CLIENT
        web pay 40 130 CLIENT
          pay pay 45 120 SERVER error
        web mail 171 5 PRODUCER
    `,
    )
    expect(lines(diff)).toEqual([
      'web buy slower',
      '  web stock added',
      '  web price missing',
      '    pricing price missing',
      '  web cache same vanished',
      '  web pay slower',
      '    pay pay slower appeared',
      '  web mail added',
    ])
    expect(diff.counts).toEqual({
      added: 2,
      missing: 2,
      slower: 3,
      faster: 0,
      same: 1,
      errorsAppeared: 1,
      errorsVanished: 1,
    })
    expect(diff.nodes[6]).toMatchObject({
      a: 5,
      b: 4,
      parent: 5,
      depth: 2,
      kind: 'SERVER',
      durationA: 40_000,
      durationB: 120_000,
      durationChange: 80_000,
      selfA: 40_000,
      selfB: 120_000,
      selfChange: 80_000,
      errorA: false,
      errorB: true,
    })
    expect(diff.nodes[1]).toMatchObject({
      a: undefined,
      b: 1,
      durationA: undefined,
      durationChange: undefined,
    })
    expect(diff.a).toMatchObject({ duration: 100_000, spanCount: 6, errorCount: 1 })
    expect(diff.b).toMatchObject({ duration: 180_000, spanCount: 6, errorCount: 1 })
    expect(diff.services).toEqual([
      {
        name: 'pay',
        spansA: 1,
        spansB: 1,
        errorsA: 0,
        errorsB: 1,
        selfA: 40_000,
        selfB: 120_000,
        criticalA: 40_000,
        criticalB: 120_000,
      },
      {
        name: 'pricing',
        spansA: 1,
        spansB: 0,
        errorsA: 0,
        errorsB: 0,
        selfA: 18_000,
        selfB: 0,
        criticalA: 18_000,
        criticalB: 0,
      },
      expect.objectContaining({ name: 'web', spansA: 4, spansB: 5 }),
    ])
  })

  test('align calls that come in another order', () => {
    const diff = compare(
      `
      a root 0 90
        a x 0 10
        a y 20 10
        a z 40 10
    `,
      `
      a root 0 90
        a z 0 10
        a x 20 10
        a y 40 10
    `,
    )
    expect(new Set(diff.nodes.map(({ status }) => status))).toEqual(new Set(['same']))
    expect(diff.nodes).toHaveLength(4)
  })

  test('align repeated calls by rank, and call the surplus added or missing with all below it', () => {
    const query = (i: number) => `\n  a select ${i * 10} 5 CLIENT\n    db select ${i * 10 + 1} 3 SERVER`
    const calls = (n: number) => `a root 0 100${Array.from({ length: n }, (_, i) => query(i)).join('')}`
    const diff = compare(calls(2), calls(5))
    expect(diff.counts).toMatchObject({ same: 5, added: 6, missing: 0 })
    expect(diff.nodes.slice(5).map(({ b }) => b)).toEqual([5, 6, 7, 8, 9, 10])
    expect(compare(calls(5), calls(2)).counts).toMatchObject({ same: 5, added: 0, missing: 6 })
  })

  test('differ in service or kind: not one call', () => {
    const diff = compare('a root 0 9\n  a x 0 5 CLIENT\n  a y 6 1', 'a root 0 9\n  a x 0 5\n  b y 6 1')
    expect(diff.counts).toMatchObject({ same: 1, missing: 2, added: 2 })
  })

  test('are the same below 1 ms of difference, and below 10 % of the shorter time', () => {
    const changed = (a: string, b: string) => compare(`a x 0 ${a}`, `a x 0 ${b}`).nodes[0]?.status
    expect(changed('1', '1.999')).toBe('same')
    expect(changed('1', '2')).toBe('slower')
    expect(changed('2', '1')).toBe('faster')
    expect(changed('100', '109.999')).toBe('same')
    expect(changed('100', '110')).toBe('slower')
    expect(changed('110', '100')).toBe('faster')
    expect(changed('-', '100')).toBe('same')
  })
})

describe('traces that begin otherwise', () => {
  test('are compared from their roots, whatever these are called', () => {
    const diff = compare('a get-/v1 0 9\n  a x 0 5', 'a get-/v2 0 9\n  a x 0 5')
    expect(lines(diff)).toEqual(['a get-/v1 same', '  a x same'])
  })
  test('leave a made-up root out', () => {
    const diff = compare('a x 0 9\n  a y 1 2', 'a x 0 9\n  a y 1 2\nb other 4 2')
    expect(lines(diff)).toEqual(['a x same', '  a y same', 'b other added'])
    expect(diff.nodes.map(({ parent }) => parent)).toEqual([-1, 0, -1])
    expect(diff.b.spanCount).toBe(3)
  })
  test('may have no spans', () => {
    expect(compare('', '').nodes).toEqual([])
    expect(compare('', 'a x 0 9').counts).toMatchObject({ added: 1 })
  })
  test('texts that only look alike when put together are not one call', () => {
    const called = (service: string, name: string) =>
      reconstruct({
        traceId: idOf('a') as never,
        spans: [
          makeSpan(),
          makeSpan({
            id: idOf(2),
            parentId: idOf(1),
            name,
            localEndpoint: { ...NO_ENDPOINT, serviceName: service },
          }),
        ],
      })
    const { counts } = compareTraces(called('a\nb', 'c'), called('a', 'b\nc'))
    expect(counts).toMatchObject({ same: 1, missing: 1, added: 1 })
  })
})

describe('whatever the traces are', () => {
  const random = randomFrom(4)
  const views = Array.from({ length: 400 }, (_, i) => {
    const shape = { spans: i % 25, random }
    return reconstruct(i % 2 === 0 ? brokenTrace(shape) : randomTrace({ ...shape, spans: 1 + (i % 25) }))
  })
  const forPairs = (check: (a: TraceView, b: TraceView) => void) => {
    for (let i = 0; i + 2 < views.length; i++) {
      const [a, , b] = views.slice(i, i + 3)
      if (a !== undefined && b !== undefined) check(a, b)
    }
  }

  test('a trace differs in nothing from itself', () => {
    for (const a of views) {
      const { nodes, counts } = compareTraces(a, a)
      expect(nodes.map((node) => [node.a, node.status, node.parent < 0])).toEqual(
        nodes.map((node) => [node.b, 'same', node.depth === 0]),
      )
      expect(counts.same).toBe(a.spans.filter(({ synthetic }) => !synthetic).length)
    }
  })
  test('swapping the two mirrors everything', () => {
    const MIRRORED = {
      added: 'missing',
      missing: 'added',
      slower: 'faster',
      faster: 'slower',
      same: 'same',
    } as const
    const ERRORS = { appeared: 'vanished', vanished: 'appeared' } as const
    const minus = (change: number | undefined) => (change === undefined ? undefined : 0 - change)
    const mirrored = (node: DiffNode, other: DiffNode | undefined): DiffNode => ({
      ...node,
      // Of two roots, a's names are said.
      ...(node.depth === 0 && { service: other?.service, operation: other?.operation, kind: other?.kind }),
      a: node.b,
      b: node.a,
      status: MIRRORED[node.status],
      durationA: node.durationB,
      durationB: node.durationA,
      durationChange: minus(node.durationChange),
      selfA: node.selfB,
      selfB: node.selfA,
      selfChange: minus(node.selfChange),
      errorA: node.errorB,
      errorB: node.errorA,
      errorChange: node.errorChange && ERRORS[node.errorChange],
    })
    forPairs((a, b) => {
      const there = compareTraces(a, b)
      const back = compareTraces(b, a)
      expect(there.nodes.map((node, i) => mirrored(node, back.nodes[i]))).toEqual(back.nodes)
      expect([there.a, there.b]).toEqual([back.b, back.a])
      expect(there.counts).toMatchObject({ added: back.counts.missing, slower: back.counts.faster })
    })
  })
  test('every span of each is there exactly once, below what is above it', () => {
    forPairs((a, b) => {
      const { nodes, counts } = compareTraces(a, b)
      for (const [side, { spans }] of [
        ['a', a],
        ['b', b],
      ] as const) {
        const shown = nodes.flatMap((node) => node[side] ?? [])
        const reported = spans.filter(({ synthetic }) => !synthetic)
        expect(shown.toSorted((x, y) => x - y)).toEqual(reported.map(({ index }) => index))
        for (const node of nodes) {
          const row = spans[node[side] ?? -1]
          const above = spans[row?.parent ?? -1]
          if (row === undefined) continue
          expect(nodes[node.parent]?.[side]).toBe(above?.synthetic ? undefined : above?.index)
        }
      }
      const { errorsAppeared: _, errorsVanished: __, ...statuses } = counts
      expect(Object.values(statuses).reduce((x, y) => x + y, 0)).toBe(nodes.length)
    })
  })
  test('nodes are in pre-order', () => {
    forPairs((a, b) => {
      const { nodes } = compareTraces(a, b)
      nodes.forEach((node, i) => {
        const before = nodes[i - 1]
        expect(node.depth).toBe(node.parent < 0 ? 0 : (nodes[node.parent]?.depth ?? NaN) + 1)
        expect(node.depth).toBeLessThanOrEqual((before?.depth ?? -1) + 1)
        if (before !== undefined && node.depth === before.depth + 1) expect(node.parent).toBe(i - 1)
      })
    })
  })
})

test('100,000 spans on each side, deep or wide, are aligned', () => {
  for (const name of ['two chains', '10,000 children'] as const) {
    const a = reconstruct(shapedTrace(name, { spans: 100_000, random: randomFrom(1) }))
    const b = reconstruct(shapedTrace(name, { spans: 99_990, random: randomFrom(1) }))
    const { nodes, counts } = compareTraces(a, b)
    expect(nodes).toHaveLength(100_000)
    expect(counts).toMatchObject({ added: 0, missing: 10 })
  }
})
