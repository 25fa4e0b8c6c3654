/** @jest-environment jsdom */
// The search page: the one box, the list, and what stands there when there is no list.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { flushSync } from 'svelte'
import { loadServices } from '../state/names.svelte.ts'
import { router } from '../state/router.svelte.ts'
import { mounted, press, serve, until } from './mounted.ts'
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
  return { ...opened, target: opened.target, asked, box, type, text: () => opened.target.textContent }
}

const services = { body: ['bank', 'web', 'web-admin'] }

test('each trace is a row with links to it and to its request', async () => {
  const { all, target } = await open({
    '/api/v2/services': services,
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
    '/api/v2/services': services,
    '/rest/v1/traces': list([]),
    '/rest/v1/requests/req-7': { body: { requestId: 'req-7', traces: [] } },
  })
  type(' "req-7", ')
  press(box, 'Enter')
  await until(() => router.route.page === 'request', 'the request page is named by the URL')
  expect(router.route).toEqual({ page: 'request', requestId: 'req-7' })
})

test('services are suggested, and the arrows and Enter choose one', async () => {
  const { type, box, target } = await open({ '/api/v2/services': services, '/rest/v1/traces': list([]) })
  type('web')
  expect(box.getAttribute('aria-expanded')).toBe('true')
  press(box, 'ArrowDown')
  press(box, 'ArrowDown')
  const active = box.getAttribute('aria-activedescendant') ?? ''
  expect(target.querySelector(`[id="${active}"]`)?.textContent.trim()).toBe('web-admin')
  press(box, 'Enter')
  expect(router.search).toBe('service=web-admin')
})

test('what is nowhere is said to be nowhere, with what was tried', async () => {
  const { type, box, text } = await open({ '/api/v2/services': services, '/rest/v1/traces': list([]) })
  type('deadbeefdeadbeef')
  press(box, 'Enter')
  await until(() => text().includes('Nothing found'), 'the answer is shown')
  expect(text()).toContain('Tried: trace id, request id, service name.')
})

test('a fresh install shows how to send the first span', async () => {
  const { text } = await open({ '/api/v2/services': { body: [] }, '/rest/v1/traces': list([]) })
  await until(() => text().includes('Nothing has arrived yet'), 'the first steps are shown')
  expect(text()).toContain('/api/v2/spans')
  expect(text()).toContain('npm run demo')
})

test('filters without a match offer to be dropped', async () => {
  router.push('/?service=bank&error=true&range=1h')
  const { text, target } = await open({ '/api/v2/services': services, '/rest/v1/traces': list([]) })
  await until(() => text().includes('No trace matches'), 'the empty list is explained')
  const hrefs = [...target.querySelectorAll('section a')].map((a) => a.getAttribute('href'))
  expect(hrefs).toContain('/?error=true&range=1h')
  expect(hrefs).toContain('/?service=bank&error=true&range=6h')
})

test('a partial list says so, and more is loaded behind it', async () => {
  const { text, all, target } = await open({
    '/api/v2/services': services,
    '/rest/v1/traces': list([trace('a1')], {
      next: 'c2',
      complete: false,
      note: '2 of 12 shards did not answer.',
    }),
  })
  await until(() => all('result-row').length === 1, 'the first page is shown')
  expect(text()).toContain('2 of 12 shards did not answer.')
  serve({ '/rest/v1/traces': list([trace('a1'), trace('b2')]) })
  const more = [...target.querySelectorAll('button')].find((each) => each.textContent.includes('Load more'))
  more?.click()
  await until(() => all('result-row').length === 2, 'the second page is added, a repeated trace once')
})

test('a server that fails shows its own words', async () => {
  const problem = {
    title: 'Storage is unavailable',
    detail: 'Elasticsearch did not answer.',
    code: 'storage_unavailable',
  }
  const { text } = await open({
    '/api/v2/services': services,
    '/rest/v1/traces': { status: 503, body: problem },
  })
  await until(() => text().includes('Storage is unavailable'), 'the problem is shown')
  expect(text()).toContain('Elasticsearch did not answer.')
})
