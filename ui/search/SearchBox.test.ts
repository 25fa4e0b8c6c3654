/** @jest-environment jsdom */
// The one box: what it opens, suggests and asks for.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { flushSync } from 'svelte'
import { router } from '../routing/router.svelte.ts'
import { press, until } from '../testing/mounted.ts'
import { close, list, open, services, trace } from './search-page.fixture.ts'

beforeEach(() => router.push('/'))
afterEach(close)

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
    const { target } = await open({
      '/rest/v1/services': { body: { services: ['web'], complete } },
      '/rest/v1/traces': list([]),
    })
    const field = target.querySelector<HTMLInputElement>('input[aria-label="Service"]')
    field?.click()
    flushSync()
    const text = field?.closest('.combobox')?.querySelector('ul:not([hidden])')?.textContent
    await close()
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
