// Finding a trace: an empty store, the one box, filters, long lists, and the address bar that holds it all.
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { postSpans, wireSpan, type WireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, overflow, texts } from './browser.ts'

const rowsOf = (page: Page) => page.getByTestId('result-row')
const box = (page: Page) => page.getByTestId('search-box')
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
    await page.getByText('Newest 50 traces').waitFor()
    expect(query(page)).toBe('?service=shop&operation=get+%2Fitems')
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.waitForURL(`${server.url}/`)
  })

  test('errors, tags and the time range find the one that failed two hours ago', async () => {
    const page = await visit(server.url)
    await page.getByLabel('Errors only').check()
    await page.getByText('1 trace', { exact: true }).waitFor()
    expect(await texts(page, 'result-row')).toEqual([
      expect.stringMatching(/^2 h ago billing charge 900 ms 1 error/),
    ])
    await page.getByLabel(/Add a tag filter/).fill('region=eu-1')
    await page.keyboard.press('Enter')
    await page.waitForURL(/tag=region%3Deu-1/)
    await page.getByText('1 trace', { exact: true }).waitFor()
    await page.getByLabel('Time range').selectOption('1h')
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
    expect(await rowsOf(page).count()).toBe(50)
  })

  test('a long list is loaded piece by piece, and back from a trace finds it as it was left', async () => {
    const page = await visit(`${server.url}/?service=shop`)
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
    expect(await box(page).inputValue()).toBe('deadbeefdeadbeef')
    await page.getByRole('link', { name: 'Without query deadbeefdeadbeef' }).click()
    await page.getByText('Newest 50 traces').waitFor()
    expect(await box(page).inputValue()).toBe('')
  })

  test('the keys alone do: / to the box, arrows to a suggestion and along the list, Enter opens, ? explains', async () => {
    const page = await visit(server.url)
    await rowsOf(page).first().waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('Collapse all, expand all').waitFor()
    // Without waiting: a closed dialog keeps the focus until the next frame, and says only later that it closed.
    for (const key of ['Escape', '?', 'Escape', '/']) await page.keyboard.press(key)
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(await box(page).evaluate((field) => field === document.activeElement)).toBe(true)
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
})
