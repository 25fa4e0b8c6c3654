// The demo's story from end to end: five real services report it, and a pasted request id leads to its picture.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { getJson } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, overflow, texts, words } from './browser.ts'
import { type DemoRun, runDemoOnce } from './demo-run.ts'

describeInBrowser('the demo in the viewer', (visit) => {
  let server: ServerProcess
  let demo: DemoRun
  let traceId: string

  beforeAll(async () => {
    server = await startServer()
    demo = await runDemoOnce({ QUERY_PORT: new URL(server.url).port })
    const request = await getJson<{ traces: { traceId: string }[] }>(
      `${server.url}/rest/v1/requests/${demo.requestId}`,
    )
    traceId = request.traces[0]?.traceId ?? ''
  }, 60_000)
  afterAll(() => server?.stop())

  const search = async (page: Page, text: string) => {
    await page.getByTestId('search-box').fill(text)
    await page.keyboard.press('Enter')
  }
  const openStory = async (options?: Parameters<typeof visit>[1]) => {
    const page = await visit(`${server.url}/requests/${demo.requestId}`, options)
    await page.getByTestId('waterfall-row').first().waitFor()
    return page
  }

  test('the request id in the search box leads to every hop, the retry, the failures and the wrong clock', async () => {
    expect(demo).toMatchObject({ code: 0, output: expect.stringContaining('Using the Hopscope') })
    const page = await visit(server.url)
    await search(page, demo.requestId)
    await page.getByTestId('waterfall-row').first().waitFor()
    expect(new URL(page.url()).pathname).toBe(`/traces/${traceId}`)

    const rows = await texts(page, 'waterfall-row')
    expect(rows).toHaveLength(19)
    expect(rows[0]).toMatch(/^web post \/orders .*ms$/)
    for (const service of ['web', 'checkout', 'inventory', 'payment', 'bank']) {
      expect(rows.some((row) => row.startsWith(service))).toBe(true)
    }
    const hops = await texts(page, 'hop-latency')
    for (const hop of [
      'web → checkout',
      'checkout → inventory',
      'inventory → stock-db',
      'checkout → payment',
      'payment → bank',
    ]) {
      const latencies = hops.filter((text) => new RegExp(`^${hop} [\\d.]+ ms`).test(text))
      expect([hop, latencies.length]).not.toEqual([hop, 0])
    }
    expect(rows.filter((row) => /^checkout post \/charges .*retry 1/.test(row))).toHaveLength(1)
    expect(rows.find((row) => row.startsWith('bank'))).toMatch(/error.*ledger is locked by another transfer$/)
    expect(rows.filter((row) => row.includes('too many charges at once'))).toHaveLength(1)
    expect(words(await page.locator('.notice').first().textContent())).toMatch(
      /^Clocks corrected: bank (39|4\d)(\.\d)? ms ahead/,
    )
  })

  test('the slow hop is the one that the critical path is made of', async () => {
    const page = await openStory()
    const strip = await page
      .getByRole('region', { name: 'Time by service' })
      .getByRole('listitem')
      .allTextContents()
    expect(words(strip[1] ?? '')).toMatch(/^inventory 3\d\d ms 9\d %/)
  })

  test('a trace id in the box opens the trace, a service name lists its traces', async () => {
    const page = await visit(server.url)
    await search(page, ` "${traceId.toUpperCase()}", `)
    await page.getByTestId('trace-waterfall').waitFor()
    await search(page, 'bank')
    await page.getByTestId('result-row').first().waitFor()
    expect(page.url()).toBe(`${server.url}/?service=bank`)
    for (const row of await texts(page, 'result-row')) expect(row).toContain('bank 1')
  })

  test('e walks from failure to failure, and the details say why and where', async () => {
    const page = await openStory()
    await page.keyboard.press('e')
    await page.keyboard.press('e')
    await page.keyboard.press('Enter')
    const detail = page.getByTestId('span-detail')
    await detail.waitFor()
    const text = words(await detail.textContent())
    for (const part of [
      'bank server post /transfers',
      'ledger is locked by another transfer',
      'Hop payment → bank',
      'Corrected start',
      'Reported start',
      'ahead',
      demo.requestId,
      traceId,
    ]) {
      expect(text).toContain(part)
    }
  })

  test('dark is dark, light is light, and a choice outlives the page', async () => {
    const page = await openStory({ dark: true })
    const brightness = () =>
      page.evaluate(() => {
        const canvas = document.createElement('canvas').getContext('2d')
        if (!canvas) throw new Error('no canvas')
        canvas.fillStyle = getComputedStyle(document.body).backgroundColor
        canvas.fillRect(0, 0, 1, 1)
        return canvas.getImageData(0, 0, 1, 1).data[0] ?? -1
      })
    expect(await brightness()).toBeLessThan(60)
    const choose = async (name: string) => {
      await page.getByTestId('settings').click()
      await page.getByTestId('theme').getByText(name, { exact: true }).click()
      await page.keyboard.press('Escape')
    }
    await choose('Light')
    expect(await brightness()).toBeGreaterThan(200)
    await page.reload()
    await page.getByTestId('waterfall-row').first().waitFor()
    expect(await brightness()).toBeGreaterThan(200)
    await choose('As the system')
    expect(await brightness()).toBeLessThan(60)
  })

  test('nothing is wider than a telephone', async () => {
    const page = await openStory({ width: 400, height: 800 })
    expect(await overflow(page)).toBe(0)
    await page.getByTestId('waterfall-row').nth(3).click()
    await page.getByTestId('span-detail').waitFor()
    expect(await overflow(page)).toBe(0)
    await page.goto(server.url)
    await page.getByTestId('result-row').first().waitFor()
    expect(await overflow(page)).toBe(0)
  })

  // Only when asked for, so that a test run leaves the working tree as it was.
  if (process.env['HOPSCOPE_SCREENSHOTS'] !== '1') return
  test('the pictures of the README are taken', async () => {
    const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url))
    mkdirSync(folder, { recursive: true })
    const light = await openStory()
    await light.screenshot({ path: `${folder}trace.png` })
    const dark = await openStory({ dark: true })
    await dark.keyboard.press('e')
    await dark.keyboard.press('e')
    await dark.keyboard.press('Enter')
    await dark.getByTestId('span-detail').waitFor()
    await dark.screenshot({ path: `${folder}trace-dark.png` })
  })
})
