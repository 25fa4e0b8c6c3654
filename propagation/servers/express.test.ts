// Express's own ways, the same in 4 and 5: apps in apps, routes that pass on, errors on their way to who handles them.
import { createRequire } from 'node:module'
import { afterEach, describe, expect, test } from '@jest/globals'
import express, { type ErrorRequestHandler } from 'express'
import { currentContext, type Span } from '../index.ts'
import { coreOf } from '../testing/core.ts'
import { closeAll, get, listen, until } from '../testing/harness.ts'
import { errorMiddlewareOf, middlewareOf } from './express.ts'

afterEach(closeAll)

// Has no types of its own here; what is used of it is as in 5.
const express4 = createRequire(import.meta.url)('express4') as typeof express

const spansAre = (spans: Span[], count: number): Promise<void> =>
  until(`${count} spans`, () => spans.length >= count)

describe.each([
  ['4', express4],
  ['5', express],
])('Express %s', (version, create) => {
  const appOf = (spans: Span[]): express.Express => {
    const app = create()
    app.set('env', 'test')
    app.use(middlewareOf(coreOf(spans)))
    return app
  }
  const ask = async (app: express.Express, ...paths: string[]): Promise<(number | string)[][]> => {
    const port = await listen(app)
    const answers: (number | string)[][] = []
    for (const path of paths) {
      const { status, body } = await get(port, path, { 'x-request-id': 'r-1' })
      answers.push([status, body])
    }
    return answers
  }

  test('is the version it is said to be', () => {
    const { version: found } = createRequire(import.meta.url)(
      version === '4' ? 'express4/package.json' : 'express/package.json',
    ) as { version: string }
    expect(found.split('.')[0]).toBe(version)
  })

  test('names routes of mounted apps, of `route()`, and the last of those that passed on', async () => {
    const spans: Span[] = []
    const app = appOf(spans)
    const sub = create()
    sub.get('/', (_req, res) => void res.send('root'))
    sub.get('/items/:item', (req, res) => void res.send(`${req.baseUrl} ${req.params.item}`))
    app.use('/shops/:shop/sub', sub)
    app
      .route('/orders/:id')
      .all((_req, _res, next) => next())
      .get((req, res) => void res.send((req.route as { path: string }).path))
    app.get('/pages/:page', (req, _res, next) => next(req.params.page === 'new' ? 'route' : undefined))
    app.get('/pages/new', (_req, res) => res.redirect('/orders/1'))
    app.get(/^\/any.*/, (_req, res) => void res.sendStatus(204))
    const answers = await ask(
      app,
      '/shops/7/sub',
      '/shops/7/sub/items/tea',
      '/orders/1',
      '/pages/new',
      '/anything',
    )
    expect(answers.map(([status]) => status)).toEqual([200, 200, 200, 302, 204])
    // As it is read without tracing.
    expect(answers.slice(1, 3).map(([, body]) => body)).toEqual(['/shops/7/sub tea', '/orders/:id'])
    await spansAre(spans, 5)
    expect(spans.map(({ name }) => name)).toEqual([
      'GET /shops/:id/sub',
      'GET /shops/:id/sub/items/:item',
      'GET /orders/:id',
      'GET /pages/new',
      'GET /^\\/any.*/',
    ])
  })

  test('records an error passed on by its parameters, and leaves it and its status to the service', async () => {
    const spans: Span[] = []
    const app = appOf(spans)
    const seen: unknown[] = []
    const lost = Object.assign(new Error('no such order'), { status: 404 })
    app.param('id', (_req, _res, next) => next(lost))
    app.get('/orders/:id', (_req, res) => void res.send('x'))
    app.get('/fails', (_req, _res, next) => next('only a text'))
    app.use(errorMiddlewareOf())
    app.use(((error: { status?: number }, _req, res, _next) => {
      seen.push(error, currentContext()?.requestId)
      res.sendStatus(error.status ?? 503)
    }) satisfies ErrorRequestHandler)
    expect(await ask(app, '/orders/1', '/fails')).toEqual([
      [404, 'Not Found'],
      [503, 'Service Unavailable'],
    ])
    await spansAre(spans, 2)
    expect(seen[0]).toBe(lost)
    expect(seen.slice(1)).toEqual(['r-1', 'only a text', 'r-1'])
    expect(spans.map(({ name, tags }) => [name, tags['outcome'], tags['error']])).toEqual([
      ['GET /orders/:id', 'success', undefined],
      ['GET /fails', 'error', 'only a text'],
    ])
  })

  test('says what status failed where nobody told why', async () => {
    const spans: Span[] = []
    const app = appOf(spans)
    app.get('/busy', (_req, res) => void res.sendStatus(503))
    await ask(app, '/busy')
    await spansAre(spans, 1)
    expect(spans[0]?.tags).toMatchObject({ outcome: 'error', error: '503', 'http.status_code': '503' })
  })

  test('keeps the apps of one process apart, traced and not', async () => {
    const [left, right]: [Span[], Span[]] = [[], []]
    const apps = [appOf(left), appOf(right), create()]
    for (const app of apps) app.get('/orders/:id', (_req, res) => void res.send(currentContext()?.requestId))
    for (const [at, app] of apps.entries()) {
      expect((await ask(app, '/orders/1'))[0]).toEqual([200, at === 2 ? '' : 'r-1'])
    }
    await spansAre(left, 1)
    await spansAre(right, 1)
    expect([left, right].map((spans) => spans.map(({ name }) => name))).toEqual([
      ['GET /orders/:id'],
      ['GET /orders/:id'],
    ])
  })
})
