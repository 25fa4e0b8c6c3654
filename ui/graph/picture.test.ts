// The picture: what is where in it, and where the keys lead.
import { expect, test } from '@jest/globals'
import type { ServiceEdge } from '../api/graph-answer.ts'
import { curvesOf, endOf, middleOf } from './curves.ts'
import { layoutGraph } from './layout.ts'
import { boxTowards, nextEdge } from './moves.ts'
import { edgesWithin, indexOf, pictureOf, placeOf, positionsOf, thingAt } from './picture.ts'
import { sorted, sortFrom } from './table.ts'

const load = {
  calls: 10,
  errors: 0,
  errorRatio: 0,
  rate: 1,
  p50: 1,
  p95: 2,
  p99: 3,
  slowest: null,
  failed: null,
}
const edge = (from: string, to: string, more: Partial<ServiceEdge> = {}): ServiceEdge => ({
  ...load,
  from,
  to,
  kind: 'rpc',
  ...more,
})
function picture(edges: readonly ServiceEdge[], more: readonly string[] = []) {
  const names = [...new Set([...edges.flatMap(({ from, to }) => [from, to]), ...more])].sort()
  const services = names.map((name) => ({ ...load, name, reported: true }))
  return pictureOf({ services, edges }, layoutGraph(names, edges))
}
const shop = picture([edge('web', 'cart'), edge('web', 'search'), edge('cart', 'bank'), edge('bank', 'bank')])

test('the pointer finds a box before what runs under it, a call near its curve, and nothing far from both', () => {
  for (const box of shop.boxes)
    expect(thingAt(shop, box.x, box.y, 6)).toEqual({ kind: 'node', index: indexOf(shop, box.name) })
  shop.edges.forEach((_, index) => {
    const { x, y } = placeOf(shop, { kind: 'edge', index })
    expect(thingAt(shop, x, y + 3, 6)).toEqual({ kind: 'edge', index })
  })
  expect(thingAt(shop, -500, -500, 6)).toBeUndefined()
})

test('a curve ends at the side of the box that is called, and goes into it', () => {
  const { layout } = shop
  const curve = curvesOf(layout)[0] ?? new Float64Array()
  const cart = shop.boxes[indexOf(shop, 'cart')]
  const end = endOf(curve)
  expect(end.x).toBeCloseTo((cart?.x ?? 0) - layout.node.width / 2)
  expect(Math.cos(end.angle)).toBeGreaterThan(0)
  expect(middleOf(curve).x).toBeLessThan(end.x)
})

test('from near, only calls that cross the window are drawn', () => {
  const whole = { left: -1e6, right: 1e6, top: -1e6, bottom: 1e6 }
  expect(edgesWithin(shop, whole)).toBeUndefined()
  const web = shop.boxes[indexOf(shop, 'web')] ?? { x: 0, y: 0 }
  const around = { left: web.x, right: web.x + 120, top: web.y - 200, bottom: web.y + 200 }
  expect(edgesWithin(shop, around)).toEqual([0, 1])
})

test('the hash of positions changes when a service moves, and with nothing else', () => {
  const { layout } = shop
  expect(positionsOf({ ...layout })).toBe(positionsOf(layout))
  const x = layout.x.slice()
  x[1] = (x[1] ?? 0) + 1
  expect(positionsOf({ ...layout, x })).not.toBe(positionsOf(layout))
})

test('a wide strip of many services gets higher, its calls still from box to box', () => {
  const names = Array.from({ length: 60 }, (_, i) => `s${String(i).padStart(2, '0')}`)
  const chain = names.slice(1).map((to, i) => edge(names[i] ?? '', to))
  const laid = layoutGraph(names, [...chain, edge('s00', 's02')])
  const wide = pictureOf({ services: [], edges: [...chain, edge('s00', 's02')] }, laid)
  expect(wide.layout.height).toBeGreaterThan(laid.height)
  wide.curves.forEach((curve, i) => {
    const box = wide.boxes[wide.layout.to[i] ?? 0]
    expect(Math.abs(endOf(curve).y - (box?.y ?? 0))).toBeLessThanOrEqual(wide.layout.node.height / 2)
  })
})

test('arrow keys lead to the nearest service that way, and stay where there is none', () => {
  const at = (name: string) => indexOf(shop, name)
  expect(['cart', 'search']).toContain(shop.boxes[boxTowards(shop, at('web'), 'ArrowRight')]?.name)
  expect(boxTowards(shop, at('cart'), 'ArrowLeft')).toBe(at('web'))
  expect(boxTowards(shop, at('web'), 'ArrowLeft')).toBe(at('web'))
  const below = boxTowards(shop, at('cart'), 'ArrowDown')
  expect(boxTowards(shop, at('cart'), 'ArrowUp') !== at('cart') || below !== at('cart')).toBe(true)
})

test('] goes round all calls of a service, [ the other way; a service without calls has none', () => {
  const web = indexOf(shop, 'web')
  expect(nextEdge(shop, web, undefined, 1)).toEqual({ kind: 'edge', index: 0 })
  expect(nextEdge(shop, web, 0, 1)).toEqual({ kind: 'edge', index: 1 })
  expect(nextEdge(shop, web, 1, 1)).toEqual({ kind: 'edge', index: 0 })
  expect(nextEdge(shop, web, 0, -1)).toEqual({ kind: 'edge', index: 1 })
  const lone = picture([], ['cron'])
  expect(nextEdge(lone, 0, undefined, 1)).toEqual({ kind: 'node', index: 0 })
})

test('the table is sorted by any column, what is not known last whichever way', () => {
  const rows = [
    edge('a', 'b', { p95: null }),
    edge('c', 'a', { p95: 5, calls: 3 }),
    edge('b', 'c', { p95: 9 }),
  ]
  const by = (sort: string) =>
    sorted(rows, sortFrom(sort))
      .map(({ from }) => from)
      .join('')
  expect([by('from'), by('-from'), by('p95'), by('-p95')]).toEqual(['abc', 'cba', 'cba', 'bca'])
  expect(by('nonsense')).toBe(by('-calls'))
})
