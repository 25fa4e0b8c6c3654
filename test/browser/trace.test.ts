// Reading a trace: keys, folds and zoom in the URL, a huge one, one that isn't there, and a request of several.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { idFrom, postSpans, type WireSpan, wireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, overflow, texts } from './browser.ts'

const now = Date.now() * 1000
const HUGE = idFrom('huge')
const TREE = idFrom('tree')

/** A span of the small tree: each the child of the one named before it. */
function branch(name: string, parent?: string, more: WireSpan = {}): WireSpan {
  return wireSpan({
    traceId: TREE,
    id: idFrom(name),
    ...(parent === undefined ? {} : { parentId: idFrom(parent) }),
    kind: 'CLIENT',
    name,
    timestamp: now,
    duration: 100_000,
    ...more,
  })
}

const SPANS: readonly WireSpan[] = [
  branch('root', undefined, { kind: 'SERVER' }),
  branch('left', 'root', { timestamp: now + 10_000, duration: 20_000 }),
  branch('leaf', 'left', { timestamp: now + 12_000, duration: 5000 }),
  branch('right', 'root', { timestamp: now + 50_000, duration: 30_000, tags: { colour: 'teal' } }),
]
const REQUEST: readonly WireSpan[] = ['web', 'mailer'].map((serviceName, i) =>
  wireSpan({
    traceId: idFrom('request', i),
    name: `step ${i}`,
    timestamp: now + i * 500_000,
    duration: 200_000,
    localEndpoint: { serviceName },
    tags: { request_id: 'order 17/4' },
  }),
)

