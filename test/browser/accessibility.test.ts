// Everyone can use it: axe finds nothing wrong on any page, in any theme, on a phone.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { idFrom, postSpans, wireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, overflow } from './browser.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
}

const REQUEST = 'accessible-request'
const [TRACE, OTHER] = [idFrom('accessible', 'a'), idFrom('accessible', 'b')]
const START = Date.now() * 1000 - 60_000_000

/** A request of web, checkout and bank, with a failure, an annotation and a tag. */
const traceOf = (traceId: string, at: number, slow: number) =>
  ['web', 'checkout', 'bank'].flatMap((serviceName, i) => {
    const [id, caller] = [idFrom(traceId, i), idFrom(traceId, i - 1)]
    const timestamp = START + at + i * 20_000
    const shared = { traceId, id, name: `post /${serviceName}`, ...(i > 0 ? { parentId: caller } : {}) }
    const server = wireSpan({
      ...shared,
      kind: 'SERVER',
      shared: i > 0,
      timestamp: timestamp + 2000,
      duration: (4 - i) * slow,
      localEndpoint: { serviceName },
      annotations: [{ timestamp: timestamp + 5000, value: 'cache missed' }],
      tags: { 'http.method': 'POST', request_id: REQUEST, ...(i === 2 ? { error: 'card declined' } : {}) },
    })
    const called = ['web', 'checkout', 'bank'][i - 1]
    if (called === undefined) return [server]
    const client = { ...shared, kind: 'CLIENT', timestamp, duration: (4 - i) * slow + 5000 }
    return [wireSpan({ ...client, localEndpoint: { serviceName: called } }), server]
  })

const PAGES: readonly (readonly [name: string, path: string, ready: string])[] = [
  ['search', '/', 'main [data-testid="result-row"]'],
  ['request', `/requests/${REQUEST}`, 'main h1, main [data-testid="request-row"]'],
  ['trace: waterfall', `/traces/${TRACE}`, '[data-testid="waterfall-row"]'],
  ...['flame', 'icicle', 'table', 'services'].map(
    (view) => [`trace: ${view}`, `/traces/${TRACE}?view=${view}`, 'main .view > *'] as const,
  ),
  ['trace: a span open', `/traces/${TRACE}?span=${idFrom(TRACE, 2)}`, '[data-testid="waterfall-row"]'],
  ['services', '/services', 'main table, main h1'],
  ['service', '/services/checkout', 'main h1'],
  ['graph', '/graph', 'main canvas, main svg, main h1'],
  ['compare', `/compare/${TRACE}/${OTHER}`, 'main h1, main table, main [role="treegrid"]'],
  ['file', '/file', 'main h1, main h2, main button'],
]

const LOOKS = [
  { look: 'light', theme: 'light', width: 1440 },
  { look: 'dark', theme: 'dark', width: 1440 },
  { look: 'high contrast', theme: 'contrast', width: 1440 },
  { look: 'light, on a phone', theme: 'light', width: 380 },
] as const

/** What axe objects to, each as "rule: selector". */
async function objections(page: Page): Promise<string[]> {
  // Through the debugger, which the page's policy does not bind; only for the test.
  await page.evaluate(AXE)
  const { violations } = await page.evaluate<AxeResults, RunOptions>(
    (rules) =>
      (Reflect.get(globalThis, 'axe') as { run(options: RunOptions): Promise<AxeResults> }).run(rules),
    RULES,
  )
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}

describeInBrowser('axe', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
    await postSpans(server.url, [...traceOf(TRACE, 0, 30_000), ...traceOf(OTHER, 500_000, 45_000)])
  })
  afterAll(() => server?.stop())

  async function open(path: string, look: (typeof LOOKS)[number]): Promise<Page> {
    const page = await visit(`${server.url}/health`, { width: look.width, dark: look.theme === 'dark' })
    await page.evaluate((theme) => localStorage.setItem('hopscope.theme', theme), look.theme)
    await page.goto(server.url + path)
    return page
  }

  describe.each(LOOKS)('$look', (look) => {
    test.each(PAGES)('finds nothing on the page: %s', async (_, path, ready) => {
      const page = await open(path, look)
      await page.locator(ready).first().waitFor()
      await page.waitForLoadState('networkidle')
      expect(await objections(page)).toEqual([])
      expect(await overflow(page)).toBeLessThanOrEqual(0)
    })

    test('finds nothing on a page that there is not', async () => {
      const page = await open('/services', look)
      // The server knows no such page: the viewer comes to it by its own history only.
      await page.evaluate(() => {
        history.pushState(null, '', '/no/such/page')
        window.dispatchEvent(new PopStateEvent('popstate'))
      })
      await page.getByRole('heading', { name: 'There is no page at /no/such/page' }).waitFor()
      expect(await objections(page)).toEqual([])
    })

    test('finds nothing in the list of keys, the settings, and the suggestions', async () => {
      const page = await open('/services', look)
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
      expect(await objections(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByTestId('settings').click()
      await page.getByTestId('theme').waitFor()
      expect(await objections(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByTestId('search-box').fill('ch')
      await page.locator('[role="option"]').first().waitFor()
      expect(await objections(page)).toEqual([])
    })
  })

  test('forced colours keep the edges of controls and every service’s own colour', async () => {
    const page = await open('/', LOOKS[0])
    await page.emulateMedia({ forcedColors: 'active' })
    await page.getByTestId('result-row').first().waitFor()
    const seen = await page.evaluate(() => {
      const colour = (name: string) => {
        const probe = document.createElement('i')
        probe.style.setProperty('forced-color-adjust', 'none')
        probe.style.color = `var(--${name})`
        document.body.append(probe)
        return getComputedStyle(probe).color
      }
      const edge = getComputedStyle(document.querySelector('main .button') ?? document.body)
      return {
        edge: edge.borderTopColor,
        ground: edge.backgroundColor,
        services: Array.from({ length: 10 }, (_, i) => colour(`svc-${i}`)),
        ink: colour('ink'),
        page: colour('page'),
      }
    })
    expect(new Set(seen.services).size).toBe(10)
    expect(seen.ink).not.toBe(seen.page)
    expect(seen.edge).not.toBe(seen.ground)
  })
})
