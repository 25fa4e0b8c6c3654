// The services pages on real data: from all services to one, to an operation, to a trace; in every state, by mouse and by keys.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { idFrom, postSpans, wireSpan, type WireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, overflow, texts } from './browser.ts'

const MINUTE = 60e6
const HOSTILE = '<img src=x onerror=alert(1)>" } || { true\\'
const now = Date.now() * 1000

/** A call of the shop by the web, `minutes` ago; from 20 to 25 minutes ago calls failed and were slow. */
function call(minutes: number, i: number): WireSpan[] {
  const traceId = idFrom('services', minutes, i)
  const timestamp = now - minutes * MINUTE + i * 1000
  const bad = minutes >= 20 && minutes < 25
  const duration = bad ? 800_000 : 20_000 + i * 1000
  const tags = bad && i === 0 ? { error: 'declined' } : {}
  const name = i % 3 === 0 ? 'post /orders' : 'get /items'
  const web = wireSpan({ traceId, id: traceId, name: 'get /', timestamp, duration: duration + 10_000, tags })
  const shared = {
    traceId,
    id: idFrom('call', traceId),
    parentId: traceId,
    name,
    timestamp: timestamp + 2000,
    tags,
  }
  return [
    web,
    { ...shared, kind: 'CLIENT', duration: duration + 2000, localEndpoint: { serviceName: 'web' } },
    {
      ...shared,
      kind: 'SERVER',
      shared: true,
      timestamp: timestamp + 3000,
      duration,
      localEndpoint: { serviceName: 'shop' },
    },
  ]
}

const rowsOf = (page: Page) => page.getByTestId('service-row')
const query = (page: Page) => new URL(page.url()).search
const names = async (page: Page) =>
  (await rowsOf(page).locator('th').allTextContents()).map((text) => text.trim())

