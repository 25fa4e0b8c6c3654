// The frame around the pages: language and theme, addresses and history, the keyboard, files, and a server that goes away.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { idFrom, postSpans, wireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser, words } from './browser.ts'

const REQUEST = 'framed-request'
const [TRACE, OTHER] = [idFrom('frame', 'a'), idFrom('frame', 'b')]

/** Every page's address, and what it shows of itself in its title. */
const ADDRESSES: readonly (readonly [path: string, title: RegExp])[] = [
  ['/', /Hopscope/],
  [`/requests/${REQUEST}`, /framed-request/],
  [`/traces/${TRACE}`, /get \/framed/],
  ['/services', /Services/],
  ['/services/framed', /framed/],
  ['/graph', /[Gg]raph/],
  [`/compare/${TRACE}/${OTHER}`, /[Cc]ompar/],
  ['/file', /[Ff]ile/],
]

/** Goes there as a link of the viewer would, without loading it anew. */
async function follow(page: Page, path: string): Promise<void> {
  await page.evaluate((href) => {
    const link = document.createElement('a')
    link.href = href
    document.body.append(link)
    link.click()
    link.remove()
  }, path)
}

const shows = (page: Page, title: RegExp) =>
  page.waitForFunction(([source, flags]) => new RegExp(source, flags).test(document.title), [
    title.source,
    title.flags,
  ] as const)

