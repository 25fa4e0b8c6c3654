// The reference page as people see it: made of the contract, offline, within its policy.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser } from './browser.ts'

const LEAST_OPERATIONS = 40

describeInBrowser('the reference page', (visit) => {
  let server: ServerProcess
  const errors: string[] = []
  beforeAll(async () => {
    server = await startServer()
  })
  afterEach(() => expect(errors.splice(0)).toEqual([]))
  afterAll(() => server.stop())

  /** By way of another page, so that nothing is missed of what this one writes to the console. */
  async function open(path: string, width = 1280): Promise<Page> {
    const page = await visit(`${server.url}/health`, { width })
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
    await page.goto(server.url + path)
    return page
  }

  test('shows every route of the REST API, with examples', async () => {
    const page = await open('/docs#?route=get-/rest/v1/traces')
    await page.getByRole('heading', { name: 'Find traces' }).waitFor()
    const paths = (await page.locator('nav .nav-bar-path').allTextContents()).map((text) => text.replace(/\s/g, ''))
    for (const path of ['traces', 'traces/{traceId}', 'requests/{requestId}', 'services', 'tags/{key}/values', 'export'])
      expect(paths).toContain(`get/rest/v1/${path}`)
    await page.getByText('{ .http.status_code >= 500 }').first().waitFor()
    const hints = await page.locator('[placeholder]').evaluateAll((boxes) => boxes.map((box) => box.getAttribute('placeholder')))
    expect(hints).not.toContain('[object Object]')
  }) // prettier-ignore

  test('opens every operation, and the components', async () => {
    const page = await open('/docs')
    const links = page.locator('nav .nav-bar-path')
    await links.first().waitFor()
    const ids = await links.evaluateAll((all) =>
      all.map((link) => link.getAttribute('data-content-id') ?? ''),
    )
    const operations = ids.filter((id) => !id.startsWith('cmp--'))
    expect(operations.length).toBeGreaterThan(LEAST_OPERATIONS)
    // All components are on one page, so any of them opens it.
    for (const id of [...operations, ...ids.slice(operations.length, operations.length + 1)]) {
      await page.locator(`nav [data-content-id="${id}"]`).click()
      await page.locator(`main [id="${id}"]`).waitFor()
    }
  })

  test('opens every operation on a phone, no wider than the phone', async () => {
    const page = await open('/docs', 390)
    const heads = page.locator('summary.endpoint-head')
    await heads.first().waitFor()
    const count = await heads.count()
    expect(count).toBeGreaterThan(LEAST_OPERATIONS)
    for (let i = 0; i < count; i++) {
      await heads.nth(i).click()
      await page.locator('.endpoint-body .response').waitFor()
      expect(await page.locator('main').evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0)
    }
  })

  test('lets one try a route on this server', async () => {
    const page = await open('/docs#?route=get-/rest/v1/services')
    const answered = page.waitForResponse((response) => response.url().includes('/rest/v1/services'))
    await page.getByRole('button', { name: 'Execute' }).click()
    expect((await answered).status()).toBe(200)
    await page.getByText('Response Status: OK (200)').waitFor()
  })
})
