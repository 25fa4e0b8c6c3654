// Finding a trace: an empty store, the one box, filters, long lists, and the address bar that holds it all.
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { postSpans, wireSpan, type WireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, overflow, texts } from './browser.ts'
import { box, boxText, chooseRange, editor } from './search-box.ts'

const rowsOf = (page: Page) => page.getByTestId('result-row')
const query = (page: Page) => new URL(page.url()).search

describeInBrowser('a store without a span', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server?.stop())

  test('fits a telephone', async () => {
    const page = await visit(server.url, { width: 400, height: 800 })
    await page.getByText('Nothing has arrived yet').waitFor()
    expect(await overflow(page)).toBe(0)
  })

  const withCurl = spawnSync('curl', ['--version']).status === 0 ? test : test.skip
  withCurl('shows a curl line that sends a first span, which is then found by its request id', async () => {
    const page = await visit(server.url)
    await page.getByText('Nothing has arrived yet').waitFor()
    const line = (await page.locator('pre').textContent()) ?? ''
    expect(line).toContain(`${server.url}/api/v2/spans`)
    const sent = spawnSync('sh', ['-c', `${line} --silent --show-error --fail --write-out '%{http_code}'`])
    expect([sent.stdout.toString(), sent.stderr.toString()]).toEqual(['202', ''])
    await page.getByRole('button', { name: 'Look again' }).click()
    await rowsOf(page).waitFor()
    expect(await texts(page, 'result-row')).toEqual([expect.stringContaining('hello get /hello 120 ms')])
    await box(page).fill('my-first-request')
    await page.keyboard.press('Enter')
    await page.getByTestId('trace-waterfall').waitFor()
    expect(new URL(page.url()).pathname).toBe('/traces/5af7183fb1d4cf5f')
  })
})

