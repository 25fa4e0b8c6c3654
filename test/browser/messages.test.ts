// Messages in the viewer: a hop that nobody waits for shows how long it was queued, also long after its sender's end.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { idFrom, postSpans, type WireSpan, wireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, overflow, texts, words } from './browser.ts'

const ORDER = idFrom('order by message')
const LATE = idFrom('late message')
const now = Date.now() * 1000
const HOUR = 3600e6
const kafka = { serviceName: 'kafka' }

/** A span of a service; times in milliseconds from the trace's start. */
function step(
  traceId: string,
  key: string,
  parent: string,
  times: [number, number],
  more: WireSpan,
): WireSpan {
  const [serviceName, kind] = key.split(' ')
  return wireSpan({
    traceId,
    id: idFrom(traceId, key),
    parentId: parent ? idFrom(traceId, parent) : undefined,
    kind,
    localEndpoint: { serviceName },
    timestamp: now - 5 * HOUR + times[0] * 1000,
    duration: times[1] * 1000,
    ...more,
  })
}

const SPANS: readonly WireSpan[] = [
  step(ORDER, 'web SERVER', '', [0, 120], { name: 'post /orders' }),
  step(ORDER, 'web CLIENT', 'web SERVER', [5, 110], { name: 'post /orders' }),
  step(ORDER, 'checkout SERVER', 'web CLIENT', [8, 104], { name: 'post /orders' }),
  step(ORDER, 'checkout PRODUCER', 'checkout SERVER', [100, 2], {
    name: 'send orders',
    remoteEndpoint: kafka,
  }),
  step(ORDER, 'shipping CONSUMER', 'checkout PRODUCER', [442, 25], {
    name: 'receive orders',
    remoteEndpoint: kafka,
  }),
  step(ORDER, 'shipping CLIENT', 'shipping CONSUMER', [445, 15], {
    name: 'insert',
    remoteEndpoint: { serviceName: 'stock-db' },
  }),
  step(ORDER, 'mailer CONSUMER', 'checkout PRODUCER', [2002, 80], {
    name: 'receive orders',
    remoteEndpoint: kafka,
    tags: { error: 'mailbox is full' },
  }),
  step(LATE, 'checkout PRODUCER', '', [0, 2], { name: 'send orders', remoteEndpoint: kafka }),
  step(LATE, 'shipping CONSUMER', 'checkout PRODUCER', [3 * 3600e3, 25], { name: 'receive orders' }),
]

describeInBrowser('a message', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
    expect((await postSpans(server.url, SPANS)).status).toBe(202)
  })
  afterAll(() => server?.stop())

  const open = async (traceId = ORDER, options?: Parameters<typeof visit>[1], search = '') => {
    const page = await visit(`${server.url}/traces/${traceId}${search}`, options)
    await page.getByTestId('waterfall-row').first().waitFor()
    return page
  }
  const selecting = (key: string) => `?span=${idFrom(ORDER, key)}`
  /** How opaque the painted lane of the n-th row is at a time, in milliseconds from the trace's start; 0 to 255. */
  const paintedAt = (page: Page, row: number, time: number) =>
    page.evaluate(
      ([place = 0, share = 0]) => {
        const lanes = document.querySelector<HTMLCanvasElement>('[data-testid=trace-waterfall] canvas')
        const context = lanes?.getContext('2d')
        if (!lanes || !context) throw new Error('no painted lanes')
        const rowHeight = 26 * devicePixelRatio
        const y = Math.round((place + 0.45) * rowHeight)
        return context.getImageData(Math.round(share * lanes.width), y, 1, 1).data[3] ?? -1
      },
      [row, time / 2082],
    )

  test('shows on each consumer how long it was queued, between the end of sending and its bar', async () => {
    const page = await open()
    expect(await texts(page, 'queue-time')).toEqual([
      'queued 340 ms',
      expect.stringContaining('queued 1.9 s'),
    ])
    for (const label of await page.getByTestId('queue-time').all()) expect(await label.isVisible()).toBe(true)
    expect(await texts(page, 'hop-latency')).toContain('checkout → shipping, mailer 2 ms')

    const row = (service: string, operation: string) =>
      page.getByTestId('waterfall-row').filter({ hasText: service }).filter({ hasText: operation })
    // Rows of web, web, checkout, send, shipping, insert, mailer: the consumers' bars, and nothing before the queues.
    expect([await paintedAt(page, 4, 455), await paintedAt(page, 6, 2040)]).toEqual([255, 255])
    expect([await paintedAt(page, 4, 50), await paintedAt(page, 6, 60)]).toEqual([0, 0])
    expect(words(await row('mailer', 'receive orders').textContent())).toMatch(
      /^mailer receive orders error message from checkout, queued 1\.9 s.*80 ms · mailbox is full$/,
    )
  })

  test('is explained on both sides: sent, queued, processed', async () => {
    const page = await open(ORDER, {}, selecting('mailer CONSUMER'))
    expect(await texts(page, 'message-times')).toEqual([
      'sent 2 ms · queued 1.9 s · processed 80 ms · 1.98 s in all',
    ])
    await page.getByTestId('waterfall-row').filter({ hasText: 'send orders' }).click()
    await page.getByTestId('message-times').nth(1).waitFor()
    expect(await texts(page, 'message-times')).toEqual([
      'sent 2 ms · queued 340 ms · processed 25 ms · 367 ms in all',
      'sent 2 ms · queued 1.9 s · processed 80 ms · 1.98 s in all',
    ])
    expect(words(await page.getByTestId('span-detail').textContent())).toContain(
      'checkout → kafka → shipping',
    )
  })

  test('is still told, as a range, while its consumers are folded away', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'Collapse 3 spans below' }).click()
    await page.getByText('queued 340 ms – 1.9 s').waitFor()
    expect(await page.getByTestId('queue-time').count()).toBe(0)
  })

  test('that lay for hours is no wrong clock, and the ruler counts in hours', async () => {
    const page = await open(LATE)
    expect(await texts(page, 'queue-time')).toEqual([expect.stringContaining('queued 3 h')])
    expect(await page.getByText('Clocks corrected').count()).toBe(0)
    await page.getByText('1 h 30 m', { exact: true }).waitFor()
  })

  test('fits a telephone, its queue time included', async () => {
    const page = await open(ORDER, { width: 380, height: 800 })
    expect(await overflow(page)).toBe(0)
    await page.getByTestId('queue-time').first().waitFor()
    await page.getByTestId('waterfall-row').nth(6).click()
    await page.getByTestId('message-times').waitFor()
    expect(await overflow(page)).toBe(0)
  })

  // Only when asked for, so that a test run leaves the working tree as it was.
  if (process.env['HOPSCOPE_SCREENSHOTS'] !== '1') return
  test('the pictures of a message are taken', async () => {
    const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url))
    mkdirSync(folder, { recursive: true })
    const page = await open(ORDER, {}, selecting('mailer CONSUMER'))
    await page.getByTestId('message-times').waitFor()
    await page.screenshot({ path: `${folder}messages.png` })
  })
})
