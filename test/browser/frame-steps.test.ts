// Steps from page to page and within one: by key, by link, and what the address keeps of them.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { idFrom, postSpans, wireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser } from './browser.ts'

const TRACE = idFrom('frame', 'steps')

describeInBrowser('the frame', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
    await postSpans(server.url, [wireSpan({ traceId: TRACE, localEndpoint: { serviceName: 'framed' } })])
  })
  afterAll(() => server?.stop())

  test('keys of the page work after a click on a choice, whose own keys still do', async () => {
    const page = await visit(`${server.url}/traces/${TRACE}`)
    const views = page.getByRole('radio')
    await page.getByText('Table', { exact: true }).first().click()
    await page.waitForURL(/view=table/)
    await page.keyboard.press('ArrowRight')
    await page.waitForURL(/view=services/)
    expect(await views.and(page.locator(':focus')).count()).toBe(1)
    await page.keyboard.press('1')
    await page.waitForURL((url) => !url.searchParams.has('view'))
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
  })

  test('the chosen time goes along to the other pages, by link and by key', async () => {
    const page = await visit(`${server.url}/services?range=6h`)
    await page.getByRole('link', { name: 'Graph', exact: true }).click()
    await page.waitForURL(`${server.url}/graph?range=6h`)
    await page.keyboard.press('g')
    await page.keyboard.press('v')
    await page.waitForURL(`${server.url}/services?range=6h`)
  })

  test('what was changed just before the page was reloaded or left is there again', async () => {
    const page = await visit(`${server.url}/traces/${TRACE}`)
    const rows = page.getByTestId('waterfall-row')
    await rows.first().waitFor()
    const plain = page.url()
    const reloaded = page.waitForEvent('load')
    await page.evaluate(() => {
      window.dispatchEvent(new KeyboardEvent('keydown', { key: '+', bubbles: true }))
      window.location.reload()
    })
    await reloaded
    await rows.first().waitFor()
    const once = page.url()
    expect(once).not.toBe(plain)

    await page.evaluate(() => {
      for (let i = 0; i < 3; i++)
        window.dispatchEvent(new KeyboardEvent('keydown', { key: '+', bubbles: true }))
      window.location.href = '/docs'
    })
    await page.waitForURL(/docs/)
    await page.goBack()
    await rows.first().waitFor()
    const width = (url: string) => {
      const [from = 0, to = 0] = (new URL(url).searchParams.get('window') ?? '').split('-').map(Number)
      return to - from
    }
    expect(width(page.url())).toBeLessThan(width(once) * 0.3)
  })
})
