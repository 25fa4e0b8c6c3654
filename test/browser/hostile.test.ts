// Span data is written by strangers: whatever stands in it is shown as text, and does nothing.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { idFrom, postSpans, type WireSpan, wireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, overflow } from './browser.ts'
import { editor } from './search-box.ts'

const TEXTS: Readonly<Record<string, string>> = {
  script: '<script>document.title="hit"</script>',
  image: '<img src="http://elsewhere.example/x.png" onerror="document.title=\'hit\'">',
  closing: '</script></style></title><h1>hit</h1>',
  'right to left': '\u202efdp.exe\u202c',
  nul: 'a\0b',
  emoji: '👩‍👩‍👧 ünïcödé \ud800',
  url: 'javascript:document.title="hit"',
  template: '{@html hit} ${hit} {{hit}}',
  key: '__proto__',
  megabyte: 'x'.repeat(1_000_000),
}
const REQUEST_ID = '"><svg onload=alert(1)>/../?#%00'
const TRACE = idFrom('hostile')
const tags = Object.fromEntries(
  Object.entries(TEXTS).flatMap(([key, text]) => [
    [key, text],
    [text.slice(0, 300), key],
  ]),
)

const spans: readonly WireSpan[] = Object.values(TEXTS).map((text, i) =>
  wireSpan({
    traceId: TRACE,
    id: idFrom('hostile', i),
    ...(i === 0 ? {} : { parentId: idFrom('hostile', 0) }),
    name: text.slice(0, 2000),
    timestamp: Date.now() * 1000 + i * 1000,
    duration: 90_000,
    localEndpoint: { serviceName: text.slice(0, 500) },
    annotations: [{ timestamp: Date.now() * 1000, value: text.slice(0, 3000) }],
    tags:
      i === 0 ? { ...tags, request_id: REQUEST_ID, error: TEXTS['script'] } : { error: text.slice(0, 3000) },
  }),
)

describeInBrowser('hostile span data', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
    const response = await postSpans(server.url, spans)
    expect([response.status, await response.text()]).toEqual([202, ''])
  })
  afterAll(() => server?.stop())

  /** Nothing of it became an element, and no page is wider for it. What ran or was asked for, the frame sees. */
  async function isText(page: Page): Promise<void> {
    expect(
      await page.locator('body script, img:not(.cm-widgetBuffer), h1:text-is("hit"), svg[onload]').count(),
    ).toBe(0)
    expect(await page.title()).toMatch(/ · Hopscope$/)
    expect(await overflow(page)).toBe(0)
  }

  test('in the list, as service, operation and request id', async () => {
    for (const width of [1440, 400]) {
      const page = await visit(server.url, { width })
      await page
        .getByTestId('result-row')
        .getByText(TEXTS['script'] ?? '')
        .first()
        .waitFor()
      await page.getByTestId('result-row').getByText(REQUEST_ID).waitFor()
      await isText(page)
    }
  })

  test('in the waterfall and the details, where invisible characters are made visible and a megabyte is cut', async () => {
    const page = await visit(`${server.url}/traces/${TRACE}`)
    await page
      .getByTestId('waterfall-row')
      .nth(spans.length - 1)
      .waitFor()
    await page.getByTestId('waterfall-row').first().click()
    const detail = page.getByTestId('span-detail')
    for (const text of [
      TEXTS['script'],
      TEXTS['image'],
      TEXTS['closing'],
      TEXTS['template'],
      '⟨U+202E⟩fdp.exe⟨U+202C⟩',
      'a⟨U+0000⟩b',
      '👩‍👩‍👧 ünïcödé',
    ]) {
      await detail
        .getByText(text ?? '')
        .first()
        .waitFor()
    }
    expect(((await detail.textContent()) ?? '').length).toBeLessThan(20_000)
    await detail.getByRole('button', { name: 'Show all (1 MB)' }).click()
    await detail.getByRole('button', { name: 'Show less' }).waitFor()
    expect(((await detail.textContent()) ?? '').length).toBeGreaterThan(1_000_000)
    await detail.getByText('Raw JSON').click()
    await isText(page)
    await page.getByLabel('Find traces with tag script').click()
    await page.getByTestId('result-row').first().waitFor()
    await isText(page)
  })

  test('as a request id, from the box to the page and in its URL', async () => {
    const page = await visit(server.url)
    await page.getByTestId('search-box').fill(REQUEST_ID)
    await page.keyboard.press('Enter')
    await page.getByTestId('waterfall-row').first().waitFor()
    expect(new URL(page.url()).pathname).toBe(`/traces/${TRACE}`)
    await isText(page)
  })

  test('among the suggestions and in the filters', async () => {
    const page = await visit(server.url)
    await editor(page).waitFor()
    await page.getByTestId('search-box').fill('<script>')
    await page.getByRole('option', { name: TEXTS['script'] ?? '' }).click()
    await page.waitForURL(/service=%3Cscript%3E/)
    await page.getByTestId('result-row').first().waitFor()
    await isText(page)
  })
})
