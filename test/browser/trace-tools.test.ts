// Working with a trace: its views, the overview, zoom and pan, another span on top, folds by rule, filters that dim.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { idFrom, postSpans, type WireSpan, wireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, texts } from './browser.ts'

const TRACE = idFrom('tools')
const now = Date.now() * 1000

function span(name: string, parent: string | undefined, at: number, duration: number, more: WireSpan = {}) {
  return wireSpan({
    traceId: TRACE,
    id: idFrom(name),
    ...(parent === undefined ? {} : { parentId: idFrom(parent) }),
    kind: 'SERVER',
    name,
    timestamp: now + at,
    duration,
    localEndpoint: { serviceName: name.startsWith('db') ? 'bank' : 'shop' },
    ...more,
  })
}

const SPANS: readonly WireSpan[] = [
  span('root', undefined, 0, 100_000),
  span('cart', 'root', 5000, 40_000),
  span('db read', 'cart', 10_000, 20_000),
  span('pay', 'root', 50_000, 45_000),
  span('db write', 'pay', 60_000, 30_000, { tags: { error: 'deadlock' } }),
]

describeInBrowser('the tools of the trace page', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
    expect((await postSpans(server.url, SPANS)).status).toBe(202)
  })
  afterAll(() => server?.stop())

  const open = async (search = '') => {
    const page = await visit(`${server.url}/traces/${TRACE}${search}`)
    await page.getByTestId('trace-view').waitFor()
    return page
  }
  const rows = async (page: Page) =>
    (await texts(page, 'waterfall-row')).map((row) => /root|cart|db read|pay|db write/.exec(row)?.[0])
  const parameter = (page: Page, name: string) => new URL(page.url()).searchParams.get(name)

  test('each view has a key and an address, which a reload shows again', async () => {
    const page = await open()
    for (const [key, view] of Object.entries({ 2: 'flame', 3: 'icicle', 4: 'table', 5: 'services' })) {
      await page.keyboard.press(key)
      await page.waitForURL(new RegExp(`view=${view}`))
      await page.reload()
      await page
        .getByTestId('trace-view')
        .locator(`input[value=${view}]:checked`)
        .waitFor({ state: 'attached' })
    }
    await page.goBack()
    await page.waitForURL(/view=table/)
    await page.keyboard.press('1')
    await page.getByTestId('trace-waterfall').waitFor()
  })

  test('a stretch dragged on the overview comes into sight; 0 shows everything again', async () => {
    const page = await open()
    const box = await page.getByTestId('minimap').boundingBox()
    if (!box) throw new Error('no overview')
    await page.mouse.move(box.x + box.width * 0.5, box.y + 10)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.75, box.y + 10, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL(/window=/)
    const [start = 0, end = 0] = (parameter(page, 'window') ?? '').split('-').map(Number)
    expect([Math.round(start / 1000), Math.round(end / 1000)]).toEqual([50, 75])
    await page.keyboard.press('0')
    await page.waitForURL((url) => !url.searchParams.has('window'))
  })

  test('keys zoom in around the middle and pan, and stop at the ends', async () => {
    const page = await open()
    await page.getByTestId('trace-waterfall').focus()
    await page.keyboard.press('+')
    await page.waitForURL(/window=20000-80000/)
    for (let i = 0; i < 9; i++) await page.keyboard.press('Shift+ArrowRight')
    await page.waitForURL(/window=40000-100000/)
    await page.keyboard.press('-')
    await page.waitForURL(/window=20000-100000/)
    await page.keyboard.press('-')
    await page.waitForURL((url) => !url.searchParams.has('window'))
  })

  test('r puts the span under the cursor on top, alone with what is below it, and takes it down again', async () => {
    const page = await open()
    await page.getByTestId('trace-waterfall').focus()
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('r')
    await page.waitForURL(/root=/)
    expect(await rows(page)).toEqual(['pay', 'db write'])
    await page.reload()
    await page.getByTestId('waterfall-row').first().waitFor()
    expect(await rows(page)).toEqual(['pay', 'db write'])
    await page.keyboard.press('r')
    await page.waitForURL((url) => !url.searchParams.has('root'))
    expect(await rows(page)).toHaveLength(5)
  })

  test('folds by level and by service are in the address', async () => {
    const page = await open()
    await page.getByTestId('fold').click()
    await page.getByRole('button', { name: 'Show 1 level' }).click()
    await page.waitForURL(/collapsed=d1/)
    expect(await rows(page)).toEqual(['root', 'cart', 'pay'])
    await page.keyboard.press('x')
    await page.waitForURL((url) => !url.searchParams.has('collapsed'))
    expect(await rows(page)).toHaveLength(5)
  })

  test('a filter dims what does not match and leaves it in its place', async () => {
    const page = await open()
    await page.getByTestId('trace-filter').click()
    await page.getByRole('checkbox', { name: 'Errors' }).check()
    await page.waitForURL(/dim=errors/)
    const dimmed = page.locator('[data-testid=waterfall-row].dimmed')
    expect([await rows(page), await dimmed.count()]).toEqual([
      ['root', 'cart', 'db read', 'pay', 'db write'],
      4,
    ])
  })

  test('what was looked for is in the address, and is found again by whoever opens it', async () => {
    const page = await open('?find=deadlock')
    await page.getByTestId('find-count').getByText('1 match').waitFor()
    await page.keyboard.press('n')
    await page.keyboard.press('Enter')
    await page.getByTestId('span-detail').getByText('deadlock').first().waitFor()
  })
})
