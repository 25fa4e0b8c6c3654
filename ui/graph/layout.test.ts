// The picture of a graph: nothing overlaps, callers come first, and it stays put.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { layoutGraph, NODE_SIZE, type GraphEdge, type GraphLayout } from './layout.ts'

const edge = (from: string, to: string, calls = 1): GraphEdge => ({ from, to, calls })

/** Small names, so that edges meet; and hostile ones. */
const name = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 0, max: 30 }).map((n) => `service-${n}`) },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', '', '\u202Eאב', '\0', '\uD800') },
)
const anyEdge = fc.record({
  from: name,
  to: name,
  calls: fc.oneof(fc.nat(), fc.constantFrom(NaN, -1, Infinity, 1e300)),
  kind: fc.constantFrom('rpc', 'messaging'),
})
const anyGraph = fc.record({
  nodes: fc.array(name, { maxLength: 40 }),
  edges: fc.array(anyEdge, { maxLength: 80 }),
})

/** 60 services in tiers, some of them called by many, two that call each other. */
function shop(): { nodes: string[]; edges: GraphEdge[] } {
  const nodes = Array.from({ length: 60 }, (_, i) => `s${String(i).padStart(2, '0')}`)
  const edges = nodes.flatMap((to, i) =>
    i === 0
      ? []
      : [...new Set([Math.floor((i - 1) / 3), (i * 7) % i, Math.floor(i / 2)])].map((from) =>
          edge(nodes[from] ?? '', to, (i * 37) % 1000),
        ),
  )
  return { nodes, edges: [...edges, edge('s20', 's05', 3)] }
}

function place(layout: GraphLayout, node: string): { x: number; y: number; layer: number } {
  const i = layout.names.indexOf(node)
  return { x: layout.x[i] ?? NaN, y: layout.y[i] ?? NaN, layer: layout.layer[i] ?? NaN }
}

function way(layout: GraphLayout, i: number): number[] {
  return Array.from(layout.points.subarray(layout.pointsFrom[i], layout.pointsFrom[i + 1]))
}

/** Less than half a pixel is level. */
function sideOf(pixels: number): number {
  return Math.sign(Math.round(pixels))
}

/** The part of pairs that are above or below, left or right of each other as they were. */
function keptOrder(before: GraphLayout, after: GraphLayout): number {
  let same = 0
  let all = 0
  for (const a of before.names)
    for (const b of before.names) {
      if (a >= b || !after.names.includes(a) || !after.names.includes(b)) continue
      const [oldA, oldB, newA, newB] = [place(before, a), place(before, b), place(after, a), place(after, b)]
      for (const side of ['x', 'y'] as const) {
        all++
        if (sideOf(oldA[side] - oldB[side]) === sideOf(newA[side] - newB[side])) same++
      }
    }
  return same / all
}

function expectSound(layout: GraphLayout, edges: readonly GraphEdge[]): void {
  const { names, x, y, width, height, node } = layout
  for (let a = 0; a < names.length; a++) {
    const [ax, ay] = [x[a] ?? NaN, y[a] ?? NaN]
    expect(ax >= node.width / 2 - 0.01 && ax <= width - node.width / 2 + 0.01).toBe(true)
    expect(ay >= node.height / 2 - 0.01 && ay <= height - node.height / 2 + 0.01).toBe(true)
    for (let b = 0; b < a; b++) {
      const apart =
        Math.abs(ax - (x[b] ?? NaN)) >= node.width + 0.9 * node.gap ||
        Math.abs(ay - (y[b] ?? NaN)) >= node.height + 0.9 * node.gap
      if (!apart) throw new Error(`${names[a]} lies on ${names[b]}`)
    }
  }
  edges.forEach(({ from, to }, i) => {
    const points = way(layout, i)
    expect(points.every(Number.isFinite)).toBe(true)
    if (from === to) return expect(points).toHaveLength(8)
    const side = layout.backward[i] ? -1 : 1
    expect(points[0]).toBeCloseTo(place(layout, from).x + (side * node.width) / 2)
    expect(points.at(-2)).toBeCloseTo(place(layout, to).x - (side * node.width) / 2)
    for (let p = 2; p < points.length; p += 2)
      expect(((points[p] ?? NaN) - (points[p - 2] ?? NaN)) * side).toBeGreaterThan(0)
  })
}

