// What the API is asked, and what people read when the server can't answer.
import { expect, test } from '@jest/globals'
import { createApi } from './api.ts'
import { columnsOf } from '@hopscope/model'
import { encodeTraceColumns } from '@hopscope/proto/columns'
import { suggestions } from '../design/suggestions.ts'
import { traceFromText } from '../testing/trace-fixture.ts'

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
  await expect(api.columns('x')).rejects.toMatchObject({
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

test('the columns of a trace are read from bytes; damaged ones are an unreadable answer, a problem is a problem', async () => {
  const view = traceFromText('web SERVER get_/ 0 10')
  const bytes = encodeTraceColumns(columnsOf(view))
  const asked: string[] = []
  const answering = (body: BodyInit, status = 200) =>
    createApi((input) => {
      asked.push(String(input))
      return Promise.resolve(new Response(body, { status }))
    })
  expect((await answering(bytes).columns('a b')).traceId).toBe(view.traceId)
  expect(asked).toEqual(['/rest/v1/traces/a%20b?format=columns'])
  await expect(answering(bytes.slice(0, 100)).columns('x')).rejects.toMatchObject({
    name: 'ApiError',
    title: 'Unreadable answer',
  })
  await expect(answering('{"title":"Not found"}', 404).columns('x')).rejects.toMatchObject({
    status: 404,
    title: 'Not found',
  })
})

test('columns are asked for by their type, all else as JSON', async () => {
  const types: (string | null)[] = []
  const api = createApi((_, init) => {
    types.push(new Headers(init?.headers).get('accept'))
    return Promise.resolve(new Response('{}', { status: 404 }))
  })
  await expect(api.columns('x')).rejects.toMatchObject({ status: 404 })
  await expect(api.request('x')).rejects.toMatchObject({ status: 404 })
  expect(types).toEqual(['application/vnd.hopscope.columns, application/problem+json', 'application/json'])
})
