// Bars lie where the time was, with the network's part at their ends.
import { expect, test } from '@jest/globals'
import { messagesOf } from './messages.ts'
import {
  barOf,
  criticalByRow,
  hopLabel,
  placeLabel,
  placeQueueLabel,
  stretchOf,
  ticksOf,
} from './timeline.ts'
import { traceFromText } from '../testing/trace-fixture.ts'

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

test('a message lies on its consumer’s row, from the end of sending, and is in sight before the consumer is', () => {
  expect(barOf(view, rowAt(3), whole, [])).toMatchObject({ parts: [{ tone: 'own' }], queue: undefined })
  const queue = messagesOf(view).queues.get(4)
  expect(barOf(view, rowAt(4), whole, [], queue)).toMatchObject({
    from: 0.61,
    to: 0.8,
    queue: { from: 0.61, to: 0.7 },
    parts: [{ tone: 'own', from: 0.7, to: 0.8 }],
  })
  const before = barOf(view, rowAt(4), { start: 600, end: 650 }, [], queue)
  expect(before).toMatchObject({ queue: { from: 0.2, to: 1 }, parts: [] })
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
  const [rpc] = view.hops
  if (!rpc) throw new Error('a hop expected')
  expect(hopLabel(rpc)).toEqual({ route: 'web → payment', time: '400 µs', network: 'network 100 µs' })
  expect(hopLabel({ ...rpc, networkTime: -5 as typeof view.duration }).network).toBe('')
})

test('a label goes where it has room, and gets shorter where it has none', () => {
  expect(placeLabel([20, 5], { from: 0, to: 0.1 }, 1000)).toEqual({ variant: 0, side: 'after' })
  expect(placeLabel([20, 5], { from: 0.8, to: 1 }, 1000)).toEqual({ variant: 0, side: 'before' })
  expect(placeLabel([20, 5], { from: 0, to: 1 }, 1000)).toEqual({ variant: 0, side: 'over' })
  expect(placeLabel([20, 5], { from: 0.4, to: 0.6 }, 130)).toEqual({ variant: 1, side: 'after' })
})

test('a queue is labelled on its line if it has room there, else with the consumer’s own text', () => {
  const bar = (from: number, start: number, to: number) => ({
    from,
    to,
    queue: { from, to: start },
    parts: [],
    critical: [],
  })
  const place = (from: number, start: number, to: number) =>
    placeQueueLabel(13, [20, 5], bar(from, start, to), 1000)
  expect(place(0.1, 0.4, 0.5)).toEqual({ variant: 0, side: 'after', queue: 'apart' })
  expect(place(0.1, 0.95, 1)).toEqual({ variant: 0, side: 'queue', queue: 'joined' })
  expect(place(0.1, 0.15, 0.5)).toEqual({ variant: 0, side: 'after', queue: 'joined' })
  expect(place(0.85, 0.9, 1)).toEqual({ variant: 0, side: 'before', queue: 'joined' })
  expect(place(0, 0.01, 1)).toEqual({ variant: 0, side: 'over', queue: 'joined' })
  expect(placeQueueLabel(13, [20, 5], bar(0.4, 0.5, 0.6), 100)).toMatchObject({
    variant: 1,
    queue: undefined,
  })
})

test('a ruler of hours counts hours, not thousands of seconds', () => {
  const texts = (end: number) => ticksOf({ start: 0, end }, 500).map(({ text }) => text)
  expect(texts(3 * 3600e6)).toEqual(['0', '1 h', '2 h', '3 h'])
  expect(texts(4 * 60e6)).toEqual(['0', '1 m', '2 m', '3 m', '4 m'])
  expect(texts(9 * 86_400e6)).toEqual(['0', '3 d', '6 d', '9 d'])
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
