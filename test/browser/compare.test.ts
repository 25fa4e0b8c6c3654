// Comparing: two traces side by side with what changed, and two groups of traces with what sets them apart.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { idFrom, postSpans, type WireSpan, wireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, overflow, texts, words } from './browser.ts'

const now = Date.now() * 1000
const A = idFrom('as it should be')
const B = idFrom('slow and failing')
const BIG = [idFrom('big', 'a'), idFrom('big', 'b')] as const
const SCRIPT = '<script>document.title="hit"</script>'

/** An order; `slow` more milliseconds in payment, which then fails and asks twice. */
function order(traceId: string, slow: number): WireSpan[] {
  const span = (
    name: string,
    parent: string | undefined,
    service: string,
    at: number,
    ms: number,
    tags = {},
  ) =>
    wireSpan({
      traceId,
      id: idFrom(traceId, name),
      ...(parent === undefined ? {} : { parentId: idFrom(traceId, parent) }),
      name,
      timestamp: now - 30e6 + at * 1000,
      duration: ms * 1000,
      localEndpoint: { serviceName: service },
      tags,
    })
  return [
    span('post /orders', undefined, 'web', 0, 200 + slow, { version: slow ? SCRIPT : '1.4', region: 'eu' }),
    span('get /stock', 'post /orders', 'stock', 10, 30),
    span('post /charges', 'post /orders', 'payment', 50, 100 + slow, slow ? { error: 'timeout' } : {}),
    ...(slow
      ? [span('fraud check', 'post /charges', 'fraud', 60, 20)]
      : [span('cache', 'get /stock', 'cache', 15, 5)]),
  ]
}

const groups = Array.from({ length: 120 }, (_, i) => {
  const slow = i % 6 === 0
  return wireSpan({
    name: i % 2 ? 'get /items' : 'post /cart',
    timestamp: now - 600e6 + i * 1e6,
    duration: slow ? 2_000_000 : 50_000 + i,
    localEndpoint: { serviceName: 'shop' },
    tags: { version: slow ? SCRIPT : '2.0', user: `u${i}` },
  })
})