describeInBrowser('the trace page', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
    const huge = Array.from({ length: 10_000 }, (_, i) =>
      wireSpan({
        traceId: HUGE,
        ...(i === 0 ? {} : { parentId: idFrom('huge span', Math.floor((i - 1) / 10)) }),
        id: idFrom('huge span', i),
        name: `step ${i}`,
        timestamp: now + i,
        duration: 50_000 - i,
      }),
    )
    for (const list of [SPANS, REQUEST, huge.slice(0, 5000), huge.slice(5000)]) {
      expect((await postSpans(server.url, list)).status).toBe(202)
    }
  })
  afterAll(() => server?.stop())

  const openTree = async (search = '') => {
    const page = await visit(`${server.url}/traces/${TREE}${search}`)
    await page.getByTestId('waterfall-row').first().waitFor()
    return page
  }
  const operations = async (page: Page) =>
    (await texts(page, 'waterfall-row')).map((row) => /root|left|leaf|right/.exec(row)?.[0])

  test('arrows walk and fold, Enter opens the details, Escape closes them', async () => {
    const page = await openTree()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowLeft')
    expect(await operations(page)).toEqual(['root', 'left', 'right'])
    await page.keyboard.press('ArrowRight')
    expect(await operations(page)).toEqual(['root', 'left', 'leaf', 'right'])
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await page.getByTestId('span-detail').getByText('teal').waitFor()
    await page.waitForURL(`${server.url}/traces/${TREE}?span=${idFrom('right')}`)
    await page.keyboard.press('ArrowUp')
    await page.getByTestId('span-detail').getByText('leaf').first().waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId('span-detail').waitFor({ state: 'detached' })
    await page.waitForURL(`${server.url}/traces/${TREE}`)
  })

  test('what is folded, selected and zoomed to is in the URL, and a link or a reload shows the same', async () => {
    const page = await openTree()
    await page.getByRole('button', { name: 'Collapse 1 span below' }).click()
    await page.getByTestId('waterfall-row').nth(2).click()
    await page.keyboard.press('z')
    await page.waitForURL(/window=/)
    const { search } = new URL(page.url())
    const shown = async (where: Page) => {
      await where.getByTestId('span-detail').getByText('teal').waitFor()
      return [await operations(where), await where.getByRole('button', { name: '48.8 ms – 81.2 ms' }).count()]
    }
    expect(await shown(page)).toEqual([['root', 'left', 'right'], 1])
    await page.reload()
    expect(await shown(page)).toEqual([['root', 'left', 'right'], 1])
    expect(await shown(await openTree(search))).toEqual([['root', 'left', 'right'], 1])
  })

  test('back closes what was opened, then leaves the trace', async () => {
    const page = await visit(server.url)
    await page.goto(`${server.url}/traces/${TREE}`)
    await page.getByTestId('waterfall-row').nth(1).click()
    await page.getByTestId('span-detail').waitFor()
    await page.goBack()
    await page.getByTestId('span-detail').waitFor({ state: 'detached' })
    await page.goBack()
    await page.getByTestId('search-results').waitFor()
  })

  test('find marks the spans that hold the text, and Enter goes to them', async () => {
    const page = await openTree()
    await page.keyboard.press('f')
    await page.keyboard.type('colour=teal')
    await page.getByText('1 match', { exact: true }).waitFor()
    await page.keyboard.press('Enter')
    expect(await page.locator('.row.cursor').textContent()).toContain('right')
  })

  test('a trace of 10,000 spans opens and scrolls with few of them in the document', async () => {
    const page = await visit(`${server.url}/traces/${HUGE}`)
    await page.getByTestId('waterfall-row').first().waitFor()
    const grid = page.getByTestId('trace-waterfall')
    expect(await grid.getAttribute('aria-rowcount')).toBe('10001')
    const rows = page.getByTestId('waterfall-row')
    expect(await rows.count()).toBeLessThan(80)
    await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight / 2))
    await page.getByTestId('waterfall-row').and(page.locator('[aria-rowindex="5000"]')).waitFor()
    await grid.focus()
    await page.keyboard.press('End')
    const last = page.locator('[aria-rowindex="10001"]')
    await last.waitFor()
    expect(await last.evaluate((row) => row.classList.contains('cursor'))).toBe(true)
    expect(await rows.count()).toBeLessThan(80)
    await page.keyboard.press('c')
    await page.waitForURL(/collapsed=all$/)
    expect(await grid.getAttribute('aria-rowcount')).toBe('12')
  })

  test('a trace that is not stored says what to do next, and is shown once it came', async () => {
    const late = idFrom('late')
    const page = await visit(`${server.url}/traces/${late}`)
    await page.getByRole('alert').getByText(`No trace ${late}`).waitFor()
    await page.getByText('Its spans may still be arriving').waitFor()
    await postSpans(server.url, [wireSpan({ traceId: late, name: 'late one' })])
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByTestId('waterfall-row').getByText('late one').waitFor()
  })

  test('an address that is no page says so and leads back', async () => {
    const page = await visit(`${server.url}/traces/not-an-id`)
    await page.getByRole('alert').waitFor()
    await page.getByRole('alert').getByRole('link', { name: 'Search' }).click()
    await page.getByTestId('search-results').waitFor()
  })

  test('a request of two traces has both on one time line, and each opens and knows the other', async () => {
    const page = await visit(server.url)
    await page.getByTestId('search-box').fill('order 17/4')
    await page.keyboard.press('Enter')
    const timeline = page.getByTestId('request-timeline')
    await timeline.waitFor()
    expect(new URL(page.url()).pathname).toBe('/requests/order%2017%2F4')
    await page.reload()
    await timeline.waitFor()
    const lines = timeline.getByRole('listitem')
    expect(await lines.count()).toBe(2)
    const [first, second] = [await lines.nth(0).textContent(), await lines.nth(1).textContent()]
    expect([first, second]).toEqual([expect.stringContaining('web'), expect.stringContaining('+500 ms')])
    const bars = await Promise.all([0, 1].map((i) => lines.nth(i).locator('.bar').boundingBox()))
    // 0–200 ms and 500–700 ms of 700 ms.
    expect((bars[1]?.x ?? 0) - (bars[0]?.x ?? 0)).toBeGreaterThan(2 * (bars[0]?.width ?? 0))

    await lines.nth(1).getByRole('link').click()
    await page.getByText('Trace 2 of 2 of this request').waitFor()
    await page.getByRole('link', { name: '‹ previous' }).click()
    await page.getByText('Trace 1 of 2 of this request').waitFor()
    expect(new URL(page.url()).pathname).toBe(`/traces/${idFrom('request', 0)}`)
    const narrow = await visit(`${server.url}/requests/order%2017%2F4`, { width: 400, height: 800 })
    await narrow.getByTestId('request-timeline').waitFor()
    expect(await overflow(narrow)).toBe(0)
  })
})
