/** @jest-environment jsdom */
// The overview: rows, their order and filter in the address, and what stands there when there are none.
import { afterEach, expect, test } from '@jest/globals'
import { flushSync } from 'svelte'
import { loadServices } from '../api/names.svelte.ts'
import { router } from '../routing/router.svelte.ts'
import { type Answer, mounted, until } from '../testing/mounted.ts'
import { stepsOf, type Sums, totalsOf } from './services.fixture.ts'
import ServicesPage from './ServicesPage.svelte'

let page: ReturnType<typeof mounted> | undefined
afterEach(() => page?.remove())

const body = (value: unknown): Answer => ({ body: value })
const SUMS: Sums = {
  shop: [{ errors: 6, errorRatio: 0.1, p95: 40_000 }, { p95: 20_000 }],
  web: [{ rate: 4 }, { rate: 4 }],
  gone: [undefined, {}],
}

interface Server {
  readonly totals: Answer
  readonly steps?: Answer
  readonly names?: readonly string[]
}

/** Sums are asked for with the time before, and so from earlier on. */
async function open(
  address: string,
  { totals, steps = body(stepsOf('service', ['web', 'shop'])), names }: Server,
) {
  const asked: string[] = []
  const fetcher = (input: string) => {
    asked.push(input)
    const params = new URL(input, 'http://x').searchParams
    const isSums =
      Number(params.get('end')) - Number(params.get('start')) === 2 * parseInt(params.get('step') ?? '', 10)
    const known = { services: names ?? ['gone', 'shop', 'web'], complete: true }
    const { status = 200, body: value } = input.includes('/services') ? body(known) : isSums ? totals : steps
    return Promise.resolve({ ok: status < 400, status, json: () => Promise.resolve(value) })
  }
  Reflect.set(globalThis, 'fetch', fetcher)
  router.push(address)
  await loadServices()
  const opened = mounted(ServicesPage, {})
  page = opened
  const rows = () => opened.all('service-row')
  const shownNames = () => rows().map((row) => row.querySelector('th')?.textContent.trim())
  return {
    ...opened,
    target: opened.target,
    asked,
    rows,
    names: shownNames,
    text: () => opened.target.textContent,
  }
}

test('each service is a row with its numbers, what changed in words, and a link that keeps the time', async () => {
  const { rows, names, target } = await open('/services?range=6h', {
    totals: body(totalsOf('service', SUMS)),
  })
  await until(() => rows().length === 3, 'rows are shown')
  expect(names()).toEqual(['web', 'shop', 'gone'])
  const [web, shop, gone] = rows().map((row) => row.textContent.replace(/\s+/g, ' '))
  expect(web).toMatch(/No errors.*4\/s.*0 %.*10 ms.*20 ms.*30 ms/)
  expect(web).not.toContain('than in the time before')
  expect(shop).toMatch(/Failing.*10 %.*10 percentage points more than in the time before/)
  expect(shop).toContain('2 times as much as in the time before')
  expect(gone).toContain('Silent')
  const hrefs = [...target.querySelectorAll('tbody a')].map((link) => link.getAttribute('href'))
  expect(hrefs[0]).toBe('/services/web?range=6h')
})

test('a column is sorted by pressing its head, which says so and stands in the address', async () => {
  const { rows, names, target } = await open('/services', { totals: body(totalsOf('service', SUMS)) })
  await until(() => rows().length === 3, 'rows are shown')
  const head = (name: string) =>
    [...target.querySelectorAll('thead th')].find((each) => each.textContent.includes(name))
  expect(head('Rate')?.getAttribute('aria-sort')).toBe('descending')
  head('p95')?.querySelector('button')?.click()
  flushSync()
  expect([names(), router.search]).toEqual([['shop', 'web', 'gone'], 'sort=-p95'])
  expect([head('Rate'), head('p95')].map((each) => each?.getAttribute('aria-sort'))).toEqual([
    'none',
    'descending',
  ])
  head('p95')?.querySelector('button')?.click()
  flushSync()
  expect([names(), router.search]).toEqual([['web', 'shop', 'gone'], 'sort=p95'])
})