describeInBrowser('the comparison', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
    const big = BIG.map((traceId, t) =>
      Array.from({ length: 5000 }, (_, i) =>
        wireSpan({
          traceId,
          id: idFrom(traceId, i),
          ...(i === 0 ? {} : { parentId: idFrom(traceId, i - 1) }),
          name: 'step',
          timestamp: now - 60e6 + i,
          duration: 90_000 - i + (t === 1 && i === 4000 ? 50_000 : 0),
        }),
      ),
    )
    for (const spans of [[...order(A, 0), ...order(B, 300)], groups, ...big]) {
      expect((await postSpans(server.url, spans)).status).toBe(202)
    }
  })
  afterAll(() => server?.stop())

  const open = async (path: string, options?: Parameters<typeof visit>[1]) => {
    const page = await visit(server.url + path, options)
    await page.getByTestId('pair-row').first().waitFor()
    return page
  }
  const signs = (page: Page) => page.locator('[data-testid=pair-row] .sign [aria-hidden]').allTextContents()

  test('two traces are picked from the recent ones, and their differences are marked by signs and in words', async () => {
    const page = await visit(`${server.url}/compare`)
    await page
      .getByRole('button', { name: new RegExp(`as A|${A.slice(-8)}`) })
      .first()
      .waitFor()
    await page.getByLabel('Trace A').fill(` "${A.toUpperCase()}" `)
    await page.getByLabel('Trace B').fill(`${server.url}/traces/${B}?span=1`)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${server.url}/compare/${A}/${B}`)
    await page.getByTestId('pair-row').first().waitFor()
    const rows = await texts(page, 'pair-row')
    expect(rows.map((row) => /(web|stock|payment|fraud|cache) /.exec(row)?.[1])).toEqual(
      expect.arrayContaining(['web', 'stock', 'payment', 'fraud', 'cache']),
    )
    expect((await signs(page)).sort()).toEqual(['', '!', '+', '−', '▲'].sort())
    expect(await texts(page, 'pair-summary')).toEqual([expect.stringMatching(/web → payment \+280 ms/)])
    await page.getByText('B took 300 ms longer (×2.50)').waitFor()
  })

  test('differences only, a row’s details and its tags stand in the URL and outlive a reload; back closes them', async () => {
    const page = await open(`/compare/${A}/${B}`)
    await page.getByLabel('Only differences').check()
    await page.waitForURL(/only=differences/)
    await page.getByTestId('pair-row').filter({ hasText: 'web' }).click()
    const detail = page.getByTestId('pair-detail')
    await detail.getByText(SCRIPT).waitFor()
    expect(await detail.getByText('region').count()).toBe(0)
    await page.reload()
    await detail.getByText(SCRIPT).waitFor()
    expect(await page.getByLabel('Only differences').isChecked()).toBe(true)
    expect(await page.getByRole('link', { name: 'Open in B' }).getAttribute('href')).toBe(
      `/traces/${B}?span=${idFrom(B, 'post /orders')}`,
    )
    await page.goBack()
    await detail.waitFor({ state: 'detached' })
  })

  test('swapped, what was added is missing', async () => {
    const page = await open(`/compare/${A}/${B}`)
    expect((await texts(page, 'pair-row')).find((row) => row.includes('fraud'))).toContain('only in B')
    await page.getByTestId('swap').click()
    await page.waitForURL(`${server.url}/compare/${B}/${A}`)
    await page.getByText('B took 300 ms less').waitFor()
    expect((await texts(page, 'pair-row')).find((row) => row.includes('fraud'))).toContain('only in A')
  })

  test('a chain of thousands is walked by keys, few rows of it being there at a time', async () => {
    const page = await open(`/compare/${BIG[0]}/${BIG[1]}`)
    await page.keyboard.press('n')
    await page.waitForFunction(() => document.querySelector('.row.current .sign')?.textContent?.includes('▲'))
    expect(await page.getByTestId('pair-row').count()).toBeLessThan(80)
    await page.keyboard.press('c')
    await page.getByText('1 of 5,000 calls').waitFor()
    await page.keyboard.press('x')
    await page.getByText('5,000 calls', { exact: true }).waitFor()
  })

  test('a trace that is not stored is said to be missing', async () => {
    const page = await visit(`${server.url}/compare/${A}/deadbeefdeadbeef`)
    await page.getByText('One of these traces is not stored').waitFor()
    await page.getByTestId('pair-form').waitFor()
  })

  test('slow ones against the rest: the value that sets them apart comes first, and leads to the traces that have it', async () => {
    const page = await visit(`${server.url}/compare?a=%3E1s`)
    const first = page.getByTestId('group-value').first()
    await first.waitFor()
    expect(await texts(page, 'groups-answer')).toEqual([
      expect.stringMatching(/20 traces .* 1\d\d traces all other/),
    ])
    expect(words(await first.textContent())).toMatch(/100 % 20 .* 1 % 1 /)
    expect(await texts(page, 'group-durations')).toEqual([expect.stringContaining('20 traces · p50 2 s')])
    await first.getByRole('link', { name: SCRIPT, exact: true }).click()
    await page.getByTestId('result-row').first().waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toContain('duration > 1s')
    await page.goBack()
    await first.waitFor()
    await page.getByLabel('Group B').fill('name="get /items"')
    await page.keyboard.press('Enter')
    await page.waitForURL(/b=name/)
    await page.getByText('{ name = "get /items" }').waitFor()
  })

  test('a query that is none is refused in words, and the form stays', async () => {
    const page = await visit(`${server.url}/compare?a=${encodeURIComponent('{ duration > }')}`)
    await page.getByRole('alert').waitFor()
    expect(await page.getByLabel('Group A').inputValue()).toBe('{ duration > }')
  })

  test('all of it fits a phone', async () => {
    for (const path of ['/compare', `/compare/${A}/${B}?row=1`, '/compare?a=%3E1s']) {
      const page = await visit(server.url + path, { width: 380, height: 800 })
      await page.locator('[data-testid=pair-row], [data-testid=group-value], .pick').first().waitFor()
      expect([path, await overflow(page)]).toEqual([path, 0])
    }
  })
})