describeInBrowser('the frame', (visit) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
    const span = {
      name: 'get /framed',
      localEndpoint: { serviceName: 'framed' },
      tags: { request_id: REQUEST },
    }
    await postSpans(server.url, [
      wireSpan({ ...span, traceId: TRACE }),
      wireSpan({ ...span, traceId: OTHER }),
    ])
  })
  afterAll(() => server?.stop())

  test('speaks Chinese when told to, also after a reload, and English again', async () => {
    const page = await visit(`${server.url}/services`)
    const language = () => page.evaluate(() => document.documentElement.lang)
    const choose = async (name: string) => {
      await page.getByTestId('settings').click()
      await page.getByTestId('language').getByText(name).click()
    }
    expect(await language()).toBe('en-US')
    await choose('简体中文')
    await page.getByRole('link', { name: '服务', exact: true }).waitFor()
    await page.reload()
    await page.getByRole('link', { name: '服务', exact: true }).waitFor()
    expect(await language()).toBe('zh-CN')
    await choose('English')
    await page.getByRole('link', { name: 'Services', exact: true }).waitFor()
    await page.reload()
    await page.getByRole('link', { name: 'Services', exact: true }).waitFor()
    expect(await language()).toBe('en-US')
  })

  test('has the chosen theme from the first paint on, and the system’s when told so', async () => {
    const page = await visit(server.url, { dark: true })
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const choose = async (name: string) => {
      await page.getByTestId('settings').click()
      await page.getByTestId('theme').getByText(name, { exact: true }).click()
      await page.keyboard.press('Escape')
      return ground()
    }
    const dark = await ground()
    const light = await choose('Light')
    const contrast = await choose('High contrast')
    expect(new Set([dark, light, contrast]).size).toBe(3)
    await page.reload({ waitUntil: 'commit' })
    await page.waitForFunction(() => document.documentElement.dataset['theme'] === 'contrast')
    await page.getByTestId('settings').waitFor()
    expect(await ground()).toBe(contrast)
    expect(await choose('As the system')).toBe(dark)
    await page.emulateMedia({ contrast: 'more' })
    expect(await ground()).toBe(contrast)
  })

  test('every page has an address that opens it again, and back and forward go through all of them', async () => {
    const page = await visit(server.url)
    for (const [path, title] of ADDRESSES) {
      await follow(page, path)
      await shows(page, title)
    }
    for (const [path, title] of ADDRESSES.slice(0, -1).toReversed()) {
      await page.goBack()
      await shows(page, title)
      expect(new URL(page.url()).pathname).toBe(path)
    }
    for (const [path, title] of ADDRESSES.slice(1)) {
      await page.goForward()
      await shows(page, title)
      expect(new URL(page.url()).pathname).toBe(path)
    }
    for (const [path, title] of ADDRESSES) {
      await page.goto(server.url + path)
      await shows(page, title)
      const [before, here] = [await page.title(), page.url()]
      await page.reload()
      await shows(page, title)
      expect([await page.title(), page.url()]).toEqual([before, here])
    }
  })

  test('says that there is no such page, and the way on', async () => {
    const page = await visit(`${server.url}/services`)
    await page.evaluate(() => {
      history.pushState(null, '', '/no/such/page')
      window.dispatchEvent(new PopStateEvent('popstate'))
    })
    const problem = page.getByRole('alert')
    await problem.getByRole('heading', { name: 'There is no page at /no/such/page' }).waitFor()
    await problem.getByRole('link', { name: 'Search' }).click()
    await page.getByTestId('result-row').first().waitFor()
    expect((await fetch(`${server.url}/no/such/page`)).status).toBe(404)
  })

  test('runs nothing inline: the policy of every page forbids it', async () => {
    for (const [path] of ADDRESSES) {
      const policy = (await fetch(server.url + path)).headers.get('content-security-policy') ?? ''
      expect([path, policy]).toEqual([path, expect.stringContaining("default-src 'self'")])
      expect([path, policy]).toEqual([path, expect.not.stringMatching(/unsafe-|data:|https?:|\*/)])
    }
  })

  test('is walked through by keyboard in reading order, the way to the content first', async () => {
    const page = await visit(`${server.url}/services`)
    await page.getByTestId('settings').waitFor()
    const names: string[] = []
    for (let i = 0; i < 9; i++) {
      await page.keyboard.press('Tab')
      names.push(
        await page.evaluate(() => {
          const { activeElement: at } = document
          return at?.getAttribute('aria-label') ?? at?.textContent ?? ''
        }),
      )
    }
    expect(names.map(words)).toEqual([
      'Skip to content',
      'Hopscope: search',
      'Search',
      'Services',
      'Graph',
      expect.stringMatching(/request id/i),
      'Open file',
      'API',
      'Settings',
    ])
    await page.reload()
    await page.getByTestId('settings').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
  })

  test('lists the keys of every room, and closes the list by Escape or a press beside it', async () => {
    const page = await visit(`${server.url}/services`)
    await page.getByTestId('settings').waitFor()
    await page.keyboard.press('?')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('heading', { name: 'Everywhere' }).waitFor()
    expect(await dialog.getByRole('heading', { level: 3 }).count()).toBeGreaterThanOrEqual(3)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    await page.keyboard.press('?')
    await dialog.waitFor()
    await page.mouse.click(5, 400)
    await dialog.waitFor({ state: 'hidden' })
  })

  test('takes a dropped file only: a text or several files are refused with a word', async () => {
    const page = await visit(`${server.url}/services`)
    await page.getByTestId('settings').waitFor()
    const drop = (files: number, text?: string) =>
      page.evaluate(
        ([count, words]) => {
          const data = new DataTransfer()
          if (words !== undefined) data.setData('text/plain', words)
          for (let i = 0; i < count; i++) data.items.add(new File(['[]'], `trace-${i}.json`))
          for (const type of ['dragover', 'drop'])
            document.body.dispatchEvent(
              new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }),
            )
        },
        [files, text] as const,
      )
    const refused = page.getByTestId('drop-refused')
    await drop(0, 'a text')
    await refused.getByText('That is no file').waitFor()
    await drop(2)
    await refused.getByText('not 2').waitFor()
    expect(new URL(page.url()).pathname).toBe('/services')
    await drop(1)
    await page.waitForURL(`${server.url}/file`)
    expect(await refused.count()).toBe(0)
  })

  test('a page whose file fails late does not replace the page one has gone on to', async () => {
    const page = await visit(`${server.url}/services`)
    await page.getByTestId('settings').waitFor()
    const fails: (() => void)[] = []
    await page.route('**/assets/GraphPage*.js', async (route) => {
      await new Promise<void>((resolve) => fails.push(resolve))
      await route.abort()
    })
    const failed = page.waitForEvent('requestfailed')
    const asked = page.waitForRequest('**/assets/GraphPage*.js')
    await follow(page, '/graph')
    await asked
    await follow(page, '/compare')
    await shows(page, /[Cc]ompar/)
    fails[0]?.()
    await failed
    await page.evaluate(() => new Promise(requestAnimationFrame))
    expect(await page.getByText('This page could not be loaded').count()).toBe(0)
    expect(new URL(page.url()).pathname).toBe('/compare')
  })
})

describeInBrowser('a server that is stopped', (visit) => {
  test('is said to be away by the frame, which sees it come back', async () => {
    let server = await startServer()
    const { url, dataDir } = server
    const page = await visit(`${url}/services`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await follow(page, '/file')
    await shows(page, /[Ff]ile/)
    await server.stop()
    await page.evaluate(() => window.dispatchEvent(new Event('offline')))
    const away = page.getByTestId('away')
    await away.getByText('The server can’t be reached').waitFor()
    await follow(page, '/services')
    const problem = page.getByRole('alert')
    await problem.getByText('Can’t reach the server').waitFor()
    await away.waitFor({ state: 'hidden' })

    server = await startServer({ dataDir, env: { QUERY_PORT: new URL(url).port } })
    await problem.getByText('The server answers again').waitFor()
    await problem.getByRole('button', { name: 'Try again' }).click()
    await problem.waitFor({ state: 'hidden' })
    await server.stop()
  })
})
