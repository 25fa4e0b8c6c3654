// A trace file is read on the reader's machine, in a worker: the server is asked nothing.
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { idFrom, type WireSpan, wireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, overflow, texts } from './browser.ts'

const now = Date.now() * 1000
const ONE = idFrom('file trace')
const TWO = idFrom('other file trace')

const traceOf = (traceId: string, name: string, more: WireSpan = {}): WireSpan[] =>
  [0, 1].map((i) =>
    wireSpan({
      traceId,
      id: idFrom(traceId, i),
      ...(i === 0 ? {} : { parentId: idFrom(traceId, 0) }),
      name: `${name} ${i}`,
      timestamp: now + i * 1000,
      duration: 50_000 - i * 2000,
      ...more,
    }),
  )

const zipkin = Buffer.from(JSON.stringify(traceOf(ONE, 'step', { tags: { note: '<script>hit</script>' } })))
const several = Buffer.from(
  JSON.stringify([
    ...traceOf(ONE, 'step'),
    ...traceOf(TWO, 'task', { tags: { error: 'x' } }),
    { traceId: 'bad' },
  ]),
)
const otlp = Buffer.from(
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: `${ONE}${ONE}`,
                spanId: ONE,
                name: 'buy',
                kind: 2,
                startTimeUnixNano: `${now}000`,
                endTimeUnixNano: `${now + 1000}000`,
              },
            ],
          },
        ],
      },
    ],
  }),
)
const jaeger = Buffer.from(
  JSON.stringify({
    data: [
      {
        traceID: ONE,
        spans: [
          {
            traceID: ONE,
            spanID: ONE,
            operationName: 'sell',
            references: [],
            startTime: now,
            duration: 1000,
            tags: [],
            logs: [],
            processID: 'p1',
          },
        ],
        processes: { p1: { serviceName: 'shop', tags: [] } },
      },
    ],
  }),
)
const HUGE = 100_000
const huge = () =>
  gzipSync(
    JSON.stringify(
      Array.from({ length: HUGE }, (_, i) =>
        wireSpan({
          traceId: ONE,
          id: (i + 1).toString(16).padStart(16, '0'),
          ...(i === 0 ? {} : { parentId: (Math.floor((i - 1) / 8) + 1).toString(16).padStart(16, '0') }),
          name: `step ${i % 50}`,
          timestamp: now + i,
          duration: 200_000 - i,
        }),
      ),
    ),
  )

describeInBrowser('the file page', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server?.stop())

  const give = (page: Page, buffer: Buffer, name = 'trace.json') =>
    page.getByTestId('file-field').setInputFiles({ name, mimeType: 'application/json', buffer })
  const rows = (page: Page) => page.getByTestId('waterfall-row')

  test.each([
    ['Zipkin', zipkin, 'step 0'],
    ['Zipkin by gzip', gzipSync(zipkin), 'step 0'],
    ['OTLP', otlp, 'buy'],
    ['Jaeger', jaeger, 'sell'],
  ])('opens %s without asking the server anything', async (_, file, operation) => {
    const page = await visit(server.url)
    await page.waitForLoadState('networkidle')
    const asked: string[] = []
    page.on('request', (request) => {
      if (!request.url().includes('/assets/')) asked.push(request.url())
    })
    await give(page, file)
    await rows(page).first().waitFor()
    expect((await texts(page, 'waterfall-row'))[0]).toContain(operation)
    await rows(page).first().click()
    await page.getByTestId('span-detail').waitFor()
    expect(new URL(page.url()).pathname).toBe('/file')
    expect(asked).toEqual([])
  })

  test('a file dropped anywhere is opened', async () => {
    const page = await visit(`${server.url}/services`)
    const transfer = await page.evaluateHandle((json) => {
      const data = new DataTransfer()
      data.items.add(new File([json], 'dropped.json'))
      return data
    }, zipkin.toString())
    await page.dispatchEvent('body', 'drop', { dataTransfer: transfer })
    await rows(page).first().waitFor()
    await page.getByText('dropped.json').first().waitFor()
  })

  test('of several traces one is chosen, back and forward go between them, what was refused is told', async () => {
    const page = await visit(server.url)
    await give(page, several)
    const list = page.getByTestId('file-traces')
    await list.waitFor()
    expect(await list.locator('tbody tr').count()).toBe(2)
    await page.getByTestId('file-refused').click()
    await page.getByTestId('file-refused').getByText('element 5').waitFor()
    await list.getByText('task 0').click()
    await rows(page).first().waitFor()
    expect((await texts(page, 'waterfall-row'))[0]).toContain('task 0')
    expect(new URL(page.url()).searchParams.get('trace')).toBe(TWO)
    await page.goBack()
    await list.waitFor()
    await page.goForward()
    await rows(page).first().waitFor()
    await give(page, zipkin)
    await page.getByText('step 0').first().waitFor()
    expect(new URL(page.url()).search).toBe('')
  })

  test('after a reload the file is gone, which is said with what to do', async () => {
    const page = await visit(`${server.url}/file?trace=${ONE}`)
    await page.getByText('No file is open').waitFor()
    await page.getByTestId('file-page-field').setInputFiles({
      name: 'again.json',
      mimeType: 'application/json',
      buffer: several,
    })
    await rows(page).first().waitFor()
    expect((await texts(page, 'waterfall-row'))[0]).toContain('step 0')
  })

  test.each([
    ['no JSON', Buffer.from('hello'), 'It is not JSON'],
    ['a web page', Buffer.from('<!doctype html>'), 'It is a web page'],
    ['an empty one', Buffer.alloc(0), 'It is empty'],
    ['damaged gzip', gzipSync(zipkin).subarray(0, 40), 'damaged'],
    ['gzip in several parts', Buffer.concat([gzipSync('['), gzipSync(']')]), 'gunzip'],
    ['JSON of something else', Buffer.from('[]'), 'there are no spans in it'],
  ])('says what is wrong with a file: %s', async (_, file, why) => {
    const page = await visit(server.url, { width: 380, height: 800 })
    await give(page, file)
    await page.getByRole('alert').getByText(why).waitFor()
    expect(await overflow(page)).toBe(0)
  })

  test('100,000 spans open in a worker: the page stays quick', async () => {
    const page = await visit(server.url)
    const file = huge()
    await page.evaluate(() => {
      const longest = { task: 0 }
      Reflect.set(window, 'longest', longest)
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longest.task = Math.max(longest.task, duration)
      }).observe({ type: 'longtask' })
    })
    await give(page, file, 'huge.json.gz')
    await page.getByTestId('file-progress').waitFor()
    await rows(page).first().waitFor({ timeout: 25_000 })
    const longest = await page.evaluate(() => (Reflect.get(window, 'longest') as { task: number }).task)
    // Drawing 100,000 spans is part of it; reading them would take seconds.
    expect(longest).toBeLessThan(1000)
  })
})
