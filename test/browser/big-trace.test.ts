// A trace of 100,000 spans and a chain 50,000 deep are read like any other: drawn, scrolled, folded, searched, zoomed.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { randomFrom, randomTrace, shapedTrace } from '@hopscope/model/testing'
import { encodeZipkinV2Json } from '@hopscope/proto'
import type { Trace } from '@hopscope/model'
import type { Page } from 'playwright-core'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, texts } from './browser.ts'

const SPANS = 100_000
const BIG = randomTrace({ spans: SPANS, random: randomFrom(8) })
const DEEP = shapedTrace('two chains', { spans: SPANS, random: randomFrom(9) })
const PER_POST = 5000

async function post(url: string, { spans }: Trace): Promise<void> {
  for (let from = 0; from < spans.length; from += PER_POST) {
    const response = await fetch(`${url}/api/v2/spans`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: encodeZipkinV2Json(spans.slice(from, from + PER_POST)),
    })
    expect(response.status).toBe(202)
  }
}

describeInBrowser('a huge trace', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
    await post(server.url, BIG)
    await post(server.url, DEEP)
  }, 120_000)
  afterAll(() => server?.stop())

  const open = async ({ traceId }: Trace): Promise<Page> => {
    const page = await visit(`${server.url}/traces/${traceId}`)
    await page.getByTestId('waterfall-row').first().waitFor({ timeout: 30_000 })
    return page
  }
  const rowCount = async (page: Page) =>
    Number(await page.getByTestId('trace-waterfall').getAttribute('aria-rowcount')) - 1
  const inDocument = (page: Page) => page.getByTestId('waterfall-row').count()

  test('has a row for each of 100,000 spans, of which the document holds a screenful', async () => {
    const page = await open(BIG)
    // Shared halves of a call are one row.
    expect(await rowCount(page)).toBeGreaterThan(SPANS / 2)
    expect(await inDocument(page)).toBeLessThan(100)
    const last = (await rowCount(page)) + 1
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('End')
    await page.locator(`[data-testid=waterfall-row][aria-rowindex="${last}"]`).waitFor()
    expect(await inDocument(page)).toBeLessThan(100)
  }, 60_000)

  test('is folded by a key, searched by a word, zoomed by the wheel', async () => {
    const page = await open(BIG)
    const all = await rowCount(page)
    await page.keyboard.press('c')
    expect(await rowCount(page)).toBeLessThan(all)
    // What is gone to is uncovered, however deep it lies.
    await page.keyboard.press('e')
    await page.locator('[data-testid=waterfall-row].cursor').getByText('error').waitFor()
    expect(await rowCount(page)).toBeLessThan(all)
    await page.keyboard.press('x')
    expect(await rowCount(page)).toBe(all)
    await page.keyboard.press('f')
    await page.keyboard.type('operation 13')
    await page.getByTestId('find-count').getByText('matches').waitFor()
    const [found = ''] = await texts(page, 'find-count')
    expect(Number(/^[\d,]+/.exec(found)?.[0].replaceAll(',', ''))).toBeGreaterThan(1000)
    await page.keyboard.press('Escape')
    await page.getByTestId('trace-waterfall').hover()
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, -400)
    await page.keyboard.up('Control')
    await page.waitForURL(/window=\d+-\d+/)
  }, 60_000)

  test('may be 50,000 deep', async () => {
    const page = await open(DEEP)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('End')
    await page.locator('[data-testid=waterfall-row][aria-level="50000"]').waitFor()
    await page.keyboard.press('Home')
    await page.locator('[data-testid=waterfall-row][aria-level="1"]').waitFor()
  }, 60_000)
})