test('the filter narrows the rows, says how many are left, and asks the server nothing', async () => {
  const { rows, names, target, asked, text } = await open('/services?filter=SH', {
    totals: body(totalsOf('service', SUMS)),
  })
  await until(() => rows().length === 1, 'one row is shown')
  expect([names(), text().includes('1 of 3 services')]).toEqual([['shop'], true])
  const before = asked.length
  const field = target.querySelector<HTMLInputElement>('input[type="search"]')
  if (!field) throw new Error('no filter')
  field.value = 'nothing'
  field.dispatchEvent(new Event('input', { bubbles: true }))
  flushSync()
  expect([rows().length, router.search, asked.length]).toEqual([0, 'filter=nothing', before])
  expect(text()).toContain('No name holds “nothing”')
})

test('a list that is cut says so, and of nobody that it was not called', async () => {
  const { rows, text, all } = await open('/services', {
    totals: body(totalsOf('service', { web: [{}] }, false)),
    names: ['db-sync', 'web'],
  })
  await until(() => rows().length === 1, 'the row is shown')
  expect(text()).toContain('There are more: these are the 1 with the most calls.')
  expect(all('quiet-services')).toHaveLength(0)
})

test('services that were not called are still to be found, and how many are not listed is said', async () => {
  const names = ['db-sync', 'web', ...Array.from({ length: 70 }, (_, i) => `quiet-${i}`)]
  const { rows, all } = await open('/services', { totals: body(totalsOf('service', { web: [{}] })), names })
  await until(() => rows().length === 1, 'the row is shown')
  expect(all('quiet-services')[0]?.textContent).toContain('71 more services known')
  expect(all('quiet-services')[0]?.textContent).toContain('and 11 more')
  expect(all('quiet-services')[0]?.querySelector('a')?.getAttribute('href')).toBe('/services/db-sync')
})

test('a time without a call is said to be one, with longer ones to look at', async () => {
  const { all, text } = await open('/services?range=6h', { totals: body(totalsOf('service', {})) })
  await until(() => all('no-calls').length === 1, 'it says so')
  expect(text()).toContain('No service was called in this time')
  const hrefs = [...(all('no-calls')[0]?.querySelectorAll('a') ?? [])].map((link) =>
    link.getAttribute('href'),
  )
  expect(hrefs).toEqual(['/services?range=24h', '/services?range=7d'])
})

test('a server without search says what it can do', async () => {
  const problem = { title: 'Search is disabled', status: 403, detail: 'no', code: 'search-disabled' }
  const { all, text } = await open('/services', { totals: { status: 403, body: problem } })
  await until(() => all('search-disabled').length === 1, 'it says so')
  expect(text()).toContain('SEARCH_ENABLED=false')
  expect(all('search-disabled')[0]?.querySelector('a')?.getAttribute('href')).toBe('/graph')
})

test('a server that fails is a problem in its own words, to be asked again', async () => {
  const problem = {
    title: 'Storage is unavailable',
    status: 503,
    detail: 'It did not answer.',
    code: 'storage',
  }
  const { target, text, asked } = await open('/services', { totals: { status: 503, body: problem } })
  await until(() => text().includes('Storage is unavailable'), 'the problem is shown')
  const before = asked.length
  const again = [...target.querySelectorAll('button')].find((each) => each.textContent.includes('Try again'))
  again?.click()
  await until(() => asked.length > before, 'it is asked again')
})

test('names of strangers are text', async () => {
  const name = '<img src=x onerror=alert(1)>\u202e'
  const { rows, target } = await open('/services', { totals: body(totalsOf('service', { [name]: [{}] })) })
  await until(() => rows().length === 1, 'the row is shown')
  expect(target.querySelector('img')).toBeNull()
  expect(rows()[0]?.textContent).toContain('<img src=x onerror=alert(1)>⟨U+202E⟩')
})
