// The pictures and tables of a trace: they scroll as one likes, the keys work after every way into them, they print.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { idFrom, postSpans, type WireSpan, wireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser } from './browser.ts'

const DEPTH = 120
const TRACE = idFrom('pictures')
const now = Date.now() * 1000

/** A chain, deeper than any screen is high. */
const SPANS: readonly WireSpan[] = Array.from({ length: DEPTH }, (_, i) =>
  wireSpan({
    traceId: TRACE,
    id: idFrom(`link ${i}`),
    ...(i === 0 ? {} : { parentId: idFrom(`link ${i - 1}`) }),
    kind: 'SERVER',
    name: `link ${i}`,
    timestamp: now + i * 100,
    duration: (DEPTH - i) * 1000,
    localEndpoint: { serviceName: 'shop' },
  }),
)

describeInBrowser('the pictures and tables of a trace', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
    expect((await postSpans(server.url, SPANS)).status).toBe(202)
  })
  afterAll(() => server?.stop())

  const open = async (search = '', options = {}) => {
    const page = await visit(`${server.url}/traces/${TRACE}${search}`, options)
    await page.getByTestId('trace-view').waitFor({ state: 'attached' })
    return page
  }
  /** The test id of what has the focus. */
  const focused = (page: Page) =>
    page.evaluate(
      () => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.tagName,
    )
  /** What was scrolled, once two frames are drawn. */
  const scrolled = (page: Page, testid: string) =>
    page.getByTestId(testid).evaluate(async (element) => {
      const frame = () => new Promise((done) => requestAnimationFrame(done))
      await frame()
      await frame()
      const scroller = element.closest('.scroller') ?? element
      return Math.round(scroller.scrollTop)
    })

  test.each([
    ['flame', 'flame-graph', 'ArrowUp', -600],
    ['icicle', 'icicle', 'ArrowDown', 600],
    ['table', 'span-table', 'ArrowDown', 600],
  ])('%s: it can be scrolled away from the cursor, and stays there', async (view, testid, key, by) => {
    const page = await open(`?view=${view}&span=${idFrom('link 1')}`)
    await page.getByTestId(testid).focus()
    await page.keyboard.press(key)
    expect(await scrolled(page, testid)).toBe(0)
    await page.getByTestId(testid).hover({ position: { x: 300, y: 120 } })
    await page.mouse.wheel(0, by)
    await page.waitForFunction(
      ([id]) => {
        const element = document.querySelector(`[data-testid=${id}]`)
        return (element?.closest('.scroller') ?? element)?.scrollTop !== 0
      },
      [testid],
      { timeout: 3000 },
    )
    expect(await scrolled(page, testid)).toBe(by)
    // A key brings the cursor back into sight.
    await page.keyboard.press(key)
    expect(Math.abs(await scrolled(page, testid))).toBeLessThan(Math.abs(by))
  })

  test('a table sorted anew is read from where one is; only a key brings the cursor back into sight', async () => {
    const page = await open(`?view=table&span=${idFrom('link 1')}`)
    await page.getByTestId('span-table').focus()
    await page.keyboard.press('ArrowDown')
    await page.getByRole('button', { name: 'Depth' }).click()
    await page.waitForURL(/sort=-?depth/)
    await page.getByRole('button', { name: 'Depth' }).click()
    await page.waitForURL(/sort=-depth/)
    expect(await scrolled(page, 'span-table')).toBe(0)
    await page.getByTestId('span-table').focus()
    await page.keyboard.press('ArrowDown')
    expect(await scrolled(page, 'span-table')).toBeGreaterThan(0)
  })

  test('keys work at once in a view chosen by key, and after the panel was closed', async () => {
    const page = await open()
    for (const [key, testid] of [
      ['2', 'flame-graph'],
      ['3', 'icicle'],
      ['4', 'span-table'],
      ['5', 'service-table'],
      ['1', 'trace-waterfall'],
    ] as const) {
      await page.keyboard.press(key)
      await page.getByTestId(testid).waitFor()
      await page.waitForFunction((id) => document.activeElement?.getAttribute('data-testid') === id, testid, {
        timeout: 3000,
      })
    }
    await page.keyboard.press('4')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByTestId('span-detail').waitFor()
    await page.getByTestId('span-detail').getByRole('button').first().focus()
    await page.keyboard.press('Escape')
    await page.getByTestId('span-detail').waitFor({ state: 'detached' })
    expect(await focused(page)).toBe('span-table')
  })

  test('an arrow key goes to the view when nothing has the focus', async () => {
    const page = await open('?view=icicle')
    await page.getByTestId('icicle').waitFor()
    await page.keyboard.press('ArrowDown')
    expect(await focused(page)).toBe('icicle')
    await page.keyboard.press(' ')
    await page.waitForURL(new RegExp(`span=${idFrom('link 1')}`))
  })

  test('on a phone the open panel leaves nothing to tab to that is out of sight; the heading can still be read', async () => {
    const page = await open(`?span=${idFrom('link 1')}`, { width: 380, height: 700 })
    await page.getByTestId('span-detail').waitFor()
    const hidden: string[] = []
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab')
      const lost = await page.evaluate(() => {
        const element = document.activeElement
        const top = element?.closest('.top')
        return top ? element?.outerHTML.slice(0, 80) : undefined
      })
      if (lost !== undefined) hidden.push(lost)
    }
    expect(hidden).toEqual([])
    await page.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' })
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1)
    await page.keyboard.press('Escape')
    await page.getByTestId('trace-view').waitFor()
    await page.getByTestId('find').focus()
    expect(await focused(page)).toBe('find')
  })

  test('a table is printed with all of its rows, not with those in sight only', async () => {
    const page = await open('?view=table', { height: 500 })
    await page.getByTestId('span-table-row').first().waitFor()
    const rows = () => page.getByTestId('span-table-row').count()
    expect(await rows()).toBeLessThan(DEPTH)
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')))
    expect(await rows()).toBe(DEPTH)
    await page.emulateMedia({ media: 'print' })
    const last = page.getByTestId('span-table-row').last()
    const [table, row] = [await page.getByTestId('span-table').boundingBox(), await last.boundingBox()]
    expect((row?.y ?? 0) + (row?.height ?? 0)).toBeLessThanOrEqual((table?.y ?? 0) + (table?.height ?? 0) + 1)
    expect(row?.height).toBeGreaterThan(0)
    await page.emulateMedia({ media: 'screen' })
    await page.evaluate(() => window.dispatchEvent(new Event('afterprint')))
    await page.waitForFunction(
      (all) => document.querySelectorAll('[data-testid=span-table-row]').length < all,
      DEPTH,
      { timeout: 3000 },
    )
  })
})
