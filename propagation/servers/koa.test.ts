// Koa's own ways: routers' layers, mounted apps, errors that the app handles, bodies that are streams.
import { Readable } from 'node:stream'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Router } from '@koa/router'
import Koa from 'koa'
import { currentContext, type Span } from '../index.ts'
import { coreOf } from '../testing/core.ts'
import { closeAll, get, listen, until } from '../testing/harness.ts'
import { koaMiddlewareOf } from './koa.ts'

afterEach(closeAll)

const spansAre = (spans: Span[], count: number): Promise<void> =>
  until(`${count} spans`, () => spans.length >= count)

const silent = (spans: Span[]): Koa => {
  const app = new Koa<Koa.DefaultState, { user?: string }>()
  app.silent = true
  app.use(koaMiddlewareOf(coreOf(spans)))
  return app
}

const serve = (app: Koa): Promise<number> => {
  const callback = app.callback()
  return listen((request, response) => void callback(request, response))
}

describe('the Koa middleware', () => {
  test('names the route that served, not its middleware’s layer nor another route that matches', async () => {
    const spans: Span[] = []
    const app = silent(spans)
    const router = new Router({ prefix: '/shops/:shop' })
    router.use(async (ctx, next) => {
      if (ctx.query['token'] === 'bad') ctx.throw(401, 'bad token')
      await next()
    })
    router.get('/:page', (ctx, next) => (ctx.query['pass'] ? next() : void (ctx.body = ctx['_matchedRoute'])))
    router.get('/new', (ctx) => void (ctx.body = 'new'))
    router.get(/^\/shops\/\d+\/x+$/, (ctx) => void (ctx.body = 'x'))
    app.use(router.routes()).use(router.allowedMethods())
    const port = await serve(app)
    const asked = ['/shops/1/new', '/shops/1/new?pass=1', '/shops/1/new?token=bad', '/shops']
    const statuses: number[] = []
    for (const path of asked) statuses.push((await get(port, path)).status)
    await spansAre(spans, 4)
    expect(statuses).toEqual([200, 200, 401, 404])
    expect(spans.map(({ name }) => name)).toEqual([
      'GET /shops/:shop/:page',
      'GET /shops/:shop/new',
      'GET /shops/:shop/new',
      'GET',
    ])
    expect(spans[2]?.tags).toMatchObject({ outcome: 'success', 'http.status_code': '401' })
    // What the router sets can be read as ever.
    expect((await get(port, '/shops/1/new')).body).toBe('/shops/:shop/:page')
  })

  test('puts before a route where its app is mounted, with what differs in each call as :id', async () => {
    const spans: Span[] = []
    const app = silent(spans)
    const router = new Router()
    router.get('/orders/:id', (ctx) => void (ctx.body = ctx.path))
    // As koa-mount does.
    app.use(async (ctx, next) => {
      const { path } = ctx
      Object.assign(ctx, { mountPath: '/tenants/42' })
      ctx.path = path.replace('/tenants/42', '')
      await router.routes()(ctx as Parameters<ReturnType<typeof router.routes>>[0], next)
      ctx.path = path
    })
    expect((await get(await serve(app), '/tenants/42/orders/7?x=1')).body).toBe('/orders/7')
    await spansAre(spans, 1)
    expect(spans[0]?.name).toBe('GET /tenants/:id/orders/:id')
  })

  test('records the error of a body that breaks, before its first byte and after', async () => {
    const spans: Span[] = []
    const app = silent(spans)
    app.use((ctx) => {
      ctx.body = Readable.from(
        (async function* () {
          if (ctx.path === '/later') yield 'x'.repeat(100)
          await Promise.resolve()
          throw new Error(`broken in ${currentContext()?.requestId ?? 'no request'}`)
        })(),
      )
    })
    const port = await serve(app)
    const headers = { 'x-request-id': 'r-1' }
    for (const path of ['/at-once', '/later']) {
      await expect(get(port, path, headers)).rejects.toThrow(/aborted|hang up/)
    }
    await spansAre(spans, 2)
    expect(spans.map(({ tags }) => [tags['outcome'], tags['error']])).toEqual([
      ['aborted', 'broken in r-1'],
      ['aborted', 'broken in r-1'],
    ])
  })

  test('knows an error that other middleware handles above and below, where Koa is told of it', async () => {
    const spans: Span[] = []
    const app = new Koa()
    const told: unknown[] = []
    app.on('error', (error) => told.push(error))
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        ctx.status = 503
        ctx.body = String(error)
      }
    })
    app.use(koaMiddlewareOf(coreOf(spans)))
    const below = new Error('below')
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        if (ctx.path === '/above') throw error
        ctx.status = 502
        ctx.app.emit('error', error, ctx)
      }
    })
    app.use((ctx) => {
      throw ctx.path === '/above' ? new Error('above') : below
    })
    const port = await serve(app)
    const above = await get(port, '/above')
    expect([above.status, above.body]).toEqual([503, 'Error: above'])
    expect((await get(port, '/below')).status).toBe(502)
    await spansAre(spans, 2)
    expect(told).toEqual([below])
    expect(spans.map(({ tags }) => tags['error'])).toEqual(['above', 'below'])
  })

  test('names a response that the handler writes by itself, and is silent to an app without errors', async () => {
    const spans: Span[] = []
    const app = silent(spans)
    const router = new Router()
    let release = (): void => undefined
    router.get('/raw/:id', async (ctx) => {
      ctx.respond = false
      ctx.res.end('raw')
      await new Promise<void>((resolve) => (release = resolve))
    })
    app.use(router.routes())
    const port = await serve(app)
    expect((await get(port, '/raw/1')).body).toBe('raw')
    // The handler is not through yet.
    await spansAre(spans, 1)
    release()
    expect(spans[0]).toMatchObject({ name: 'GET /raw/:id', tags: { outcome: 'success' } })
    expect(() => app.emit('error', new Error('of no request'))).not.toThrow()
  })

  test('hands on what is thrown and returned as it is', async () => {
    const middleware = koaMiddlewareOf(coreOf([]))
    const thrown = { not: 'an error' }
    const results: unknown[] = []
    const app = new Koa()
    app.silent = true
    app.use(async (ctx, next) => {
      results.push(await middleware(ctx, next).catch((error: unknown) => error))
      ctx.body = 'x'
    })
    app.use((ctx) => {
      return ctx.path === '/throws' ? Promise.reject(thrown) : 'value'
    })
    const port = await serve(app)
    await get(port, '/throws')
    await get(port, '/')
    expect(results[0]).toBe(thrown)
    expect(results[1]).toBe('value')
  })
})
