/** @jest-environment jsdom */
// The search page: the one box, the list, and what stands there when there is no list.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { flushSync } from 'svelte'
import { loadServices } from '../api/names.svelte.ts'
import { router } from '../routing/router.svelte.ts'
import { mounted, press, serve, until } from '../testing/mounted.ts'
import SearchPage from './SearchPage.svelte'

const trace = (traceId: string, errorCount = 0) => ({
  traceId,
  start: 1_763_676_434_482_000,
  duration: 412_000,
  rootService: 'web',
  rootOperation: 'get /cart',
  spanCount: 9,
  errorCount,
  services: [{ name: 'web', spanCount: 9, errorCount }],
  requestIds: ['req/1'],
})
const list = (traces: unknown[], more: Record<string, unknown> = {}) => ({
  body: { traces, next: null, complete: true, ...more },
})

let page: ReturnType<typeof mounted> | undefined

beforeEach(() => router.push('/'))
afterEach(() => page?.remove())

async function open(answers: Parameters<typeof serve>[0]) {
  const asked = serve(answers)
  await loadServices()
  const opened = mounted(SearchPage, {})
  page = opened
  await until(() => asked.some((path) => path.startsWith('/rest/v1/traces?')), 'the list was asked for')
  const box = opened.all('search-box')[0]
  if (!(box instanceof HTMLInputElement)) throw new Error('no search box')
  const type = (text: string) => {
    box.value = text
    box.dispatchEvent(new Event('input', { bubbles: true }))
    flushSync()
  }
  const button = (name: string) =>
    [...opened.target.querySelectorAll('button')].find((each) => each.textContent.trim() === name)
  return { ...opened, target: opened.target, asked, box, type, button, text: () => opened.target.textContent }
}

const services = { body: { services: ['bank', 'web', 'web-admin'], complete: true } }

test('each trace is a row with links to it and to its request', async () => {
  const { all, target } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([trace('a1', 2), trace('b2')]),
  })
  await until(() => all('result-row').length === 2, 'rows are shown')
  const hrefs = [...target.querySelectorAll('[data-testid="result-row"] a')].map((a) =>
    a.getAttribute('href'),
  )
  expect(hrefs).toEqual(['/traces/a1', '/requests/req%2F1', '/traces/b2', '/requests/req%2F1'])
  expect(all('result-row')[0]?.textContent).toContain('2 errors')
  expect(target.querySelector('[role="status"][aria-live]')?.textContent).toBe('2 traces')
})

test('a pasted request id opens the request', async () => {
  const { type, box } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([]),
    '/rest/v1/requests/req-7': { body: { requestId: 'req-7', traces: [] } },
  })
  type(' "req-7", ')
  press(box, 'Enter')
  await until(() => router.route.page === 'request', 'the request page is named by the URL')
  expect(router.route).toEqual({ page: 'request', requestId: 'req-7' })
})

test('a request id may look like words, and is found nevertheless; TraceQL is never looked up', async () => {
  const { type, box, asked } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([]),
    '/rest/v1/requests/order%20a%3D1': { body: { requestId: 'order a=1', traces: [] } },
  })
  type('{ .a = 1 }')
  press(box, 'Enter')
  expect(router.search).toBe('q=%7B+.a+%3D+1+%7D')
  expect(asked.some((path) => path.startsWith('/rest/v1/requests/'))).toBe(false)
  type('order a=1')
  press(box, 'Enter')
  await until(() => router.route.page === 'request', 'the request page is named by the URL')
})

test('services are suggested, and the arrows and Enter choose one', async () => {
  const { type, box, target } = await open({ '/rest/v1/services': services, '/rest/v1/traces': list([]) })
  type('web')
  expect(box.getAttribute('aria-expanded')).toBe('true')
  press(box, 'ArrowDown')
  press(box, 'ArrowDown')
  const active = box.getAttribute('aria-activedescendant') ?? ''
  expect(target.querySelector(`[id="${active}"]`)?.textContent.trim()).toBe('web-admin')
  press(box, 'Enter')
  expect(router.search).toBe('service=web-admin')
})