test('any graph: nothing overlaps, all is inside of the picture, edges run from node to node one way', () => {
  fc.assert(
    fc.property(anyGraph, ({ nodes, edges }) => expectSound(layoutGraph(nodes, edges), edges)),
    { numRuns: 150 },
  )
})

test('any graph after any other: as sound', () => {
  fc.assert(
    fc.property(anyGraph, anyGraph, (one, other) => {
      const both = { nodes: [...one.nodes, ...other.nodes], edges: [...one.edges, ...other.edges] }
      const first = layoutGraph(one.nodes, one.edges)
      const second = layoutGraph(both.nodes, both.edges, first)
      expectSound(second, both.edges)
      expectSound(layoutGraph(other.nodes, other.edges, second), other.edges)
    }),
    { numRuns: 100 },
  )
})

test('the order of the input changes nothing', () => {
  const { nodes, edges } = shop()
  const mixed = fc.record({
    nodes: fc.shuffledSubarray(nodes, { minLength: nodes.length }),
    edges: fc.shuffledSubarray(edges, { minLength: edges.length }),
  })
  const expected = layoutGraph(nodes, edges)
  fc.assert(
    fc.property(mixed, (other) => {
      const layout = layoutGraph(other.nodes, other.edges)
      for (const part of ['names', 'x', 'y', 'layer', 'width', 'height'] as const)
        expect(layout[part]).toEqual(expected[part])
      other.edges.forEach((each, i) => expect(way(layout, i)).toEqual(way(expected, edges.indexOf(each))))
    }),
    { numRuns: 20 },
  )
})

test('edges point from left to right, but for one of each cycle', () => {
  const { nodes, edges } = shop()
  const layout = layoutGraph(nodes, edges)
  expect(layout.backward.reduce((sum, back) => sum + back)).toBe(1)
  const pair = [edge('b', 'a', 1000), edge('a', 'b', 2)]
  expect([...layoutGraph([], pair).backward]).toEqual([0, 1])
})

test('a request enters a cycle at its left side', () => {
  const layout = layoutGraph([], [edge('entry', 'm'), edge('m', 'a'), edge('a', 'z'), edge('z', 'm')])
  expect(['entry', 'm', 'a', 'z'].map((node) => place(layout, node).layer)).toEqual([0, 1, 2, 3])
})

test('the same graph again stays where it is, whatever its calls have become', () => {
  const { nodes, edges } = shop()
  const before = layoutGraph(nodes, edges)
  const after = layoutGraph(
    nodes,
    edges.map((each, i) => ({ ...each, calls: (i * 7919) % 100_000 })),
    before,
  )
  before.x.forEach((x, i) => expect(after.x[i]).toBeCloseTo(x, 6))
  before.y.forEach((y, i) => expect(after.y[i]).toBeCloseTo(y, 6))
  expect(after.backward).toEqual(before.backward)
})

test('one more service, wherever it is, leaves at least 95 % of all pairs as they were', () => {
  const { nodes, edges } = shop()
  const before = layoutGraph(nodes, edges)
  for (const caller of nodes) {
    const after = layoutGraph([...nodes, 'leaf'], [...edges, edge(caller, 'leaf')], before)
    expect(keptOrder(before, after)).toBeGreaterThanOrEqual(0.95)
  }
})

test('one service less leaves at least 95 % of all pairs as they were', () => {
  const { nodes, edges } = shop()
  const before = layoutGraph(nodes, edges)
  for (const gone of nodes.slice(1)) {
    const after = layoutGraph(
      nodes.filter((each) => each !== gone),
      edges.filter(({ from, to }) => from !== gone && to !== gone),
      before,
    )
    expect(keptOrder(before, after)).toBeGreaterThanOrEqual(0.95)
  }
})

test('one more call between known services moves only what would be called backward', () => {
  const { nodes, edges } = shop()
  const before = layoutGraph(nodes, edges)
  const forward = edge('s00', 's59')
  const after = layoutGraph(nodes, [...edges, forward], before)
  expect(keptOrder(before, after)).toBe(1)
})

