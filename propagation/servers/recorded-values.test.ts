// What is named is recorded, bounded; what is not named never is, whatever is sent.
import http from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import express from 'express'
import fc from 'fast-check'
import type { Span } from '../index.ts'
import { redactorOf } from '../spans/redaction.ts'
import { coreOf } from '../testing/core.ts'
import { closeAll, listen } from '../testing/harness.ts'
import { isRecordOptions, recordableOf, type RecordOptions, recordValuesOf } from './recorded-values.ts'

afterEach(closeAll)

interface Parts {
  target?: string
  in?: Record<string, unknown>
  out?: Record<string, unknown>
  body?: unknown
}

const tagsOf = (record: RecordOptions, parts: Parts): Record<string, string> => {
  const tags: Record<string, string> = {}
  recordValuesOf(record)?.(
    { tag: (key, value) => (tags[key] = value) },
    {
      target: parts.target,
      requestHeader: (name) => parts.in?.[name],
      responseHeader: (name) => parts.out?.[name],
      body: parts.body,
    },
  )
  return tags
}

test('nothing named: nothing to call', () => {
  expect(recordValuesOf()).toBeUndefined()
  expect(recordValuesOf({ query: [], body: [] })).toBeUndefined()
})

describe('query', () => {
  const query = ['page', 'filter[state]', 'ü']

  test.each([
    ['/a?page=2&secret=x', { 'http.query.page': '2' }],
    ['/a?page=', { 'http.query.page': '' }],
    ['/a?page', { 'http.query.page': '' }],
    ['/a?page=1&page=2', { 'http.query.page': '1, 2' }],
    ['/a?p%61ge=%32+3', { 'http.query.page': '2 3' }],
    ['/a?filter%5Bstate%5D=open', { 'http.query.filter[state]': 'open' }],
    ['/a?%C3%BC=1', { 'http.query.ü': '1' }],
    ['/a?page=%E0%A4%A', { 'http.query.page': '\uFFFD%A' }],
    ['/a?page=%', { 'http.query.page': '%' }],
    ['/a?Page=2', {}],
    ['/page=2', {}],
    ['/a#?page=2', { 'http.query.page': '2' }],
    ['/a?x=1#page=2', {}],
    ['', {}],
  ])('of %s', (target, tags) => {
    expect(tagsOf({ query }, { target })).toEqual(tags)
  })

  test('is bounded in length and number', () => {
    const long = tagsOf({ query }, { target: `/?page=${'x'.repeat(9000)}` })
    expect(long['http.query.page']).toHaveLength(1024)
    const many = tagsOf({ query }, { target: `/?${'page=1&'.repeat(2000)}` })
    expect(many['http.query.page']?.split(', ')).toHaveLength(32)
    expect(tagsOf({ query }, { target: `/?${'x'.repeat(20_000)}&page=1` })).toEqual({})
  })
})

describe('headers', () => {
  test('in any case of the name, several values joined', () => {
    expect(
      tagsOf(
        { requestHeaders: ['User-Agent', 'X-Absent'], responseHeaders: ['Content-Length', 'Vary'] },
        {
          in: { 'user-agent': 'curl', accept: '*/*' },
          out: { 'content-length': 12, vary: ['a', 'b'], etag: 'x' },
        },
      ),
    ).toEqual({
      'http.request.header.user-agent': 'curl',
      'http.response.header.content-length': '12',
      'http.response.header.vary': 'a, b',
    })
  })
})

describe('body', () => {
  test('fields, fields of fields and items; of objects no part that is not named', () => {
    const body = {
      id: 7,
      ok: false,
      none: null,
      user: { name: 'Ada', address: { city: 'London' } },
      tags: ['a', 1, { x: 1 }, null],
      items: [{ id: 'tea' }],
      'a.b': 'whole',
    }
    expect(
      tagsOf({ body: ['id', 'ok', 'none', 'user', 'user.name', 'user.address.city', 'tags', 'items.0.id', 'a.b'] }, { body }),
    ).toEqual({
      'http.request.body.id': '7',
      'http.request.body.ok': 'false',
      'http.request.body.user.name': 'Ada',
      'http.request.body.user.address.city': 'London',
      'http.request.body.tags': 'a, 1',
      'http.request.body.items.0.id': 'tea',
      'http.request.body.a.b': 'whole',
    }) // prettier-ignore
  })

  test('own properties only, and no getter is run', () => {
    const body = Object.create({ inherited: 'x' }) as object
    let ran = false
    Object.defineProperty(body, 'got', {
      enumerable: true,
      get: () => {
        ran = true
        throw new Error('a getter')
      },
    })
    const names = ['inherited', 'got', 'constructor.name', '__proto__.inherited', 'toString', 'length']
    expect(tagsOf({ body: names }, { body })).toEqual({})
    expect(ran).toBe(false)
  })

  test('a named __proto__ that JSON brought is a field as any other', () => {
    expect(tagsOf({ body: ['__proto__.x'] }, { body: JSON.parse('{"__proto__":{"x":1}}') })).toEqual({
      'http.request.body.__proto__.x': '1',
    })
  })

  test.each([
    ['none', undefined],
    ['null', null],
    ['a text', 'id=7'],
    ['bytes', Buffer.from('id')],
    ['a symbol', { id: Symbol('x') }],
    ['a function', { id: () => 1 }],
    ['an object that can’t be text', { id: Object.create(null) }],
    ['a revoked proxy', revoked()],
    ['a revoked proxy within', { id: revoked() }],
    ['a proxy that throws', new Proxy({}, { getOwnPropertyDescriptor: () => raise() })],
    ['a list that has itself', cyclic()],
  ])('%s: no tag and no error', (_, body) => {
    expect(tagsOf({ body: ['id', 'id.x'] }, { body })).toEqual({})
  })

  test('is bounded', () => {
    const list = Array.from({ length: 1e6 }, () => 'yy')
    const body = { text: 'x'.repeat(1e6), list, texts: list.slice(0, 30).map((text) => text.repeat(500)) }
    const tags = tagsOf({ body: ['text', 'list', 'texts'] }, { body })
    expect(tags['http.request.body.texts']).toHaveLength(1024)
    expect(tags['http.request.body.text']).toHaveLength(1024)
    expect(tags['http.request.body.list']?.split(', ')).toHaveLength(32)
  })
})

