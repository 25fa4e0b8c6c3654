// The frame of every browser test: a real browser, and a page that is watched for what no test may cause.
import { afterAll, afterEach, beforeAll, describe, expect } from '@jest/globals'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { findBrowser } from './chromium-path.ts'

const REQUIRED = process.env['HOPSCOPE_REQUIRE_BACKENDS'] === '1'
const NONE = 'the packaged Chromium does not start here, and no other Chromium or Chrome is installed'
const program = findBrowser()

interface VisitOptions {
  readonly width?: number
  readonly height?: number
  readonly dark?: boolean
}

/** Opens a page of a browser profile of its own, which goes away with the test. */
export type Visit = (url: string, options?: VisitOptions) => Promise<Page>

/**
 * A group of tests with a browser. After each, the test fails if a script of the page threw, the page broke its
 * security policy, or it asked anything of another origin.
 */
export function describeInBrowser(name: string, body: (visit: Visit) => void): void {
  if (program === undefined && !REQUIRED) {
    describe.skip(`${name} (no browser: ${NONE})`, () => body(() => Promise.reject(new Error(NONE))))
    return
  }
  describe(name, () => {
    let browser: Browser | undefined
    const contexts: BrowserContext[] = []
    const troubles: string[] = []

    beforeAll(async () => {
      if (program === undefined) throw new Error(NONE)
      const { executablePath, args } = program
      browser = await chromium.launch({ executablePath, args: [...args] })
    })
    afterEach(async () => {
      await Promise.all(contexts.splice(0).map((context) => context.close()))
      expect(troubles.splice(0)).toEqual([])
    })
    afterAll(() => browser?.close())

    body(async (url, { width = 1440, height = 900, dark = false } = {}) => {
      if (browser === undefined) throw new Error('the browser is started before the tests')
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: dark ? 'dark' : 'light',
        reducedMotion: 'reduce',
      })
      contexts.push(context)
      context.setDefaultTimeout(10_000)
      const page = await context.newPage()
      watch(page, new URL(url).origin, troubles)
      await page.goto(url)
      return page
    })
  })
}

function watch(page: Page, origin: string, troubles: string[]): void {
  page.on('pageerror', (error) => troubles.push(`a script threw: ${String(error)}`))
  page.on('crash', () => troubles.push('the page crashed'))
  page.on('dialog', (dialog) => {
    troubles.push(`a dialog opened: ${dialog.message()}`)
    dialog.dismiss().catch((error: unknown) => troubles.push(String(error)))
  })
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) troubles.push(message.text())
  })
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) troubles.push(`asked another origin: ${request.url()}`)
  })
}

/** The text as people read it: runs of white space as one space. */
export const words = (text: string | null) => (text ?? '').replace(/\s+/g, ' ').trim()

/** What each of the elements with this test id reads, in order. */
export async function texts(page: Page, testid: string): Promise<string[]> {
  return (await page.getByTestId(testid).allTextContents()).map(words)
}

/** How far the page is wider than its window. */
export const overflow = (page: Page) =>
  page.evaluate(() => {
    const widths = [...document.querySelectorAll('html, body, main, .page')].map(
      (box) => box.scrollWidth - box.clientWidth,
    )
    return Math.max(...widths)
  })
