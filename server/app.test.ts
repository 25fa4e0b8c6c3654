// How the process answers when its store doesn't work, which a real one does too well to show.
import { HopscopeError } from '@hopscope/proto'
import { afterEach, describe, expect, test } from '@jest/globals'
import { closeServer, serverOver } from './testing/server-over.ts'

afterEach(closeServer)

const SPAN = '[{"traceId":"a","id":"1"}]'
const post = (url: string) =>
  fetch(`${url}/api/v2/spans`, {
    method: 'POST',
    body: SPAN,
    headers: { 'Content-Type': 'application/json' },
  })
const TEXT_ROUTES = [
  '/api/v2/services',
  '/api/v2/traces',
  '/api/v2/trace/a',
  '/zipkin/api/v2/dependencies?endTs=1',
]
const REST_ROUTES = ['/rest/v1/traces', '/rest/v1/requests/r', '/rest/v1/traces/a', '/rest/v1/export', '/rest/v1/traces/a?format=otlp', '/rest/v1/services', '/rest/v1/services/a/operations', '/rest/v1/tags', '/rest/v1/tags/a/values', '/rest/v1/graph', '/rest/v1/metrics', '/rest/v1/compare?a=a&b=b', '/rest/v1/traces/a/compare/b', '/rest/v1/profile?service=a'] // prettier-ignore
const JAEGER_ROUTES = ['/api/services', '/api/services/s/operations', '/api/operations?service=s', '/api/traces', '/api/traces/a', '/api/dependencies'] // prettier-ignore
const V3_WINDOW = 'query.startTimeMin=2026-01-01T00:00:00Z&query.startTimeMax=2026-01-02T00:00:00Z'
const V3_ROUTES = ['/api/v3/services', '/api/v3/operations?service=s', `/api/v3/traces?${V3_WINDOW}`, '/api/v3/traces/a', `/api/v3/trace-summaries?${V3_WINDOW}`] // prettier-ignore
const ROUTES = [...TEXT_ROUTES, ...REST_ROUTES, ...JAEGER_ROUTES, ...V3_ROUTES]

test('a trace and a request take one parameter, and refuse others by name', async () => {
  const { url } = await serverOver(new Error('any'))
  for (const path of ['/rest/v1/traces/a', '/rest/v1/requests/r']) {
    const response = await fetch(`${url}${path}?fromat=otlp`)
    expect([path, response.status, await response.json()]).toMatchObject([
      path,
      400,
      { detail: 'fromat: there is no such parameter; there are format' },
    ])
  }
})

describe('with a store that is down', () => {
  const down = new HopscopeError('store-unavailable', 'The disk is full.')

  test('a post is answered with 503, never 202, and counted as dropped', async () => {
    const { url, logged } = await serverOver(down)
    const response = await post(url)
    expect([response.status, await response.text()]).toEqual([503, 'The disk is full.\n'])
    expect(response.headers.get('retry-after')).toBe('5')
    expect(await (await fetch(`${url}/metrics`)).json()).toMatchObject({
      'counter.zipkin_collector.spans_dropped.http': 1,
    })
    expect(logged.join('')).toContain('store-unavailable')
  })

  test('a question is answered with 503 in the form of its API', async () => {
    const { url } = await serverOver(down)
    for (const path of ROUTES) {
      const response = await fetch(url + path)
      expect([path, response.status]).toEqual([path, 503])
      const body = await response.text()
      const detail = 'The disk is full.'
      if (TEXT_ROUTES.includes(path)) expect(body).toBe(detail)
      else if (REST_ROUTES.includes(path))
        expect(JSON.parse(body)).toMatchObject({ code: 'store-unavailable', detail })
      else if (JAEGER_ROUTES.includes(path))
        expect(JSON.parse(body)).toMatchObject({ data: null, errors: [{ code: 503, msg: detail }] })
      else expect(JSON.parse(body)).toEqual({ error: { httpCode: 503, message: detail } })
    }
  })

  test('a path in capitals is answered in the same form', async () => {
    const { url } = await serverOver(down)
    for (const path of ['/REST/V1/services', '/Rest/v1/nothing']) {
      const { headers } = await fetch(url + path)
      expect([path, headers.get('content-type')]).toEqual([path, 'application/problem+json; charset=utf-8'])
    }
  })

  test('health is DOWN with 503, and says why', async () => {
    const { url } = await serverOver(down)
    const response = await fetch(`${url}/health`)
    expect([response.status, await response.json()]).toEqual([
      503,
      {
        status: 'DOWN',
        zipkin: {
          status: 'DOWN',
          details: { storage: { status: 'DOWN', details: { error: 'The disk is on fire.' } } },
        },
        components: { storage: { status: 'DOWN', details: { error: 'The disk is on fire.' } } },
      },
    ])
  })
})

test('what goes wrong inside is told to the log, not to the client', async () => {
  const { url, logged } = await serverOver(new Error('secret: password is 123'))
  for (const path of ROUTES) {
    const response = await fetch(url + path)
    expect([path, response.status]).toEqual([path, 500])
    expect(await response.text()).not.toMatch(/secret|123|\bat\b.*:\d/)
  }
  expect((await post(url)).status).toBe(500)
  expect(logged).toHaveLength(ROUTES.length + 1)
  for (const line of logged) expect(line).toContain('secret: password is 123')
})

