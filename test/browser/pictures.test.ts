// Every page with an hour of a shop's life on it: it shows what happened, and the pictures of the docs are taken of it.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { getJson, postSpans } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, overflow, texts } from './browser.ts'
import { shopSpans } from './shop.ts'

const FOLDER = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const PER_POST = 2000

interface Found {
  readonly traces: readonly { readonly traceId: string; readonly requestIds: readonly string[] }[]
}

describeInBrowser('the pages of a shop', (visit) => {
  let server: ServerProcess
  /** The slowest order that failed, and one that was as it should be. */
  let failed = ''
  let usual = ''
  let requestId = ''

  beforeAll(async () => {
    server = await startServer()
    const spans = shopSpans(Date.now() * 1000)
    for (let from = 0; from < spans.length; from += PER_POST)
      expect((await postSpans(server.url, spans.slice(from, from + PER_POST))).status).toBe(202)
    const find = (query: string) => getJson<Found>(`${server.url}/rest/v1/traces?${query}`)
    const slow = await find('service=bank&error=true&sort=duration&limit=1')
    failed = slow.traces[0]?.traceId ?? ''
    requestId = slow.traces[0]?.requestIds[0] ?? ''
    const orders = await find(
      `q=${encodeURIComponent('{ status = unset && name = "post /transfers" && duration < 60ms }')}&limit=1`,
    )
    usual = orders.traces[0]?.traceId ?? ''
  }, 60_000)
  afterAll(() => server?.stop())

  /** Only when asked for, so that a test run leaves the working tree as it was. */
  async function picture(page: Page, name: string): Promise<void> {
    expect(await overflow(page)).toBe(0)
    if (process.env['HOPSCOPE_SCREENSHOTS'] !== '1') return
    mkdirSync(FOLDER, { recursive: true })
    await page.mouse.move(0, 0)
    await page.screenshot({ path: `${FOLDER}${name}.png` })
  }

  test('search: the bad ten minutes stand out in the plot, and the slow ones are at hand', async () => {
    const page = await visit(`${server.url}/?range=1h&service=bank`)
    await page.getByTestId('result-row').first().waitFor()
    await page
      .getByText(/vs the rest/)
      .first()
      .waitFor()
    await picture(page, 'search')
  })

  test('services: the bank and all that wait for it have errors, the catalogue has none', async () => {
    const page = await visit(`${server.url}/services?range=1h`)
    const row = (name: string) => page.getByRole('row').filter({ hasText: new RegExp(`^\\s*${name}`) })
    await row('bank')
      .getByText(/errors|Failing/)
      .first()
      .waitFor()
    await row('catalog').getByText('No errors').waitFor()
    await picture(page, 'services')
    await page.getByRole('link', { name: 'checkout' }).first().click()
    await page.getByTestId('plots').first().waitFor()
    await page.getByTestId('profile-part').first().waitFor()
    await picture(page, 'service')
  })

  test('graph: who calls whom, with messages and with databases that report nothing', async () => {
    const page = await visit(`${server.url}/graph?range=1h`)
    await page.locator('[data-testid=service-graph][data-drawn=true]').waitFor()
    await picture(page, 'graph')
  })

  test('trace: the waterfall, the flame graph and the icicle of a failed order', async () => {
    const page = await visit(`${server.url}/traces/${failed}`)
    await page.getByTestId('waterfall-row').first().waitFor()
    expect((await texts(page, 'waterfall-row')).some((row) => row.includes('ledger is locked'))).toBe(true)
    await page.keyboard.press('2')
    await page.getByTestId('flame-graph').waitFor()
    await picture(page, 'flame')
    await page.keyboard.press('3')
    await page.getByTestId('icicle').waitFor()
    await picture(page, 'icicle')
  })

  test('compare: what a failed order did that a usual one did not', async () => {
    const page = await visit(`${server.url}/compare/${usual}/${failed}`)
    await page.getByText('bank').first().waitFor()
    await picture(page, 'compare')
  })

  test('request: on one time line', async () => {
    const page = await visit(`${server.url}/requests/${requestId}`)
    // A request of one trace is that trace.
    await page.getByTestId('waterfall-row').or(page.getByTestId('request-timeline')).first().waitFor()
  })

  test('a telephone reads a trace', async () => {
    const page = await visit(`${server.url}/traces/${failed}`, { width: 380, height: 760, dark: true })
    await page.getByTestId('waterfall-row').nth(5).waitFor()
    await picture(page, 'phone')
  })
})
