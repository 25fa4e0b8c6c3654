// Searching by words and TraceQL: what was understood, what was wrong, in which order, and how far it looked.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { idFrom, postSpans, wireSpan, type WireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, overflow, texts, words } from './browser.ts'
import { box, boxState, boxText, chooseRange, editor } from './search-box.ts'

const rowsOf = (page: Page) => page.getByTestId('result-row')
const q = (page: Page) => new URL(page.url()).searchParams.get('q')
const asking = (server: ServerProcess, query: string) => `${server.url}/?q=${encodeURIComponent(query)}`

const IN_TRACEQL =
  '{ status = error && (resource.service.name = "checkout" || name =~ "(?i).*checkout.*" || requestId = "checkout") && duration > 500ms }'

describeInBrowser('searching by a query', (visit) => {
  let server: ServerProcess
  const now = Date.now() * 1000

  beforeAll(async () => {
    server = await startServer()
    const checkout = (name: string, seconds: number, tags: Record<string, string>): WireSpan =>
      wireSpan({
        traceId: idFrom(name),
        name,
        timestamp: now - 60e6,
        duration: seconds * 1e6,
        localEndpoint: { serviceName: 'checkout' },
        tags,
      })
    await postSpans(server.url, [
      checkout('slow and failed', 2, { error: 'declined' }),
      checkout('failed', 0.1, { error: 'declined' }),
      checkout('slow', 3, {}),
      // Scrambled: neither the newest nor the oldest is the slowest.
      ...Array.from({ length: 120 }, (_, i) =>
        wireSpan({ name: 'get /items', timestamp: now - i * 1e6, duration: ((i * 7) % 120) * 1000 + 1000 }),
      ),
    ])
  })
  afterAll(() => server?.stop())

  test('words find what they say, are shown as TraceQL, and can be edited as such', async () => {
    const page = await visit(server.url)
    await rowsOf(page).first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('error checkout >500ms')
    await page.keyboard.press('Enter')
    await page.getByText('1 trace', { exact: true }).waitFor()
    expect(await texts(page, 'result-row')).toEqual([expect.stringContaining('slow and failed')])
    expect(await page.locator('code').textContent()).toBe(IN_TRACEQL)
    expect(await boxText(page)).toBe('error checkout >500ms')

    await page.getByRole('button', { name: 'Edit as TraceQL' }).click()
    expect(await boxText(page)).toBe(IN_TRACEQL)
    await box(page).fill('{ status = error && .service.name = "checkout" && duration < 500ms }')
    await page.keyboard.press('Enter')
    await rowsOf(page)
      .getByText(/^failed$/)
      .waitFor()
    expect(await rowsOf(page).count()).toBe(1)
    expect(await page.getByText('Searched for').count()).toBe(0)

    await page.goBack()
    await page.getByText('Searched for').waitFor()
    expect(await boxText(page)).toBe('error checkout >500ms')
    await box(page).fill('')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${server.url}/`)
  })

  test('a query and the filters hold together', async () => {
    const page = await visit(asking(server, '{ duration > 1s }'))
    await page.getByText('2 traces', { exact: true }).waitFor()
    await page.getByLabel('Errors only').check()
    await page.getByText('1 trace', { exact: true }).waitFor()
    expect(await texts(page, 'result-row')).toEqual([expect.stringContaining('slow and failed')])
    await chooseRange(page, 'Last 15 min')
    await page.getByText('1 trace', { exact: true }).waitFor()
    expect(q(page)).toBe('{ duration > 1s }')
  })

  test('a mistake is marked on the page and in the box, and the suggestion is one click away', async () => {
    const page = await visit(asking(server, '{ nmae = "slow" }'))
    const alert = page.getByRole('alert')
    await alert.waitFor()
    expect(words(await alert.locator('mark').textContent())).toBe('mistake here: nmae')
    await editor(page).waitFor()
    expect(await boxState(page)).toEqual({
      focused: true,
      selected: 'nmae',
      described: expect.stringContaining('nmae'),
    })
    await alert.getByRole('link', { name: '{ name = "slow" }' }).click()
    await page.getByText('1 trace', { exact: true }).waitFor()
    expect(q(page)).toBe('{ name = "slow" }')
    expect(await box(page).getAttribute('aria-invalid')).toBe(null)
  })

  test('the box completes fields, attributes and values as the server has them, and Enter runs the query', async () => {
    const page = await visit(server.url)
    await rowsOf(page).first().waitFor()
    await page.keyboard.press('/')
    // From here on it is the editor.
    await editor(page).waitFor()
    await page.keyboard.type('{ stat')
    await page.getByRole('option', { name: 'status field' }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.type('= e')
    await page.getByRole('option', { name: 'error' }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.type('&& .err')
    await page.getByRole('option', { name: '.error' }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.type('= ')
    await page.getByRole('option', { name: 'declined' }).waitFor()
    await page.keyboard.press('Escape')
    expect(await page.getByRole('option').count()).toBe(0)
    await page.keyboard.type('"d')
    await page.getByRole('option', { name: 'declined' }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('2 traces', { exact: true }).waitFor()
    expect(q(page)?.replace(/\s+/g, ' ')).toBe('{ status = error && .error = "declined" }')
  })

  test('a mistake is underlined while the query is typed, and said', async () => {
    const page = await visit(server.url)
    await rowsOf(page).first().waitFor()
    await page.keyboard.press('/')
    await editor(page).waitFor()
    await page.keyboard.type('{ nmae = "slow" }')
    await page.getByText('There is no field').waitFor()
    expect(await page.locator('.tok-mistake').textContent()).toBe('nmae')
    await page.getByRole('button', { name: 'Write instead:' }).click()
    expect(await boxText(page)).toBe('{ name = "slow" }')
    await page.keyboard.press('Enter')
    await page.getByText('1 trace', { exact: true }).waitFor()
  })

  test('hostile text in a query stays text', async () => {
    const text = 'order <b>17</b>/4%\u202e'
    const page = await visit(asking(server, text))
    await page.getByRole('alert').waitFor()
    expect(words(await page.locator('mark').textContent())).toContain('<b>17</b>/4%⟨U+202E⟩')
  })

  test('the slowest come first, over all pages, and the order stands in the URL', async () => {
    const page = await visit(`${server.url}/?view=none`)
    await page.getByText('Newest 50 traces').waitFor()
    await page.getByRole('button', { name: 'Duration' }).click()
    await page.getByText('Slowest 50 traces').waitFor()
    expect(new URL(page.url()).search).toBe('?sort=duration&view=none')
    await page.reload()
    for (const count of [50, 100]) {
      await rowsOf(page)
        .nth(count - 1)
        .waitFor()
      await page.getByRole('button', { name: 'Load more' }).click()
    }
    await page.getByText('123 traces', { exact: true }).waitFor()
    const rows = await texts(page, 'result-row')
    const durations = rows.map((row) => {
      const [, value = '', unit] = /(\d+) (ms|s) ?(?:1 error)? ?1 span/.exec(row) ?? []
      return Number(value) * (unit === 's' ? 1000 : 1)
    })
    expect(durations.slice(0, 4)).toEqual([3000, 2000, 120, 119])
    expect(durations).toEqual([...durations].sort((a, b) => b - a))
    await page.getByRole('button', { name: 'Errors', exact: true }).click()
    await page.getByText('50 traces with the most errors').waitFor()
  })

  test('a search that stopped says so, and goes on where it stopped', async () => {
    const page = await visit(server.url)
    await rowsOf(page).first().waitFor()
    const cut = { next: 'there', complete: false, scanned: { traces: 900, spans: 1_000_000 }, stoppedAt: now }
    const cursors: (string | null)[] = []
    // The server's budget is a million spans: here its answer is made up.
    await page.route('**/rest/v1/traces?*', async (route) => {
      const cursor = new URL(route.request().url()).searchParams.get('cursor')
      cursors.push(cursor)
      if (cursor === null) await route.fulfill({ json: { traces: [], ...cut } })
      else await route.fulfill({ json: { traces: [], next: null, complete: true } })
    })
    await box(page).fill('{ .a = 1 } >> { .b = 2 }')
    await page.keyboard.press('Enter')
    await page.getByText('No traces found so far').waitFor()
    await page.getByText('Looked at 900 traces with 1,000,000 spans, back to').waitFor()
    expect(await page.getByText('No trace matches').count()).toBe(0)
    await page.getByRole('button', { name: 'Go on looking' }).click()
    await page.getByText('No trace matches').waitFor()
    expect(cursors).toEqual([null, 'there'])
    expect(await page.getByText('Looked at').count()).toBe(0)
  })

  test('nothing of it is wider than a telephone', async () => {
    for (const query of ['error checkout >500ms', '{ nmae = "slow" }', `{ name = "${'long'.repeat(100)}`]) {
      const page = await visit(asking(server, query), { width: 380, height: 800, dark: true })
      await page.locator('code, mark').first().waitFor()
      expect([query, await overflow(page)]).toEqual([query, 0])
    }
  })

  test('the reference of the API is a link away', async () => {
    const page = await visit(server.url)
    await page.getByRole('link', { name: 'API' }).click()
    await page.waitForURL(`${server.url}/docs`)
    await page.getByText('/rest/v1/traces').first().waitFor()
  })
})
