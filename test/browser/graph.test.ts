// The graph of services: drawn, focused, followed to traces, by pointer and by keys, and the same as a table.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { idFrom, postSpans, wireSpan, type WireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, overflow, words } from './browser.ts'

const HOSTILE = '<img src=x onerror=alert(1)>\u202e\u0000'
const drawn = (page: Page) => page.locator('[data-testid=service-graph][data-drawn=true]').waitFor()
const positions = (page: Page) => page.getByTestId('service-graph').getAttribute('data-positions')
const param = (page: Page, key: string) => new URL(page.url()).searchParams.get(key)
const rowTexts = async (page: Page) => (await page.getByTestId('graph-row').allInnerTexts()).map(words)
const cursor = async (page: Page) => words(await page.getByTestId('graph-cursor').textContent())

/** Both halves of calls, each a trace of its own. Of those that failed one says so in the caller alone, and one in the called. */
function calls(
  from: string,
  to: string,
  count: number,
  failed = 0,
  kinds = ['CLIENT', 'SERVER'],
): WireSpan[] {
  return Array.from({ length: count }, (_, i) => {
    const [traceId, id] = [idFrom('graph', from, to, ...kinds, i), idFrom('called', from, to, ...kinds, i)]
    const both = { traceId, name: 'call', duration: 20_000 }
    const tagsOf = (silent: number) => (i < failed && i !== silent ? { tags: { error: 'no' } } : {})
    const [caller, called] = [{ serviceName: from }, { serviceName: to }]
    return [
      wireSpan({
        ...both,
        ...tagsOf(1),
        id: traceId,
        kind: kinds[0],
        localEndpoint: caller,
        remoteEndpoint: called,
      }),
      wireSpan({ ...both, ...tagsOf(0), id, parentId: traceId, kind: kinds[1], localEndpoint: called }),
    ]
  }).flat()
}

describeInBrowser('the graph of a store without a span', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server?.stop())

  test('says that there is none, and offers longer times', async () => {
    const page = await visit(`${server.url}/graph`)
    await page.getByText('No calls in this time').waitFor()
    await page.getByRole('link', { name: 'Last 7 days' }).click()
    await page.waitForURL(/range=7d/)
    await page.getByText('No calls in this time').waitFor()
  })
})

