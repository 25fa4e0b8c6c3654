// What the search box finds: a trace, a request, a service or a query; whatever was pasted around it.
import { expect, test } from '@jest/globals'
import { type Api, ApiError } from '../api/api.ts'
import { cleaned, isQuery, resolve } from './resolve.ts'

const missing = () =>
  Promise.reject(new ApiError({ status: 404, title: 'Not found', detail: '', code: 'not_found' }))
const none: Pick<Api, 'request'> = { request: missing }
const request = () => Promise.resolve({ requestId: 'x', start: 0, duration: 1, complete: true, traces: [] })
const has = () => Promise.resolve(true)
const hasNot = () => Promise.resolve(false)

test('sixteen or thirty-two hex digits are a trace first, then a request', async () => {
  const id = '5AF7183FB1D4CF5F'
  expect(await resolve({ request }, id, [], undefined, has)).toEqual({
    found: true,
    href: '/traces/5af7183fb1d4cf5f',
  })
  expect(await resolve({ request }, id, [], undefined, hasNot)).toEqual({
    found: true,
    href: `/requests/${id}`,
  })
})

test('a known service is a filter, anything else a request id', async () => {
  expect(await resolve(none, 'Web', ['web'], undefined, hasNot)).toEqual({
    found: true,
    href: '/?service=web',
  })
  expect(await resolve({ request }, 'req-7', ['web'], undefined, hasNot)).toEqual({
    found: true,
    href: '/requests/req-7',
  })
})

test('what is neither an id nor a service is not found', async () => {
  for (const text of ['deadbeefdeadbeef', 'req-7', ' "" ', 'error checkout']) {
    expect(await resolve(none, text, ['web'], undefined, hasNot)).toEqual({ found: false })
  }
})

test('what is too long for an id is not asked for', async () => {
  const asked = { request: () => Promise.reject(new Error('asked')) }
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
  await expect(resolve({ request: broken }, 'req-7', [])).rejects.toThrow('Down')
})

test('ids are taken as they get pasted', () => {
  for (const text of ['abc-1', ' "abc-1", ', 'X-Request-ID: abc-1', 'request_id=abc-1', "'abc-1'"]) {
    expect(cleaned(text)).toBe('abc-1')
  }
})

test('a trace is looked up without being sent: with If-None-Match, which every version of it meets', async () => {
  const asked: [string, HeadersInit | undefined][] = []
  const before = globalThis.fetch
  globalThis.fetch = (input, init) => {
    asked.push([typeof input === 'string' ? input : '', init?.headers])
    return Promise.resolve(new Response(null, { status: 304 }))
  }
  try {
    const id = 'deadbeefdeadbeef'
    expect(await resolve(none, id, [])).toEqual({ found: true, href: `/traces/${id}` })
    expect(asked).toEqual([[`/rest/v1/traces/${id}`, expect.objectContaining({ 'if-none-match': '*' })]])
  } finally {
    globalThis.fetch = before
  }
})
