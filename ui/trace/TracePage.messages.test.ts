/** @jest-environment jsdom */
// Messages on the trace page: a hop that nobody waits for, its queue, its consumers, and what failed of it.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { TraceView } from '@hopscope/model'
import { MESSAGES, traceFromText } from '../testing/trace-fixture.ts'
import { router } from '../routing/router.svelte.ts'
import { mounted, press, serve, traceAnswers, until } from '../testing/mounted.ts'
import TracePage from './TracePage.svelte'

const ID = '5af7183fb1d4cf5f'
const spanId = (row: number) => (row + 1).toString(16).padStart(16, '0')

let page: ReturnType<typeof mounted> | undefined
afterEach(() => page?.remove())
beforeEach(() => router.push(`/traces/${ID}`))

async function open(search = '', view: TraceView = traceFromText(MESSAGES)) {
  router.push(`/traces/${ID}${search}`)
  serve(traceAnswers(view))
  const opened = mounted(TracePage, { traceId: ID })
  page = opened
  await until(() => opened.all('waterfall-row').length > 0, 'rows are shown')
  return opened
}

const words = (element: Element | undefined) => (element?.textContent ?? '').replace(/\s+/g, ' ').trim()
const rowOf = (opened: ReturnType<typeof mounted>, index: number) => opened.all('waterfall-row')[index]

test('each consumer’s row tells its queue, also to those who do not see it', async () => {
  const opened = await open()
  expect(opened.all('queue-time').map((label) => words(label).replace(/ ·$/, ''))).toEqual([
    'queued 340 ms',
    'queued 1.9 s',
  ])
  expect(
    opened.all('queue-time').every((label) => label.ariaHidden ?? label.getAttribute('aria-hidden')),
  ).toBe(true)
  expect(words(rowOf(opened, 6)?.querySelector('[role=gridcell] > .sr-only') ?? undefined)).toBe(
    'message from checkout, queued 1.9 s',
  )
})

test('the producer’s row names all consumers, and tells their queues while they are folded away', async () => {
  const opened = await open()
  expect(opened.all('hop-latency').map(words)).toContain('checkout → shipping, mailer 2 ms')
  const [grid] = opened.all('trace-waterfall')
  if (!grid) throw new Error('no grid')
  for (let i = 0; i < 3; i++) press(grid, 'ArrowDown')
  press(grid, 'ArrowLeft')
  expect(opened.all('hop-latency').map(words)).toContain(
    'checkout → shipping, mailer 2 ms · queued 340 ms – 1.9 s',
  )
  expect(opened.all('queue-time')).toHaveLength(0)
})

test('the details of a producer break down each of its hops, those of a consumer its own', async () => {
  const producer = await open(`?span=${spanId(3)}`)
  expect(producer.all('message-times').map(words)).toEqual([
    'sent 2 ms · queued 340 ms · processed 25 ms · 367 ms in all',
    'sent 2 ms · queued 1.9 s · processed 80 ms · 1.98 s in all',
  ])
  expect(words(producer.all('span-detail')[0])).toContain('Message checkout → kafka → mailer failed')
  await producer.remove()
  const consumer = await open(`?span=${spanId(4)}`)
  expect(consumer.all('message-times').map(words)).toEqual([
    'sent 2 ms · queued 340 ms · processed 25 ms · 367 ms in all',
  ])
  expect(words(consumer.all('span-detail')[0])).toContain('Critical path not waited for')
})

test('a call is still broken down into caller, network and callee', async () => {
  const opened = await open(`?span=${spanId(1)}`)
  expect(opened.all('message-times')).toHaveLength(0)
  expect(words(opened.all('span-detail')[0])).toContain(
    'web waited 110 mscheckout worked 104 msNetwork, both ways 6 ms',
  )
})

test('a side that was not reported is said to be missing, not shown as no time', async () => {
  const alone = await open(
    `?span=${spanId(1)}`,
    traceFromText('web SERVER get_/ 0 900\n  web PRODUCER send 100 50 peer=kafka'),
  )
  expect(alone.all('message-times').map(words)).toEqual(['sent 50 µs'])
  expect(words(alone.all('span-detail')[0])).toContain('Message web → kafka sent 50 µs No consumer reported')
  expect(alone.all('hop-latency').map(words)).toEqual(['web → kafka 50 µs'])
})
