// What the search box finds, and what people read when the server can't answer.
import { expect, test } from '@jest/globals'
import { type Api, ApiError, createApi } from './api.ts'
import { cleaned, isQuery, resolve, suggestions } from '../search/resolve.ts'
import { traceFromText } from '../testing/trace-fixture.ts'

const missing = () =>
  Promise.reject(new ApiError({ status: 404, title: 'Not found', detail: '', code: 'not_found' }))
const view = traceFromText('web SERVER get_/ 0 10')
const none: Api = {
  traces: () => Promise.resolve({ traces: [], next: null, complete: true }),
  request: missing,
  trace: missing,
  services: () => Promise.resolve({ names: [], complete: true }),
  operations: () => Promise.resolve({ names: [], complete: true }),
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

test('what is neither an id nor a service is not found', async () => {
  for (const text of ['deadbeefdeadbeef', 'req-7', ' "" ', 'error checkout']) {
    expect(await resolve(none, text, ['web'])).toEqual({ found: false })
  }
})

test('what is too long for an id is not asked for', async () => {
  const asked = { ...none, request: () => Promise.reject(new Error('asked')) }
  expect(await resolve(asked, 'a b '.repeat(300), [])).toEqual({ found: false })
})

test('TraceQL, several words and operators are a query', () => {
  const spaced = ['{ }', ' {name="a"}', '({ } && { })', 'error checkout', '<= 2s', '"two words"']
  const tight = '>500ms a=b a!=b a>5 a<=5 a=~b.* a!~b'.split(' ')
  for (const text of [...spaced, ...tight]) expect([text, isQuery(text)]).toEqual([text, true])
})

test('ids and names are no query, as they get pasted', () => {
  const spaced = [' "abc-1", ', 'X-Request-ID: abc-1', '']
  const tight =
    'req-7 request_id=abc-1 <abc-1> bm90IGE= bm90IGFu== a/../b?c a:b -a !a deadbeefdeadbeef'.split(' ')
  for (const text of [...spaced, ...tight]) expect([text, isQuery(text)]).toEqual([text, false])
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
    at: 3,
    length: 0,
  })
  const api = createApi(() => Promise.resolve(new Response(body, { status: 400 })))
  await expect(api.trace('x')).rejects.toMatchObject({
    status: 400,
    title: 'Bad query',
    detail: 'minDuration is not a duration',
    code: 'q1',
    members: { at: 3, length: 0 },
  })
})

test('names come from the lists of /rest/v1, as many as it gives, and say whether these are all', async () => {
  const asked: string[] = []
  const api = createApi((input) => {
    asked.push(String(input))
    return Promise.resolve(new Response('{"services":["web"],"operations":["get /"],"complete":false}'))
  })
  expect(await api.services()).toEqual({ names: ['web'], complete: false })
  expect(await api.operations('a/b')).toEqual({ names: ['get /'], complete: false })
  expect(asked).toEqual(['/rest/v1/services?limit=10000', '/rest/v1/services/a%2Fb/operations?limit=10000'])
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
