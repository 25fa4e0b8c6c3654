// Bars lie where the time was, with the network's part at their ends; the overview hides no failure.
import { expect, test } from '@jest/globals'
import { tableFromText, traceFromText } from '../../testing/trace-fixture.ts'
import { criticalByRow } from '../data/critical.ts'
import { errorOrigins } from '../data/failures.ts'
import { hopLabel } from '../data/hop-label.ts'
import { messagesOf } from '../data/messages.ts'
import { barOf, placeQueueLabel } from './bars.ts'
import { minimapPixels } from './minimap.ts'

const TEXT = `
web SERVER get_/ 0 1000
  web CLIENT pay 100 400
    payment SERVER pay 150 300
  payment PRODUCER publish 600 10
    bank CONSUMER publish 700 100
`
const table = tableFromText(TEXT)
const critical = criticalByRow(table)
const whole = { start: 0, end: 1000 }
const bar = (row: number, window = whole) =>
  barOf(table, row, window, critical, messagesOf(table).queues.get(row))

test('a call is drawn as request transit, work, response transit', () => {
  expect(bar(1)?.parts).toEqual([
    { tone: 'transit', from: 0.1, to: 0.15 },
    { tone: 'own', from: 0.15, to: 0.45 },
    { tone: 'transit', from: 0.45, to: 0.5 },
  ])
})

test('a message lies on its consumer’s row, from the end of sending, and is in sight before the consumer is', () => {
  expect(bar(3)).toMatchObject({ parts: [{ tone: 'own' }], queue: undefined })
  expect(bar(4)).toMatchObject({
    from: 0.61,
    to: 0.8,
    queue: { from: 0.61, to: 0.7 },
    parts: [{ tone: 'own', from: 0.7, to: 0.8 }],
  })
  expect(bar(4, { start: 600, end: 650 })).toMatchObject({ queue: { from: 0.2, to: 1 }, parts: [] })
})

test('a zoom cuts bars at its edges and drops what is out of sight', () => {
  const window = { start: 200, end: 400 }
  expect(bar(0, window)).toMatchObject({ from: 0, to: 1 })
  expect(barOf(table, 4, window, critical)).toBeUndefined()
})

test('the critical path is marked on the bars it runs through, each segment on its own row', () => {
  const { criticalPath } = traceFromText(TEXT)
  for (let row = 0; row < table.size; row++)
    expect(bar(row)?.critical).toHaveLength(criticalPath.filter(({ span }) => span === row).length)
  expect(bar(0)?.critical.at(-1)?.to).toBe(1)
})

test('a hop says from where to where, how long, and what of it the network took', () => {
  const rpc = table.hop(0)
  expect(hopLabel(rpc)).toEqual({ route: 'web → payment', time: '400 µs', network: 'network 100 µs' })
  expect(hopLabel({ ...rpc, networkTime: -5 as typeof rpc.networkTime }).network).toBe('')
})

test('a queue is labelled on its line if it has room there, else with the consumer’s own text', () => {
  const queued = (from: number, start: number, to: number) => ({
    from,
    to,
    queue: { from, to: start },
    parts: [],
    critical: [],
  })
  const place = (from: number, start: number, to: number) =>
    placeQueueLabel(13, [20, 5], queued(from, start, to), 1000)
  expect(place(0.1, 0.4, 0.5)).toEqual({ variant: 0, side: 'after', queue: 'apart' })
  expect(place(0.1, 0.95, 1)).toEqual({ variant: 0, side: 'queue', queue: 'joined' })
  expect(place(0.1, 0.15, 0.5)).toEqual({ variant: 0, side: 'after', queue: 'joined' })
  expect(place(0.85, 0.9, 1)).toEqual({ variant: 0, side: 'before', queue: 'joined' })
  expect(place(0, 0.01, 1)).toEqual({ variant: 0, side: 'over', queue: 'joined' })
  expect(placeQueueLabel(13, [20, 5], queued(0.4, 0.5, 0.6), 100)).toMatchObject({
    variant: 1,
    queue: undefined,
  })
})

test('the overview shows a failed span among ten thousand', () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => {
    return `  web INTERNAL work ${i} 1${i === 7_777 ? ' error=boom' : ''}`
  })
  const many = tableFromText(['web SERVER get_/ 0 10000', ...lines].join('\n'))
  const pixels = minimapPixels(many, 0, errorOrigins(many), { width: 200, height: 40 })
  const at = pixels.indexOf(1)
  expect([Math.floor(at / 200), at % 200]).toEqual([31, 155])
  expect(pixels.filter((pixel) => pixel === 1)).toHaveLength(1)
})

test('the overview of a few rows gives each a band as high as the others', () => {
  const pixels = minimapPixels(table, 0, errorOrigins(table), { width: 100, height: 50 })
  const rowsPainted = Array.from({ length: 50 }, (_, y) => pixels[y * 100 + 15] ?? 0)
  expect(rowsPainted.slice(0, 10).every((pixel) => pixel > 1)).toBe(true)
  expect(rowsPainted.slice(10, 20).every((pixel) => pixel > 1)).toBe(true)
  expect(rowsPainted.slice(30).every((pixel) => pixel === 0)).toBe(true)
})