test('whatever is sent: only what is named, nothing thrown', () => {
  const record = { query: ['a'], requestHeaders: ['a'], responseHeaders: ['a'], body: ['a', 'a.b', 'a.0.c'] }
  const keys = [
    'http.query.a',
    'http.request.header.a',
    'http.response.header.a',
    ...record.body.map((name) => `http.request.body.${name}`),
  ]
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.object({ key: fc.constantFrom('a', 'b', 'c', '0') }),
      (text, body) => {
        const tags = tagsOf(record, { target: `/?a=${text}&${text}`, in: body, out: body, body })
        for (const [key, value] of Object.entries(tags)) {
          expect(keys).toContain(key)
          expect(typeof value).toBe('string')
        }
      },
    ),
  )
})

test('a header that throws hides no other', () => {
  const tags: Record<string, string> = {}
  recordValuesOf({ requestHeaders: ['a'], responseHeaders: ['b'] })?.(
    { tag: (key, value) => (tags[key] = value) },
    { target: '/', requestHeader: () => raise(), responseHeader: () => 'b', body: undefined },
  )
  expect(tags).toEqual({ 'http.response.header.b': 'b' })
})

test('of a real Express request, on a real span; named secrets are redacted', async () => {
  const spans: Span[] = []
  const core = coreOf(spans)
  core.redacts = redactorOf()
  const record = recordValuesOf({
    query: ['page', 'token'],
    requestHeaders: ['Accept', 'Authorization'],
    responseHeaders: ['Content-Type', 'X-Powered-By'],
    body: ['order.id', 'order.password'],
  })
  const app = express()
  app.use((request, response, next) => {
    const recording = core.start(core.accept({}), 'SERVER', 'request')
    response.on('finish', () => {
      record?.(recording, recordableOf(request, response))
      recording.finish('success')
    })
    next()
  })
  app.use('/in', express.json(), (_request, response) => response.json({ ok: true }))
  const port = await listen(app)
  await post(port, '/in/a?page=2&token=t0k', { order: { id: 5, password: 'pa55' }, other: 'unnamed' })
  expect(spans[0]?.tags).toMatchObject({
    'http.query.page': '2',
    'http.query.token': '[redacted]',
    'http.request.header.accept': 'text/plain',
    'http.request.header.authorization': '[redacted]',
    'http.response.header.content-type': 'application/json; charset=utf-8',
    'http.response.header.x-powered-by': 'Express',
    'http.request.body.order.id': '5',
    'http.request.body.order.password': '[redacted]',
  })
  expect(JSON.stringify(spans)).not.toMatch(/t0k|pa55|s3cret|unnamed/)
})

test.each([
  [{ query: ['a'], body: undefined }, true],
  [{}, true],
  [{ cookies: ['a'] }, false],
  [{ query: 'a' }, false],
  [{ query: [''] }, false],
  [{ query: [7] }, false],
  [{ query: ['a'.repeat(101)] }, false],
  [{ query: Array(33).fill('a') }, false],
  [null, false],
])('option %j: %s', (value, fits) => {
  expect(isRecordOptions(value)).toBe(fits)
})

function raise(): never {
  throw new Error('as told')
}
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
function cyclic(): unknown {
  const id: unknown[] = []
  id.push(id)
  return { id }
}

const post = (port: number, path: string, body: unknown): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      accept: 'text/plain',
      authorization: 'Bearer s3cret',
    }
    http
      .request({ port, path, method: 'POST', headers }, (response) => {
        response.resume().on('close', resolve)
      })
      .on('error', reject)
      .end(JSON.stringify(body))
  })