describeInBrowser('the search page', (visit) => {
  let server: ServerProcess
  const now = Date.now() * 1000
  const shop = (i: number): WireSpan =>
    wireSpan({
      name: i % 2 ? 'get /items' : 'post /orders',
      timestamp: now - i * 1e6,
      duration: i * 1000,
      localEndpoint: { serviceName: 'shop' },
    })

  beforeAll(async () => {
    server = await startServer()
    const failed = wireSpan({
      name: 'charge',
      timestamp: now - 7200e6,
      duration: 900_000,
      localEndpoint: { serviceName: 'billing' },
      tags: { error: 'declined', region: 'eu-1' },
    })
    await postSpans(server.url, [failed, ...Array.from({ length: 120 }, (_, i) => shop(i + 1))])
  })
  afterAll(() => server?.stop())

  test('each filter narrows the list, stands in the URL, outlives a reload, and back undoes it', async () => {
    const page = await visit(server.url)
    await rowsOf(page).nth(49).waitFor()
    const steps = [
      [() => page.getByLabel('Service', { exact: true }).fill('shop'), '?service=shop'],
      [
        () => page.getByLabel('Operation', { exact: true }).fill('get /items'),
        '?service=shop&operation=get+%2Fitems',
      ],
      [
        () => page.getByLabel('Minimum duration').fill('0.1 s'),
        '?service=shop&operation=get+%2Fitems&minDuration=0.1+s',
      ],
    ] as const
    for (const [fill, expected] of steps) {
      await fill()
      await page.keyboard.press('Enter')
      await page.waitForURL(`${server.url}/${expected}`)
    }
    await page.getByText('10 traces', { exact: true }).waitFor()
    await page.reload()
    await page.getByText('10 traces', { exact: true }).waitFor()
    expect(await page.getByLabel('Minimum duration').inputValue()).toBe('0.1 s')
    await page.goBack()
    await page.getByText('60 traces', { exact: true }).waitFor()
    expect(query(page)).toBe('?service=shop&operation=get+%2Fitems')
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.waitForURL(`${server.url}/`)
  })

  test('errors, tags and the time range find the one that failed two hours ago', async () => {
    const page = await visit(server.url)
    await page.getByLabel('Errors only').check()
    await page.getByText('1 trace', { exact: true }).waitFor()
    expect(await texts(page, 'result-row')).toEqual([
      expect.stringMatching(/^2 h ago [-\d: ]+billing charge ?900 ms ?1 error/),
    ])
    await page.getByLabel(/Add a tag filter/).fill('region=eu-1')
    await page.keyboard.press('Enter')
    await page.waitForURL(/tag=region%3Deu-1/)
    await page.getByText('1 trace', { exact: true }).waitFor()
    await chooseRange(page, 'Last hour')
    await page.getByText('No trace matches').waitFor()
    expect(query(page)).toBe('?error=true&tag=region%3Deu-1&range=1h')
    await page.getByRole('link', { name: 'last 6 h' }).click()
    await page.getByText('1 trace', { exact: true }).waitFor()
  })

  test('a duration that is none is refused in words, and the list stays', async () => {
    const page = await visit(server.url)
    await rowsOf(page).nth(49).waitFor()
    await page.getByLabel('Minimum duration').fill('fast')
    await page.getByText('“fast” is not a duration').waitFor()
    expect(await rowsOf(page).count()).toBe(121)
  })

  test('a long list is loaded piece by piece, and back from a trace finds it as it was left', async () => {
    const page = await visit(`${server.url}/?service=shop&view=none`)
    // The trace page's file comes late: meanwhile the search must not take the new address for its own.
    let come = () => {}
    const clicked = new Promise<void>((resolve) => (come = resolve))
    await page.route(/assets\/TracePage.*js/, (route) => clicked.then(() => route.continue()))
    for (const count of [50, 100]) {
      await rowsOf(page)
        .nth(count - 1)
        .waitFor()
      await page.getByRole('button', { name: 'Load more' }).click()
    }
    await page.getByText('120 traces', { exact: true }).waitFor()
    const before = await texts(page, 'result-row')
    expect(before).toHaveLength(120)
    expect(await page.getByRole('button', { name: 'Load more' }).count()).toBe(0)

    const row = rowsOf(page).nth(110)
    await row.scrollIntoViewIfNeeded()
    const top = await page.locator('main').evaluate((main) => main.scrollTop)
    expect(top).toBeGreaterThan(1000)
    await row.click()
    await page.waitForURL(/traces/)
    come()
    await page.getByTestId('trace-waterfall').waitFor()
    await page.goBack()
    await rowsOf(page).nth(119).waitFor()
    expect((await texts(page, 'result-row')).length).toBe(120)
    expect(await page.locator('main').evaluate((main) => main.scrollTop)).toBe(top)
  })

  test('a word that is nowhere is said to be, and stands in the box as the query it became', async () => {
    const page = await visit(server.url)
    await box(page).fill('deadbeefdeadbeef')
    await page.keyboard.press('Enter')
    await page.getByText('Nothing found for “deadbeefdeadbeef”').waitFor()
    expect(query(page)).toBe('?q=deadbeefdeadbeef')
    expect(await boxText(page)).toBe('deadbeefdeadbeef')
    await page.getByRole('link', { name: 'Without query deadbeefdeadbeef' }).click()
    await page.getByText('121 traces', { exact: true }).waitFor()
    expect(await boxText(page)).toBe('')
  })

  test('the keys alone do: / to the box, arrows to a suggestion and along the list, Enter opens, ? explains', async () => {
    const page = await visit(server.url)
    await rowsOf(page).first().waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('Collapse all, expand all').first().waitFor()
    // Without waiting: a closed dialog keeps the focus until the next frame, and says only later that it closed.
    for (const key of ['Escape', '?', 'Escape', '/']) await page.keyboard.press(key)
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.locator('[data-testid=search-box]:focus').waitFor()
    await page.keyboard.type('bil')
    await page.getByRole('option', { name: 'billing' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${server.url}/?service=billing`)
    await page.goBack()
    await rowsOf(page).nth(49).waitFor()
    await rowsOf(page).nth(0).getByRole('link').first().focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByText('post /orders').first().waitFor()
    expect(await texts(page, 'waterfall-row')).toEqual([expect.stringMatching(/^shop post \/orders 2 ms$/)])
  })

  test('what the plain field suggests stays when the editor takes its place', async () => {
    const page = await visit(server.url)
    let bring = () => {}
    const brought = new Promise<void>((done) => (bring = done))
    await page.route('**/assets/editor-*.js', async (route) => {
      await brought
      await route.continue()
    })
    await page.reload()
    await box(page).focus()
    await page.keyboard.type('bil')
    await page.getByRole('option', { name: 'billing' }).waitFor()
    bring()
    await editor(page).waitFor()
    await page.getByRole('option', { name: 'billing' }).waitFor()
    expect(await boxText(page)).toBe('bil')
  })

  test('facets narrow the list, and the table is sorted by its heads', async () => {
    const page = await visit(server.url)
    await page.getByText('of these 121 traces').waitFor()
    await page.getByRole('list', { name: 'Service' }).getByRole('link', { name: 'billing 1' }).click()
    await page.waitForURL(`${server.url}/?service=billing`)
    await page.getByText('1 trace', { exact: true }).waitFor()
    await page.goBack()
    // Beside a filter of spans: other spans, other conditions, and as many traces as the facet counted.
    await page.goto(`${server.url}/?service=shop`)
    const choose = (list: string, name: string) =>
      page.getByRole('list', { name: list }).getByRole('link', { name }).click()
    await choose('Root operation', 'shop get /items 60')
    await page.getByText('60 traces', { exact: true }).waitFor()
    await choose('Duration', '10 ms – 100 ms 45')
    await page.getByText('45 traces', { exact: true }).waitFor()
    await choose('Root operation', 'shop get /items 45')
    await choose('Duration', '10 ms – 100 ms')
    await page.getByText('120 traces', { exact: true }).waitFor()
    await page.goto(server.url)
    await page.getByRole('button', { name: 'Duration' }).click()
    await page.waitForURL(`${server.url}/?sort=duration`)
    await page
      .getByRole('columnheader', { name: 'Duration' })
      .and(page.locator('[aria-sort=descending]'))
      .waitFor()
    expect((await texts(page, 'result-row'))[0]).toContain('billing charge')
  })

  test('a part of the plot is selected with the pointer, compared with the rest, and zoomed into', async () => {
    const page = await visit(`${server.url}/?service=shop&range=1h`)
    const area = await page.getByTestId('search-plot').boundingBox()
    if (area === null) throw new Error('the plot is shown')
    await page.mouse.move(area.x + 60, area.y + 2)
    await page.mouse.down()
    await page.mouse.move(area.x + area.width - 2, area.y + area.height / 4, { steps: 3 })
    await page.mouse.up()
    const bar = page.getByTestId('group-bar')
    await bar.waitFor()
    const chosen = Number(/(\d+) traces selected/.exec((await bar.textContent()) ?? '')?.[1])
    expect(chosen).toBeGreaterThan(10)
    expect(chosen).toBeLessThan(120)
    const href = await bar.getByRole('link', { name: 'Compare with the rest' }).getAttribute('href')
    expect([...new URL(href ?? '', server.url).searchParams.keys()]).toEqual(['a', 'b', 'from', 'to'])
    await page.reload()
    await bar.getByText(`${chosen} traces selected`).waitFor()
    await bar.getByRole('link', { name: 'Zoom in' }).click()
    await page.getByText(`${chosen} traces`, { exact: true }).waitFor()
    expect(await boxText(page)).toMatch(/^\{ traceDuration >= \d+us && traceDuration <= \d+us \}$/)
  })

  test('live mode shows what arrives, but not under the pointer, and says when the server is gone', async () => {
    const page = await visit(`${server.url}/?service=late&live=1`)
    const news = (text: string | RegExp) => page.getByTestId('live-news').filter({ hasText: text })
    const send = (name: string) =>
      postSpans(server.url, [
        wireSpan({
          name,
          timestamp: Date.now() * 1000,
          duration: 1000,
          localEndpoint: { serviceName: 'late' },
        }),
      ])
    await news('Waiting for new traces').waitFor()
    await page.getByText('No trace matches').waitFor()
    await send('first')
    await news(/^1 new trace$/).waitFor()
    await rowsOf(page).first().hover()
    await news('Paused while the pointer').waitFor()
    await send('second')
    await news('1 new trace will be shown').waitFor()
    expect(await rowsOf(page).count()).toBe(1)
    await page.mouse.move(2, 2)
    await news(/^2 new traces$/).waitFor()
    expect(await rowsOf(page).count()).toBe(2)
    await page.route('**/rest/**', (route) => route.abort())
    await news('The server does not answer').waitFor()
    await page.unroute('**/rest/**')
    await news(/^2 new traces$/).waitFor()
  })

  test('a search is saved under a name, and found again by it', async () => {
    const page = await visit(`${server.url}/?service=billing&error=true`)
    await page.getByTestId('saved-searches').click()
    await page.getByRole('button', { name: 'Save this search' }).click()
    await page.getByLabel('Name of the search').fill('failed bills')
    await page.keyboard.press('Enter')
    await page.goto(server.url)
    await page.getByTestId('saved-searches').click()
    await page.getByRole('link', { name: 'failed bills' }).click()
    await page.waitForURL(`${server.url}/?service=billing&error=true`)
  })

  test('times are typed, in the zone that is chosen', async () => {
    const page = await visit(`${server.url}/?zone=utc`)
    await page.getByTestId('time-range').click()
    await page.getByLabel('From').fill('2026-01-02 03:04')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${server.url}/?from=2026-01-02T03%3A04%3A00Z&zone=utc`)
    await page.getByText('Since 2026-01-02 03:04:00').waitFor()
    await page.getByTestId('time-range').click()
    await page.getByLabel('Other').fill('last 90 min')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${server.url}/?range=90m&zone=utc`)
  })
})
