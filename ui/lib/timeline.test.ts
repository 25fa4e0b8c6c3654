// Bars lie where the time was, with the network's part at their ends.
import { expect, test } from '@jest/globals'
import { barOf, criticalByRow, hopLabel, placeLabel, stretchOf, ticksOf } from './timeline.ts'
import { traceFromText } from './trace-fixture.ts'

const view = traceFromText(`
web SERVER get_/ 0 1000
  web CLIENT pay 100 400
    payment SERVER pay 150 300
  payment PRODUCER publish 600 10
    bank CONSUMER publish 700 100
`)
const whole = { start: 0, end: 1000 }
const rowAt = (index: number) => {
  const row = view.spans[index]
  if (!row) throw new Error(`no row ${index}`)
  return row
}

test('a call is drawn as request transit, work, response transit', () => {
  expect(barOf(view, rowAt(1), whole, [])?.parts).toEqual([
    { tone: 'transit', from: 0.1, to: 0.15 },
    { tone: 'own', from: 0.15, to: 0.45 },
    { tone: 'transit', from: 0.45, to: 0.5 },
  ])
})

test('a message is drawn with the time it was queued', () => {
  expect(barOf(view, rowAt(3), whole, [])?.parts.map(({ tone }) => tone)).toEqual(['own', 'queue'])
})

test('a zoom cuts bars at its edges and drops what is out of sight', () => {
  const window = { start: 200, end: 400 }
  expect(barOf(view, rowAt(0), window, [])).toMatchObject({ from: 0, to: 1 })
  expect(barOf(view, rowAt(4), window, [])).toBeUndefined()
  expect(stretchOf(400, 400, window)).toEqual({ from: 1, to: 1 })
})

test('the critical path is marked on the bars it runs through', () => {
  const marked = barOf(view, rowAt(0), whole, criticalByRow(view).get(0) ?? [])?.critical
  expect(marked?.length).toBeGreaterThan(0)
  expect(marked?.at(-1)?.to).toBe(1)
})

test('a hop says from where to where, how long, and what of it the network took', () => {
  const [rpc, message] = view.hops
  if (!rpc || !message) throw new Error('two hops expected')
  expect(hopLabel(rpc)).toEqual({ route: 'web → payment', time: '400 µs', network: 'network 100 µs' })
  expect(hopLabel(message)).toEqual({ route: 'payment → bank', time: '10 µs', network: 'queued 100 µs' })
  expect(hopLabel({ ...rpc, networkTime: -5 as typeof view.duration }).network).toBe('')
})

test('a label goes where it has room, and gets shorter where it has none', () => {
  expect(placeLabel([20, 5], { from: 0, to: 0.1 }, 1000)).toEqual({ variant: 0, side: 'after' })
  expect(placeLabel([20, 5], { from: 0.8, to: 1 }, 1000)).toEqual({ variant: 0, side: 'before' })
  expect(placeLabel([20, 5], { from: 0, to: 1 }, 1000)).toEqual({ variant: 0, side: 'over' })
  expect(placeLabel([20, 5], { from: 0.4, to: 0.6 }, 130)).toEqual({ variant: 1, side: 'after' })
})

test('ticks are round, ordered and within the window', () => {
  expect(ticksOf({ start: 0, end: 412_000 }, 450).map(({ text }) => text)).toEqual([
    '0',
    '100 ms',
    '200 ms',
    '300 ms',
    '400 ms',
  ])
  expect(ticksOf({ start: 5, end: 6 }, 500).every(({ at }) => at >= 0 && at <= 1)).toBe(true)
})
