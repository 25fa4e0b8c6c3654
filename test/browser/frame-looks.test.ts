// How the frame looks where it is least at ease: on a phone, while it loads, on paper; and that a build has no gallery.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { idFrom, postSpans, wireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, overflow } from './browser.ts'

const REQUEST = 'looked-at'
const TRACE = idFrom('looked-at')
const PATHS = [
  '/',
  `/requests/${REQUEST}`,
  `/traces/${TRACE}`,
  '/services',
  '/services/looks',
  '/graph',
  '/file',
]

describeInBrowser('the look of the frame', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
    const tags = { request_id: REQUEST }
    await postSpans(server.url, [wireSpan({ traceId: TRACE, localEndpoint: { serviceName: 'looks' }, tags })])
  })
  afterAll(() => server?.stop())

  test('on a phone the pages are behind one button, nothing overlaps, nothing is wider', async () => {
    const page = await visit(`${server.url}/services`, { width: 380, height: 800 })
    await page.getByTestId('pages').click()
    const list = page.getByRole('group', { name: 'Go to a page' })
    await list.getByRole('link', { name: 'Graph' }).waitFor()
    await page.keyboard.press('Escape')
    const boxes = await page
      .locator('body header')
      .first()
      .evaluate((bar) =>
        [...bar.children]
          .map((part) => part.getBoundingClientRect())
          .filter(({ width }) => width > 0)
          .map(({ left, right }) => ({ left, right })),
      )
    boxes.slice(1).forEach(({ left }, i) => expect(left).toBeGreaterThanOrEqual(boxes[i]?.right ?? 0))
    expect(boxes.at(-1)?.right).toBeLessThanOrEqual(380)
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    await page.getByTestId('pages').click()
    await list.getByRole('link', { name: 'Search', exact: true }).click()
    await page.getByTestId('result-row').first().waitFor()
    await list.waitFor({ state: 'hidden' })
  })

  test('does not move what is read while it loads', async () => {
    const page = await visit(`${server.url}/health`)
    await page.addInitScript(() => {
      const shifts: number[] = []
      Reflect.set(globalThis, 'shifts', shifts)
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifts.push(Number(Reflect.get(entry, 'value')))
      }).observe({ type: 'layout-shift', buffered: true })
    })
    for (const path of PATHS) {
      await page.goto(server.url + path)
      await page.locator('main h1, main button').first().waitFor()
      await page.waitForLoadState('networkidle')
      const moved = await page.evaluate(() =>
        (Reflect.get(globalThis, 'shifts') as number[]).reduce((sum, value) => sum + value, 0),
      )
      // Web Vitals call up to 0.1 good.
      expect([path, moved < 0.1 ? 'still' : moved]).toEqual([path, 'still'])
    }
  })

  test('on paper: light, without controls, with the address and the time at its end', async () => {
    const page = await visit(`${server.url}/?errors=true`, { dark: true })
    await page.getByTestId('settings').waitFor()
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
      'rgb(255, 255, 255)',
    )
    for (const control of ['header .button', 'nav', 'main .button', 'main input'])
      expect(await page.locator(control).filter({ visible: true }).count()).toBe(0)
    const foot = page.locator('footer')
    await foot.getByText(`${server.url}/?errors=true`).waitFor()
    expect(await foot.textContent()).toContain(String(new Date().getFullYear()))
  })

  test('does not carry the gallery, which is for development', async () => {
    const folder = fileURLToPath(new URL('../../ui/dist/assets/', import.meta.url))
    const files = readdirSync(folder)
    expect(files.length).toBeGreaterThan(10)
    expect(files.filter((file) => readFileSync(folder + file, 'utf8').includes('gallery-theme'))).toEqual([])
    expect((await fetch(`${server.url}/gallery`)).status).toBe(404)
  })
})