describeInBrowser('the graph', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
    await postSpans(server.url, [
      ...calls('web', 'shop', 30),
      ...calls('shop', 'bank', 20, 4),
      ...calls('shop', 'stock', 12),
      ...calls('shop', 'mails', 5, 0, ['PRODUCER', 'CONSUMER']),
      ...calls('far', HOSTILE, 2),
      wireSpan({ localEndpoint: { serviceName: 'lone' } }),
    ])
  })
  afterAll(() => server?.stop())
  const open = async (query = '', options = {}) => {
    const page = await visit(`${server.url}/graph${query}`, options)
    await drawn(page)
    return page
  }

  test('is drawn, and every service is where it was after a reload and a refresh', async () => {
    const page = await open()
    await page.getByText('8 services, 5 connections').waitFor()
    const before = await positions(page)
    expect(before).toMatch(/^[0-9a-f]{8}$/)
    await Promise.all([
      page.waitForResponse(/rest\/v1\/graph/),
      page.getByRole('button', { name: 'Refresh now' }).click(),
    ])
    await drawn(page)
    expect(await positions(page)).toBe(before)
    await page.reload()
    await drawn(page)
    expect(await positions(page)).toBe(before)
  })

  test('the keys go to a service, focus it, and back undoes it; the address holds all of it', async () => {
    const page = await open()
    await page.getByTestId('graph-jump').fill('web')
    await page.keyboard.press('Enter')
    await page.getByTestId('graph-cursor').waitFor()
    expect(await cursor(page)).toMatch(/^web\. Calls others: 30 calls/)
    await page.keyboard.press('ArrowRight')
    await page.getByText(/^shop\. Is called: 30 calls/).waitFor({ state: 'attached' })
    await page.keyboard.press('Enter')
    await page.waitForURL(/focus=shop/)
    await page.getByText('5 of 8 services, 4 of 5 connections').waitFor()
    await page.getByRole('radio', { name: 'Callers' }).check({ force: true })
    await page.getByText('2 of 8 services, 1 of 5 connections').waitFor()
    await page.reload()
    await page.getByText('2 of 8 services, 1 of 5 connections').waitFor()
    await page.goBack()
    await page.getByText('5 of 8 services').waitFor()
    await page.goBack()
    await page.getByText('8 services, 5 connections').waitFor()
    expect(param(page, 'focus')).toBeNull()
  })

  test('Escape steps back: from a call to its service, to all services', async () => {
    const page = await open('?focus=shop&edge=shop%3Ebank')
    await page.getByRole('complementary', { name: 'shop → bank' }).waitFor()
    await page.getByTestId('graph-canvas').focus()
    await page.keyboard.press('Escape')
    await page.getByRole('complementary', { name: 'shop' }).waitFor()
    expect(param(page, 'edge')).toBeNull()
    await page.keyboard.press('Escape')
    await page.getByText('8 services, 5 connections').waitFor()
  })

  test('a call has its numbers, and leads to the traces behind it', async () => {
    const page = await open('?edge=shop%3Ebank')
    const panel = page.getByTestId('graph-panel')
    expect(words(await panel.innerText())).toContain('Calls 20 Rate 20/h Errors 4 (20 %) p50 20 ms')
    await panel.getByRole('link', { name: 'Failed ones' }).click()
    await page.getByText('4 traces', { exact: true }).waitFor()
    await page.goBack()
    await panel.getByRole('link', { name: 'Traces behind this call' }).click()
    await page.getByText('20 traces', { exact: true }).waitFor()
  })

  test('the pointer shows numbers, a click on a service focuses it, a drag moves what is in sight', async () => {
    const page = await open('?focus=bank')
    const box = await page.getByTestId('graph-canvas').boundingBox()
    if (!box) throw new Error('no canvas')
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    // Two services side by side: the call between them is in the middle.
    await page.mouse.move(x, y)
    const tip = page.getByTestId('graph-tip')
    await tip.waitFor()
    expect(words(await tip.innerText())).toMatch(/^shop → bank 20 calls 20\/h 20 % errors/)
    await page.mouse.move(x - 130, y)
    await page.getByText('Calls others').first().waitFor()
    await page.mouse.click(x - 130, y)
    await page.waitForURL(/focus=shop/)
    await drawn(page)
    await page.mouse.move(x, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(x + 40, box.y + 100, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL(/at=/)
    await page.getByRole('button', { name: 'Fit', exact: true }).click()
    await page.waitForURL((url) => !url.searchParams.has('at'))
  })

  test('filters leave what they say, stand in the address, and can be cleared', async () => {
    const page = await open()
    await page.getByTestId('graph-least').fill('15')
    await page.getByText('3 of 8 services, 2 of 5 connections').waitFor()
    await page.getByLabel('Errors only').check()
    await page.getByText('2 of 8 services, 1 of 5 connections').waitFor()
    await page.getByTestId('graph-filter').fill('nowhere')
    await page.getByText('The filters leave nothing to show').waitFor()
    await page.waitForURL(/filter=nowhere&?/)
    await page.getByRole('button', { name: 'Show all services' }).click()
    await page.getByText('8 services, 5 connections').waitFor()
  })

  test('the table has the same calls, sorted as its heads say', async () => {
    const page = await open('?view=table')
    const rows = await rowTexts(page)
    expect(rows).toHaveLength(5)
    expect(rows[0]).toMatch(/^web shop 30 30\/h 0 20 ms/)
    await page.getByRole('columnheader', { name: 'Errors' }).getByRole('button').click()
    await page.waitForURL(/sort=-errors/)
    expect((await rowTexts(page))[0]).toMatch(/^shop bank 20 20\/h 4 \(20 %\)/)
    expect(rows.find((row) => row.startsWith('far'))).toContain('⟨U+202E⟩⟨U+0000⟩')
    await page.getByText('1 service without calls to or from others').waitFor()
  })

  test('a service that was not seen is said to be, and one without calls stands alone', async () => {
    const page = await visit(`${server.url}/graph?focus=nobody`)
    await page.getByText('“nobody” was not seen in this time').waitFor()
    const lone = await open('?focus=lone')
    await lone.getByText('1 of 8 services, 0 of 5 connections').waitFor()
  })

  test('fits a telephone', async () => {
    const page = await open('?focus=shop', { width: 380, height: 760 })
    expect(await overflow(page)).toBe(0)
  })

  test('a server that fails is said to, and trying again finds the graph', async () => {
    const page = await visit(`${server.url}/services`)
    const url = /rest\/v1\/graph/
    await page.route(url, (route) => route.abort())
    await page.getByRole('link', { name: 'Graph', exact: true }).first().click()
    await page.getByRole('alert').waitFor()
    await page.unroute(url)
    await page.getByRole('button', { name: 'Try again' }).click()
    await drawn(page)
  })
})

describeInBrowser('calls and messages between the same services', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
    await postSpans(server.url, [
      ...calls('shop', 'mails', 7, 2),
      ...calls('shop', 'mails', 5, 3, ['PRODUCER', 'CONSUMER']),
    ])
  })
  afterAll(() => server?.stop())

  test.each([
    ['shop>mails', '7 traces', '2 traces'],
    ['shop>mails>messaging', '5 traces', '3 traces'],
  ])(
    '%s leads to its own traces, and to those that failed in caller or called',
    async (edge, all, failed) => {
      const page = await visit(`${server.url}/graph?edge=${encodeURIComponent(edge)}`)
      await drawn(page)
      const panel = page.getByTestId('graph-panel')
      await panel.getByRole('link', { name: 'Failed ones' }).click()
      await page.getByText(failed, { exact: true }).waitFor()
      await page.goBack()
      await panel.getByRole('link', { name: 'Traces behind this call' }).click()
      await page.getByText(all, { exact: true }).waitFor()
    },
  )
})