test('every answer forbids foreign scripts, framing and guessing of types', async () => {
  const { url } = await serverOver(new Error('any'))
  for (const path of ['/health', '/api/v2/services', '/nothing']) {
    const { headers } = await fetch(url + path)
    expect(headers.get('content-security-policy')).toMatch(/default-src 'self'.*frame-ancestors 'none'/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-powered-by')).toBeNull()
  }
})

test('a full collector says so to the sender and leaves the log alone', async () => {
  const full = new HopscopeError('overloaded', 'Too much.', { retryAfterSeconds: 1 })
  const { url, logged } = await serverOver(full)
  const response = await post(url)
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
  expect(logged).toEqual([])
})

describe('a client that asks too often', () => {
  const reader = { names: () => Promise.resolve([]) }

  test('is told so in time, and when to ask again', async () => {
    const { url, logged } = await serverOver(new Error('any'), reader, { HOPSCOPE_RATE_LIMIT: '2' })
    const [first, second, third] = [await fetch(`${url}/rest/v1/services`), await fetch(`${url}/rest/v1/nothing`), await fetch(`${url}/rest/v1/services`)] // prettier-ignore
    expect([first.status, second.status, third.status]).toEqual([200, 404, 429])
    expect(first.headers.get('ratelimit')).toMatch(/^"requests"; r=1; t=\d+$/)
    expect(first.headers.get('ratelimit-policy')).toMatch(/^"requests"; q=2; w=60; pk=/)
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await third.json()).toEqual({
      type: 'urn:hopscope:error:rate-limited',
      title: 'Too many requests',
      status: 429,
      detail: 'This client has asked more than 2 times in a minute. Ask again after Retry-After.',
      code: 'rate-limited',
    })
    // Others come in all the same, and what is no question of ours is not counted.
    expect((await fetch(`${url}/api/v2/services`)).status).toBe(200)
    expect((await fetch(`${url}/health`)).status).toBe(503)
    expect(logged).toEqual([])
  })

  test("is known by its connection, whatever it says of where it comes from, and it isn't logged", async () => {
    const { url, logged } = await serverOver(new Error('any'), reader, { HOPSCOPE_RATE_LIMIT: '1' })
    const ask = (address: string) =>
      fetch(`${url}/rest/v1/services`, {
        headers: { 'X-Forwarded-For': address, Forwarded: `for=${address}` },
      })
    expect([(await ask('10.0.0.1')).status, (await ask('10.0.0.2')).status]).toEqual([200, 429])
    expect(logged).toEqual([])
  })

  test('may ask without end where there is no limit', async () => {
    const { url } = await serverOver(new Error('any'), reader, { HOPSCOPE_RATE_LIMIT: '0' })
    const { status, headers } = await fetch(`${url}/rest/v1/services`)
    expect([status, headers.get('ratelimit')]).toEqual([200, null])
  })
})

test('the reference page, its script and the contract come from here; a policy of its own is for the page alone', async () => {
  const { url } = await serverOver(new Error('any'))
  const page = await fetch(`${url}/docs`)
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; /)
  const text = await page.text()
  const [, script = ''] = /<script type="module" src="([^"]+)"/.exec(text) ?? []
  const [, contract = ''] = /spec-url="([^"]+)"/.exec(text) ?? []
  const [loaded, read] = [await fetch(url + script), await fetch(url + contract)]
  expect([loaded.status, loaded.headers.get('content-type'), loaded.headers.get('cache-control')]).toEqual([
    200,
    'text/javascript; charset=utf-8',
    'public, max-age=31536000, immutable',
  ])
  expect(loaded.headers.get('content-security-policy')).toMatch(/^default-src 'self'/)
  expect([read.status, read.headers.get('content-type')]).toEqual([200, 'application/yaml'])
  expect(await read.text()).toMatch(/^openapi: 3\.1\.0$/m)
})

test('Allow is said only where a method is not allowed', async () => {
  const { url } = await serverOver(new Error('any'), { names: () => Promise.resolve([]) })
  const got = await fetch(`${url}/api/v2/spans?serviceName=web`)
  expect([got.status, got.headers.get('allow')]).toEqual([200, null])
  const refused = await fetch(`${url}/api/v2/spans`, { method: 'DELETE' })
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST, GET, HEAD'])
})

test('a base URL with a slash at its end works, for posts and questions', async () => {
  const { url } = await serverOver(new Error('any'), { names: () => Promise.resolve(['web']) })
  expect(await (await fetch(`${url}//api/v2/services`)).json()).toEqual(['web'])
  expect((await post(`${url}/`)).status).toBe(500)
})

test("Zipkin's pages lead to ours, and its UI finds its settings", async () => {
  const { url } = await serverOver(new Error('any'))
  for (const [path, location] of [
    ['/zipkin', '/'],
    ['/zipkin/', '/'],
    ['/zipkin/dependency?x=1', '/'],
    ['/zipkin/traces/a1', '/traces/a1'],
    ['/zipkin/traces/%0d%0aX:%2F%2Fevil', '/traces/%0D%0AX%3A%2F%2Fevil'],
  ]) {
    const response = await fetch(`${url}${path}`, { redirect: 'manual' })
    expect([path, response.status, response.headers.get('location')]).toEqual([path, 302, location])
  }
  const settings = await fetch(`${url}/zipkin/config.json`)
  expect(settings.headers.get('cache-control')).toBe('max-age=600')
  expect(await settings.json()).toMatchObject({ queryLimit: 10, searchEnabled: true })
})

test("health and info are also where Spring Boot's are, in its media type", async () => {
  const { url } = await serverOver(new Error('any'))
  for (const route of ['health', 'info']) {
    const [own, actuator] = [await fetch(`${url}/${route}`), await fetch(`${url}/actuator/${route}`)]
    expect(own.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(actuator.headers.get('content-type')).toBe(
      'application/vnd.spring-boot.actuator.v2+json; charset=utf-8',
    )
    expect([actuator.status, await actuator.text()]).toEqual([own.status, await own.text()])
  }
})
