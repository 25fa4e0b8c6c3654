// What the search box finds, and what people read when the server can't answer.
import { expect, test } from '@jest/globals'
import { type Api, ApiError, createApi } from './api.ts'
import { cleaned, resolve, suggestions } from './resolve.ts'
import { traceFromText } from './trace-fixture.ts'

const missing = () =>
  Promise.reject(new ApiError({ status: 404, title: 'Not found', detail: '', code: 'not_found' }))
const view = traceFromText('web SERVER get_/ 0 10')
const none: Api = {
  traces: () => Promise.resolve({ traces: [], next: null, complete: true }),
  request: missing,
  trace: missing,
  services: () => Promise.resolve([]),
  operations: () => Promise.resolve([]),
}
const request = () => Promise.resolve({ requestId: 'x', start: 0, duration: 1, complete: true, traces: [] })

test('sixteen or thirty-two hex digits are a trace first, then a request', async () => {
  const id = '5AF7183FB1D4CF5F'
  const both: Api = { ...none, trace: () => Promise.resolve(view), request }
  expect(await resolve(both, id, [])).toEqual({ found: true, href: '/traces/5af7183fb1d4cf5f' })
  expect(await resolve({ ...none, request }, id, [])).toEqual({ found: true, href: `/requests/${id}` })
})

test('a known service is a filter, anything else a request id', async () => {
  expect(await resolve(none, 'Web', ['web'])).toEqual({ found: true, href: '/?service=web' })
  expect(await resolve({ ...none, request }, 'req-7', ['web'])).toEqual({
    found: true,
    href: '/requests/req-7',
  })
})

test('when nothing is found, it says what was tried', async () => {
  expect(await resolve(none, 'deadbeefdeadbeef', ['web'])).toEqual({
    found: false,
    tried: ['trace id', 'request id', 'service name'],
  })
})

test('a server that fails is not "nothing found"', async () => {
  const broken = () => Promise.reject(new ApiError({ status: 503, title: 'Down', detail: '', code: '' }))
  await expect(resolve({ ...none, request: broken }, 'req-7', [])).rejects.toThrow('Down')
})

test('ids are taken as they get pasted', () => {
  for (const text of ['abc-1', ' "abc-1", ', 'X-Request-ID: abc-1', 'request_id=abc-1', "'abc-1'"]) {
    expect(cleaned(text)).toBe('abc-1')
  }
})

test('suggestions begin with the text before they hold it', () => {
  expect(suggestions(['pay-api', 'web', 'repay', 'Payment'], 'pay')).toEqual(['pay-api', 'Payment', 'repay'])
})

test('problem+json becomes its title and detail', async () => {
  const body = JSON.stringify({
    title: 'Bad query',
    status: 400,
    detail: 'minDuration is not a duration',
    code: 'q1',
  })
  const api = createApi(() => Promise.resolve(new Response(body, { status: 400 })))
  await expect(api.trace('x')).rejects.toMatchObject({
    status: 400,
    title: 'Bad query',
    detail: 'minDuration is not a duration',
    code: 'q1',
  })
})

test('an answer that is no problem+json, no JSON, or no answer at all still says something', async () => {
  const html = createApi(() => Promise.resolve(new Response('<h1>Bad gateway</h1>', { status: 502 })))
  await expect(html.services()).rejects.toMatchObject({ title: 'The server answered 502' })
  const cut = createApi(() => Promise.resolve(new Response('{"traces":[', { status: 200 })))
  await expect(cut.services()).rejects.toMatchObject({ title: 'Unreadable answer' })
  const down = createApi(() => Promise.reject(new TypeError('fetch failed')))
  await expect(down.services()).rejects.toMatchObject({ code: 'unreachable' })
})

test('ids are escaped in the path', async () => {
  let asked = ''
  const api = createApi((input) => {
    asked = String(input)
    return Promise.resolve(new Response('{}'))
  })
  await api.request('a/../b?c')
  expect(asked).toBe('/rest/v1/requests/a%2F..%2Fb%3Fc')
})