test('the list of services says so when there are more than it has', async () => {
  const note = 'There are more names than are listed.'
  const lists = async (complete: boolean) => {
    const { target, remove } = await open({
      '/rest/v1/services': { body: { services: ['web'], complete } },
      '/rest/v1/traces': list([]),
    })
    const field = target.querySelector<HTMLInputElement>('input[aria-label="Service"]')
    field?.click()
    flushSync()
    const text = field?.closest('.combobox')?.querySelector('ul:not([hidden])')?.textContent
    await remove()
    page = undefined
    return text
  }
  expect(await lists(false)).toContain(note)
  expect(await lists(true)).not.toContain(note)
})

test('a word that is no id and no service becomes a query, and is said to be nowhere if that finds nothing', async () => {
  const { type, box, text, asked } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([]),
  })
  type('deadbeefdeadbeef')
  press(box, 'Enter')
  await until(() => text().includes('Nothing found'), 'the answer is shown')
  expect(router.search).toBe('q=deadbeefdeadbeef')
  expect(asked).toEqual(
    expect.arrayContaining([
      '/rest/v1/traces/deadbeefdeadbeef',
      '/rest/v1/requests/deadbeefdeadbeef',
      expect.stringMatching(/^\/rest\/v1\/traces\?q=deadbeefdeadbeef&/),
    ]),
  )
  expect(text()).toContain('No request, trace or service goes by it')
})

test('a fresh install shows how to send the first span', async () => {
  const { text } = await open({
    '/rest/v1/services': { body: { services: [] } },
    '/rest/v1/traces': list([]),
  })
  await until(() => text().includes('Nothing has arrived yet'), 'the first steps are shown')
  expect(text()).toContain('/api/v2/spans')
  expect(text()).toContain('npm run demo')
})

test('filters without a match offer to be dropped', async () => {
  router.push('/?q=a+b&service=bank&error=true&range=1h')
  const { text, target } = await open({ '/rest/v1/services': services, '/rest/v1/traces': list([]) })
  await until(() => text().includes('No trace matches'), 'the empty list is explained')
  const hrefs = [...target.querySelectorAll('section a')].map((a) => a.getAttribute('href'))
  expect(hrefs).toContain('/?q=a+b&error=true&range=1h')
  expect(hrefs).toContain('/?service=bank&error=true&range=1h')
  expect(hrefs).toContain('/?q=a+b&service=bank&error=true&range=6h')
})

test('more is loaded behind the list, a repeated trace once', async () => {
  const { text, all, button } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([trace('a1')], { next: 'c2' }),
  })
  await until(() => text().includes('Newest 1 trace'), 'the first page is shown')
  const asked = serve({ '/rest/v1/traces': list([trace('a1'), trace('b2')]) })
  button('Load more')?.click()
  await until(() => all('result-row').length === 2, 'the second page is added')
  expect(asked).toEqual([expect.stringContaining('cursor=c2')])
})

test('a search that stopped says how far it came and goes on, until nothing is left out', async () => {
  router.push('/?q=%7B+.a+%3D+1+%7D')
  const stopped = { next: 'c2', complete: false, scanned: { traces: 40, spans: 900 }, stoppedAt: 0 }
  const { text, button, all } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([], stopped),
  })
  await until(() => text().includes('No traces found so far'), 'it is not said that there is none')
  expect(text()).toMatch(/Looked at 40 traces with 900 spans, back to (1970|1969)-/)
  expect(text()).not.toContain('No trace matches')
  serve({ '/rest/v1/traces': list([trace('a1')], { ...stopped, next: 'c3' }) })
  button('Go on looking')?.click()
  await until(() => text().includes('1 trace found so far'), 'the second part is added')
  expect(text()).toContain('Looked at 80 traces with 1,800 spans')
  const asked = serve({ '/rest/v1/traces': list([trace('b2')]) })
  button('Go on looking')?.click()
  await until(() => all('result-row').length === 2, 'the last part is added')
  expect(asked).toEqual([expect.stringContaining('cursor=c3')])
  expect(text()).not.toContain('Looked at')
  expect(text()).toContain('2 traces')
})