test('a route keeps clear of the nodes that it passes', () => {
  const { nodes, edges } = shop()
  const layout = layoutGraph(nodes, edges)
  const { width, height } = layout.node
  edges.forEach(({ from, to }, i) => {
    const points = way(layout, i)
    for (const node of nodes) {
      if (node === from || node === to) continue
      const { x, y } = place(layout, node)
      for (let p = 0; p + 3 < points.length; p += 2) {
        const [ax = 0, ay = 0, bx = 0, by = 0] = points.slice(p, p + 4)
        for (const side of [x - width / 2 + 1, x + width / 2 - 1]) {
          if (Math.min(ax, bx) > side || Math.max(ax, bx) < side) continue
          const there = ay + ((by - ay) * (side - ax)) / (bx - ax)
          expect(Math.abs(there - y)).toBeGreaterThan(height / 2)
        }
      }
    }
  })
})

test('no nodes, one node, a node that calls itself, services without calls', () => {
  expect(layoutGraph([], [])).toMatchObject({ width: 0, height: 0, names: [] })
  expect(layoutGraph(['only'], []).width).toBe(NODE_SIZE.width)
  expectSound(layoutGraph([], [edge('self', 'self')]), [edge('self', 'self')])
  const lonely = Array.from({ length: 100 }, (_, i) => `lonely-${i}`)
  const layout = layoutGraph(lonely, [edge('a', 'b')])
  expectSound(layout, [edge('a', 'b')])
  expect(layout.height).toBeLessThan(layout.width * 3)
  expect(layout.layer.filter((layer) => layer < 0)).toHaveLength(100)
})

test('parts that are not connected lie side by side, not on one long line', () => {
  const edges = Array.from({ length: 20 }, (_, i) => edge(`a${i}`, `b${i}`))
  const layout = layoutGraph([], edges)
  expectSound(layout, edges)
  expect(layout.width / layout.height).toBeLessThan(4)
  expect(layout.height / layout.width).toBeLessThan(4)
})

test('what hundreds of services are called by is no endless column', () => {
  const edges = Array.from({ length: 300 }, (_, i) => edge('hub', `leaf-${i}`))
  const layout = layoutGraph([], edges)
  expectSound(layout, edges)
  expect(layout.width / layout.height).toBeGreaterThan(0.8)
  expect(layout.width / layout.height).toBeLessThan(4)
})

test('a dense graph of many layers is no thin strip', () => {
  const nodes = Array.from({ length: 120 }, (_, i) => `n${i}`)
  const edges = nodes.flatMap((from, i) =>
    [4, 5, 7, 11].flatMap((step) => (i + step < 120 ? [edge(from, nodes[i + step] ?? '')] : [])),
  )
  const layout = layoutGraph(nodes, edges)
  expectSound(layout, edges)
  expect(layout.width / layout.height).toBeLessThan(11)
})

test('two kinds of calls between the same two, and calls both ways, are four lines', () => {
  const edges = ['rpc', 'messaging'].flatMap((kind) => [
    { ...edge('a', 'b'), kind },
    { ...edge('b', 'a'), kind },
  ])
  const layout = layoutGraph([], edges)
  const heights = edges.map((_, i) => way(layout, i)[1])
  expect(new Set(heights).size).toBe(4)
})

test('hostile names are names as any other', () => {
  const names = ['__proto__', 'constructor', '\u202Eשלום', 'x'.repeat(10_000), '', '<script>']
  const edges = names.map((from, i) => edge(from, names[(i + 1) % names.length] ?? ''))
  const layout = layoutGraph(names, edges)
  expect(layout.names).toEqual([...names].sort())
  expectSound(layout, edges)
})

test('a chain of 10,000 services is laid out', () => {
  const edges = Array.from({ length: 10_000 }, (_, i) => edge(`n${i}`, `n${i + 1}`))
  const layout = layoutGraph([], [...edges, edge('n10000', 'n0')])
  expect(place(layout, 'n10000').layer).not.toBe(0)
  expect(layout.backward.reduce((sum, back) => sum + back)).toBe(1)
})
