// Messages are found with their queues and consumers, and told in words.
import type { DurationMicros } from '@hopscope/model'
import { expect, test } from '@jest/globals'
import {
  messagesOf,
  messageWords,
  queueRange,
  receiversText,
  sentLabel,
  shownTrunks,
  spokenOf,
} from './messages.ts'
import { MESSAGES, tableFromText } from '../../testing/trace-fixture.ts'

const messages = messagesOf(tableFromText(MESSAGES))
const sent = messages.sent.get(3) ?? []

test('each consumer has its own queue, from the end of sending to its start', () => {
  expect([...messages.queues].map(([row, { from, to }]) => [row, from, to])).toEqual([
    [4, 102_000, 442_000],
    [6, 102_000, 2_002_000],
  ])
})

test('what leads from a producer to its last consumer passes the rows between them, and no others', () => {
  expect(messages.lasts).toEqual(new Map([[3, 6]]))
  expect([...messages.trunks].map(([row, { at }]) => [row, at])).toEqual([
    [4, 102_000],
    [5, 102_000],
  ])
})

test('messages within messages lead past each other, and only a few lines of many are drawn', () => {
  const depth = 20
  const lines = Array.from({ length: depth }, (_, i) => [
    `${'  '.repeat(2 * i)}a PRODUCER send ${i * 100} 10`,
    `${'  '.repeat(2 * i + 1)}b CONSUMER work ${i * 100 + 50} 40`,
  ]).flat()
  const ends = Array.from({ length: depth }, (_, i) => {
    const level = depth - 1 - i
    return `${'  '.repeat(2 * level + 1)}c CONSUMER late 9000 10`
  })
  const nested = messagesOf(tableFromText([...lines, ...ends].join('\n')))
  const deepest = nested.trunks.get(2 * depth - 1)
  expect(shownTrunks(deepest).map(({ at }) => at)).toEqual([1910, 1810, 1710, 1610])
  expect(nested.trunks.get(1)?.outer).toBeUndefined()
})

test('a trace without messages costs no walk over its rows', () => {
  const { queues, trunks } = messagesOf(tableFromText('web SERVER get_/ 0 10\n  web CLIENT get 1 5'))
  expect([queues.size, trunks.size]).toEqual([0, 0])
})

test('a message is told as sent, queued and processed, as far as that is known', () => {
  expect(sent.map(messageWords)).toEqual([
    'sent 2 ms · queued 340 ms · processed 25 ms',
    'sent 2 ms · queued 1.9 s · processed 80 ms',
  ])
  const [first] = sent
  if (!first) throw new Error('a hop expected')
  expect(messageWords({ ...first, serverTime: undefined, requestTransit: undefined })).toBe('sent 2 ms')
})

test('the producer names each receiving service once, and the queues only while they are folded away', () => {
  expect(sentLabel(sent, false)).toEqual({ route: 'checkout → shipping, mailer', time: '2 ms', network: '' })
  expect(sentLabel(sent, true)?.network).toBe('queued 340 ms – 1.9 s')
  const [first] = sent
  if (!first) throw new Error('a hop expected')
  const to = (name: string) => ({ ...first, to: name })
  expect(receiversText(['a', 'b', 'a', 'c'].map(to))).toBe('a, b, c')
  expect(receiversText(['a', 'b', 'c', 'd', 'e'].map(to))).toBe('a, b and 3 others')
})

test('queues are told as a range, one time if they agree, and nothing if none is known', () => {
  const times = (...list: (number | undefined)[]) =>
    list.flatMap((time) =>
      sent.slice(0, 1).map((hop) => ({ ...hop, requestTransit: time as DurationMicros })),
    )
  expect(queueRange(times(5000, undefined, 1000))).toBe('queued 1 ms – 5 ms')
  expect(queueRange(times(5000, 5000))).toBe('queued 5 ms')
  expect(queueRange(times(0))).toBe('queued 0 µs')
  expect(queueRange(times(undefined))).toBe('')
})

test('what the dashed lines show is said in words too', () => {
  expect(spokenOf(undefined, messages.queues.get(6))).toBe('message from checkout, queued 1.9 s')
  expect(spokenOf(sent, undefined)).toBe('message, queued 340 ms – 1.9 s')
  expect(spokenOf(undefined, undefined)).toBe('')
})