test('a query keeps the filters, stands in the box, and runs again on Enter; emptied it is dropped', async () => {
  router.push('/?error=true&sort=duration')
  const { type, box, asked } = await open({ '/rest/v1/services': services, '/rest/v1/traces': list([]) })
  type(' checkout >500ms ')
  press(box, 'Enter')
  await until(() => router.search === 'q=checkout+%3E500ms&error=true&sort=duration', 'the URL holds it')
  await until(() => box.value === 'checkout >500ms', 'the box shows what was asked')
  const searches = () => asked.filter((path) => path.startsWith('/rest/v1/traces?')).length
  await until(() => searches() === 2, 'it was run')
  press(box, 'Enter')
  await until(() => searches() === 3, 'it was run again')
  type('')
  box.dispatchEvent(new FocusEvent('focusout', { bubbles: true }))
  expect(router.search).toBe('error=true&sort=duration')
})

test('words are shown as the TraceQL made of them, which can be edited in the box', async () => {
  router.push('/?q=error+%3E1s')
  const query = { text: '{ status = error && duration > 1s }', fromWords: true }
  const { text, button, box } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([trace('a1')], { query }),
  })
  await until(() => text().includes('Searched for'), 'the query is shown')
  expect(box.value).toBe('error >1s')
  button('Edit as TraceQL')?.click()
  flushSync()
  expect(box.value).toBe(query.text)
  expect(document.activeElement).toBe(box)
})

test('TraceQL is not said twice', async () => {
  router.push('/?q=%7B+%7D')
  const { text, all } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([trace('a1')], { query: { text: '{ }', fromWords: false } }),
  })
  await until(() => all('result-row').length === 1, 'the list is shown')
  expect(text()).not.toContain('Searched for')
})

test('a mistake is marked in the query and in the box, tied to it, and the suggestion runs', async () => {
  router.push('/?error=true&q=%7B+nmae+%3D+%22a%22+%7D')
  const body = {
    title: 'The query is invalid',
    detail: 'q: There is no field nmae. Here: { ⟪nmae⟫ = "a" } Did you mean { name = "a" } ?',
    code: 'query-invalid',
    at: 2,
    length: 4,
    suggestion: '{ name = "a" }',
  }
  const { target, box } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': { status: 400, body },
  })
  await until(() => target.querySelector('[role="alert"]') !== null, 'the mistake is shown')
  const described = target.querySelector(`[id="${box.getAttribute('aria-describedby')}"]`)
  expect(described?.textContent.trim()).toBe('There is no field nmae.')
  expect(box.getAttribute('aria-invalid')).toBe('true')
  expect(target.querySelector('mark')?.textContent).toBe('mistake here: nmae')
  expect(box.value.slice(box.selectionStart ?? 0, box.selectionEnd ?? 0)).toBe('nmae')
  expect(target.querySelector('[role="alert"] a')?.getAttribute('href')).toBe(
    '/?q=%7B+name+%3D+%22a%22+%7D&error=true',
  )
})

test('the list is asked for in the order chosen, and its words fit', async () => {
  const { target, asked, text } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([trace('a1')], { next: 'c2' }),
  })
  const select = target.querySelector<HTMLSelectElement>('select[aria-label="Sort by"]')
  if (!select) throw new Error('no sort control')
  select.value = 'duration'
  select.dispatchEvent(new Event('change', { bubbles: true }))
  expect(router.search).toBe('sort=duration')
  await until(() => asked.some((path) => path.includes('sort=duration')), 'the list is asked for anew')
  await until(() => text().includes('Slowest 1 trace'), 'the words fit')
})

test('a server that fails shows its own words', async () => {
  const problem = {
    title: 'Storage is unavailable',
    detail: 'Elasticsearch did not answer.',
    code: 'storage_unavailable',
  }
  const { text } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': { status: 503, body: problem },
  })
  await until(() => text().includes('Storage is unavailable'), 'the problem is shown')
  expect(text()).toContain('Elasticsearch did not answer.')
})