describeInBrowser('the services pages', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
    const calls = Array.from({ length: 50 }, (_, minute) =>
      [0, 1, 2, 3].flatMap((i) => call(minute + 1, i)),
    ).flat()
    const strange = wireSpan({
      timestamp: now - 5 * MINUTE,
      name: 'a\u0000b \u202egnp.exe',
      localEndpoint: { serviceName: HOSTILE },
    })
    await postSpans(server.url, [...calls, strange])
  })
  afterAll(() => server?.stop())

  test('all services are sorted and filtered in the address, which a reload and back restore', async () => {
    const page = await visit(`${server.url}/services`)
    await rowsOf(page).nth(2).waitFor()
    expect(await names(page)).toEqual(['shop', 'web', HOSTILE])
    await page.getByRole('button', { name: 'Service', exact: true }).click()
    expect([query(page), await names(page)]).toEqual(['?sort=name', [HOSTILE, 'shop', 'web']])
    await page.getByRole('button', { name: 'Service', exact: true }).click()
    expect(await names(page)).toEqual(['web', 'shop', HOSTILE])
    await page.getByLabel('Filter services').fill('SHO')
    await page.getByText('1 of 3 services').waitFor()
    await page.waitForURL(/filter=SHO/)
    await page.reload()
    await page.getByText('1 of 3 services').waitFor()
    await page.goBack()
    await page.getByText('3 services', { exact: true }).waitFor()
    expect([query(page), await names(page)]).toEqual(['?sort=name', [HOSTILE, 'shop', 'web']])
  })

  test('from the list to a service, to one of its operations, to its slowest trace, and back again', async () => {
    const page = await visit(`${server.url}/services`)
    await page.getByRole('link', { name: 'shop' }).click()
    await page.getByTestId('plots').waitFor()
    await page.getByTestId('neighbour').waitFor()
    expect(await texts(page, 'neighbour')).toEqual([expect.stringMatching(/^web /)])
    expect(await texts(page, 'summary')).toEqual([expect.stringMatching(/200 calls/)])
    await page.getByRole('link', { name: 'post /orders', exact: true }).click()
    await page.getByText('Only “post /orders”').waitFor()
    await page.getByText('100 calls', { exact: true }).waitFor()
    await page.getByTestId('profile-part').first().waitFor()
    await page.getByTestId('slow-trace').first().getByRole('link').click()
    await page.waitForURL(/\/traces\/[0-9a-f]{16}$/)
    await page.goBack()
    await page.getByText('Only “post /orders”').waitFor()
    await page.goBack()
    await page.getByText('200 calls', { exact: true }).waitFor()
    expect(query(page)).toBe('')
  })

  test('drawing over a plot zooms into that time; back leads out again', async () => {
    const page = await visit(`${server.url}/services/shop`)
    const track = page.getByTestId('plot-errors').getByRole('slider')
    await track.scrollIntoViewIfNeeded()
    const box = await track.boundingBox()
    if (!box) throw new Error('no plot')
    const y = box.y + box.height - 4
    await page.mouse.move(box.x + box.width * 0.5, y)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.75, y, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL(/from=.+&to=.+/)
    const { from = '', to = '' } = Object.fromEntries(new URL(page.url()).searchParams)
    const minutes = ((Date.parse(to) - Date.parse(from)) * 1000) / MINUTE
    expect([minutes > 12, minutes < 20]).toEqual([true, true])
    await page.goBack()
    await page.getByText('200 calls', { exact: true }).waitFor()
  })

  test('the keys alone find the failed trace of a peak', async () => {
    const page = await visit(`${server.url}/services/shop`)
    const track = page.getByTestId('plot-rate').getByRole('slider')
    await track.focus()
    const failed = page.getByTestId('plot-readout').getByRole('link', { name: 'Failed trace' })
    // From the newest minute back to where calls failed.
    for (let minute = 0; minute < 40 && (await failed.count()) === 0; minute++)
      await page.keyboard.press('ArrowLeft')
    await failed.focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/traces\/[0-9a-f]{16}$/)
  })

  test('dots open traces, and none is hidden by another', async () => {
    const page = await visit(`${server.url}/services/shop`)
    await page.getByTestId('plot-errors').locator('a').first().click()
    await page.waitForURL(/\/traces\/[0-9a-f]{16}$/)
  })

  test('a service with a hostile name has a page of its own, and is found by it', async () => {
    const page = await visit(`${server.url}/services`)
    await page.getByRole('link', { name: HOSTILE }).click()
    await page.getByTestId('plots').waitFor()
    expect(new URL(page.url()).pathname).toBe(`/services/${encodeURIComponent(HOSTILE)}`)
    await page.getByTestId('operation-row').waitFor()
    expect(await texts(page, 'operation-row')).toEqual([
      expect.stringContaining('a⟨U+0000⟩b ⟨U+202E⟩gnp.exe'),
    ])
    await page.reload()
    await page.getByTestId('summary').getByText('1 call', { exact: true }).waitFor()
  })

  test('a service that is none, and a time without calls, say so', async () => {
    const page = await visit(`${server.url}/services/shopp`)
    await page.getByText('There is no service “shopp”').waitFor()
    await page.getByTestId('unknown-service').getByRole('link', { name: 'shop', exact: true }).click()
    await page.getByTestId('plots').waitFor()
    await page.goto(`${server.url}/services?from=2001-01-01&to=2001-01-02`)
    await page.getByText('No service was called in this time').waitFor()
    await page.getByRole('link', { name: 'Look at: Last hour' }).click()
    await rowsOf(page).nth(2).waitFor()
  })

  test('the time goes along: to the graph with the service in focus, from there to its page and its traces', async () => {
    const page = await visit(`${server.url}/services/shop`)
    await page.getByTestId('time-range').click()
    await page.getByLabel('Other').fill('last 90 min')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${server.url}/services/shop?range=90m`)
    await page.getByLabel('Refresh', { exact: true }).selectOption('30s')
    await page.getByRole('link', { name: 'In the graph' }).click()
    await page.waitForURL(`${server.url}/graph?range=90m&refresh=30s&focus=shop`)
    await page.getByTestId('time-range').getByText('Last 90 min').waitFor()
    await page.getByRole('link', { name: 'Service page' }).click()
    await page.waitForURL(`${server.url}/services/shop?range=90m&refresh=30s`)
    await page.goBack()
    await page.getByRole('link', { name: 'Its traces' }).click()
    await page.waitForURL(`${server.url}/?service=shop&range=90m`)
    await page.getByTestId('result-row').first().waitFor()
  })

  test('a server that can’t be reached is said to be, and a part that fails is asked for again by itself', async () => {
    const page = await visit(`${server.url}/services`)
    await rowsOf(page).nth(2).waitFor()
    await page.route('**/rest/v1/metrics?**', (route) => route.abort())
    await page.getByRole('button', { name: 'Refresh now' }).click()
    await page.getByText('Can’t reach the server').waitFor()
    await page.unroute('**/rest/v1/metrics?**')
    await page.getByRole('button', { name: 'Try again' }).click()
    await rowsOf(page).nth(2).waitFor()
    await page.route('**/rest/v1/profile?**', (route) => route.abort())
    await page.goto(`${server.url}/services/shop`)
    await page.getByTestId('plots').waitFor()
    await page.getByTestId('profile').getByText('This part could not be loaded').waitFor()
    await page.unroute('**/rest/v1/profile?**')
    await page.getByTestId('profile').getByRole('button', { name: 'Try again' }).click()
    await page.getByTestId('profile-part').first().waitFor()
  })

  test('fits a telephone, light and dark', async () => {
    for (const path of ['/services', '/services/shop', `/services/${encodeURIComponent(HOSTILE)}`]) {
      for (const dark of [false, true]) {
        const page = await visit(server.url + path, { width: 380, height: 800, dark })
        await page.locator('[data-testid="service-row"], [data-testid="plots"]').first().waitFor()
        await page.locator('main [role="status"]').first().waitFor({ state: 'attached' })
        expect([path, await overflow(page)]).toEqual([path, 0])
      }
    }
  })
})

describeInBrowser('the services pages of a server without search', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer({ env: { SEARCH_ENABLED: 'false' } })
    await postSpans(server.url, call(1, 0))
  })
  afterAll(() => server?.stop())

  test('say that numbers over time are off, and show who calls whom', async () => {
    const page = await visit(`${server.url}/services`)
    await page.getByText('SEARCH_ENABLED=false').waitFor()
    await page.goto(`${server.url}/services/shop`)
    await page.getByText('SEARCH_ENABLED=false').waitFor()
    await page.getByTestId('neighbour').waitFor()
    expect(await texts(page, 'neighbour')).toEqual([expect.stringMatching(/^web /)])
    await page.getByTestId('search-disabled').getByRole('link', { name: 'Dependency graph' }).click()
    await page.waitForURL(`${server.url}/graph?focus=shop`)
    await page.getByTestId('service-graph').getByRole('link', { name: 'Service page' }).waitFor()
  })
})
