// A request of several traces: its story in words and bars, zoom by drag and keys in the URL, the files of it, on a phone too.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { idFrom, postSpans, type WireSpan, wireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, overflow, texts, words } from './browser.ts'

const now = Date.now() * 1000
const REQUEST = 'order "17"/4 <b>'
const PATH = `/requests/${encodeURIComponent(REQUEST)}`

/** A trace of a root and a call below it; times in milliseconds from the request's start. */
function trace(
  name: string,
  [service, operation]: readonly [string, string],
  at: number,
  ms: number,
  error = false,
): WireSpan[] {
  const traceId = idFrom('request page', name)
  const common = { traceId, localEndpoint: { serviceName: service }, timestamp: now - 60e6 + at * 1000 }
  const tags = { request_id: REQUEST, ...(error ? { error: 'declined' } : {}) }
  return [
    wireSpan({ ...common, id: idFrom(name, 0), name: operation, duration: ms * 1000, tags }),
    wireSpan({
      ...common,
      id: idFrom(name, 1),
      parentId: idFrom(name, 0),
      name: 'inner',
      duration: ms * 500,
    }),
  ]
}

describeInBrowser('the request page', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
    const spans = [
      ...trace('first', ['web', 'post /orders'], 0, 400, true),
      ...trace('again', ['web', 'post /orders'], 1000, 500),
      ...trace('mail', ['mailer', 'send'], 1400, 600),
      ...trace('audit', ['audit', 'write'], 3500, 100),
      ...Array.from({ length: 300 }, (_, i) =>
        wireSpan({
          traceId: idFrom('of many', i),
          name: `job ${i}`,
          timestamp: now - 90e6 + i * 10_000,
          duration: 20_000,
          tags: { request_id: 'many' },
        }),
      ),
    ]
    expect((await postSpans(server.url, spans)).status).toBe(202)
  })
  afterAll(() => server?.stop())

  const open = async (search = '', options?: Parameters<typeof visit>[1]) => {
    const page = await visit(server.url + PATH + search, options)
    await page.getByTestId('request-timeline').waitFor()
    return page
  }
  const rows = (page: Page) => page.getByTestId('request-timeline').getByRole('listitem')

  test('retries, async parts, gaps and totals are said, and stand where they were', async () => {
    const page = await open()
    const read = (await rows(page).allTextContents()).map(words)
    expect(read).toEqual([
      expect.stringMatching(/^web post \/orders.*first 1\/2/),
      expect.stringMatching(/^web post \/orders.*retry 2\/2.*\+1 s/),
      expect.stringMatching(/^mailer send.*async.*overlaps.*\+1.4 s/),
      expect.stringMatching(/^audit write.*async.*\+3.5 s/),
    ])
    expect(await texts(page, 'request-gaps')).toEqual([expect.stringMatching(/gap 600 ms.*gap 1.5 s/)])
    expect(await texts(page, 'request-facts')).toEqual([
      expect.stringMatching(/Took 3.6 s Busy 1.5 s 42 % Gaps 2.1 s 58 % · 2 gaps 4 traces 8 spans/),
    ])
    const [first, last] = await Promise.all(
      [0, 3].map((i) => rows(page).nth(i).locator('.bar').boundingBox()),
    )
    expect((last?.x ?? 0) - (first?.x ?? 0)).toBeGreaterThan(8 * (first?.width ?? Infinity))
  })

  test('a drag zooms, which stands in the URL, outlives a reload, and back undoes it', async () => {
    const page = await open()
    const box = await page.getByTestId('request-overview').boundingBox()
    if (!box) throw new Error('no overview')
    await page.mouse.move(box.x + box.width * 0.25, box.y + 15)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.5, box.y + 15, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL(/window=/)
    const [start = 0, end = 0] = (new URL(page.url()).searchParams.get('window') ?? '').split('-').map(Number)
    expect([Math.round(start / 1e5), Math.round(end / 1e5)]).toEqual([9, 18])
    await page.reload()
    await rows(page).first().getByText('outside the time in sight').waitFor({ state: 'attached' })
    await page.goBack()
    await page.waitForURL((url) => !url.search.includes('window'))
    expect(await page.getByText('outside the time in sight').count()).toBe(0)
  })

  test('keys walk the traces, show the spans of one, and open it as one of the request', async () => {
    const page = await open()
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key)
    await page.getByTestId('request-spans').getByText('inner').waitFor()
    // The address bar follows a moment later.
    await page.waitForFunction(() => window.location.search.includes('open='))
    await page.reload()
    await page.getByTestId('request-spans').getByText('inner').waitFor()
    for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key)
    await page.waitForURL(new RegExp(`/traces/${idFrom('request page', 'again')}\\?request=`))
    expect(new URL(page.url()).searchParams.get('request')).toBe(REQUEST)
  })

  test('its spans come as a file in each of three formats', async () => {
    const page = await open()
    for (const name of ['Zipkin', 'OTLP', 'Jaeger']) {
      await page.getByTestId('request-download').click()
      const coming = page.waitForEvent('download')
      await page.getByRole('link', { name }).click()
      expect((await coming).suggestedFilename()).toMatch(/^request-order.*\.json$/)
      await page.keyboard.press('Escape')
    }
  })

  test('a phone shows all of it, and hundreds of traces are no burden', async () => {
    const phone = await open('', { width: 380, height: 800 })
    expect(await overflow(phone)).toBe(0)
    const page = await visit(`${server.url}/requests/many`)
    await page.getByText('300 traces').waitFor()
    expect(await rows(page).count()).toBe(300)
    await page.keyboard.press('ArrowDown')
    expect(
      await rows(page)
        .first()
        .getByRole('link')
        .evaluate((link) => link === document.activeElement),
    ).toBe(true)
  })
})
