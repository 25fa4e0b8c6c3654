// The same service on each framework, under trace: its routes are those of `Routes`, whatever it is built with.
import { createRequire } from 'node:module'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Router } from '@koa/router'
import express, { type ErrorRequestHandler } from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { errorMiddlewareOf, middlewareOf } from '../servers/express.ts'
import { fastifyPluginOf } from '../servers/fastify.ts'
import { honoMiddlewareOf } from '../servers/hono.ts'
import { listenerOf, setError, setRoute } from '../servers/http.ts'
import { koaMiddlewareOf } from '../servers/koa.ts'
import type { Core } from '../spans/core.ts'

/** What a test makes the routes do. */
export interface Routes {
  /** GET /orders/:id and, two routers deep, /api/v1/items/:item. Answered as JSON. */
  get(id: string, response: ServerResponse): Promise<unknown>
  /** POST /orders, with the body as its parser gives it. Answered as JSON. */
  post(body: unknown): unknown
  /** GET /fails/:how: throws, or gives a promise that rejects. */
  fail(how: string): Promise<unknown>
  /** Called by the error handler, which answers 500. */
  failed(error: unknown): void
  /** GET /streams/:type: the body, as text/:type. */
  stream(): AsyncIterable<string>
  /** GET /hangs: never answered. */
  hang(): void
}

/** Twice: the middleware given a second time must count for nothing. */
type Build = (core: Core, routes: Routes) => Promise<RequestListener>

const onExpress =
  (create: typeof express): Build =>
  (core, routes) => {
    const app = create()
    app.set('env', 'test')
    app.use(middlewareOf(core))
    app.use(middlewareOf(core))
    app.get('/orders/:id', (req, res, next) => {
      routes.get(req.params.id, res).then((value) => res.json(value), next)
    })
    const items = create.Router()
    items.get('/items/:item', (req, res, next) => {
      routes.get(req.params.item, res).then((value) => res.json(value), next)
    })
    const api = create.Router()
    api.use('/v1', items)
    app.use('/api', api)
    app.post('/orders', create.json(), (req, res) => void res.json(routes.post(req.body)))
    app.get('/fails/:how', (req, res, next) => {
      routes.fail(req.params.how).then((value) => res.json(value), next)
    })
    app.get('/streams/:type', (req, res) => {
      Readable.from(routes.stream()).pipe(res.type(`text/${req.params.type}`))
    })
    app.get('/hangs', () => routes.hang())
    app.get('/status/:code', (req, res) => void res.status(Number(req.params.code)).end())
    app.use(errorMiddlewareOf())
    app.use(((error, _req, res, _next) => {
      routes.failed(error)
      res.status(500).end()
    }) satisfies ErrorRequestHandler)
    return Promise.resolve(app)
  }

const onFastify: Build = async (core, routes) => {
  const app = fastify()
  app.register(fastifyPluginOf(core))
  app.register(fastifyPluginOf(core))
  app.setErrorHandler((error, _request, reply) => {
    routes.failed(error)
    return reply.code(500).send({})
  })
  app.get<{ Params: { id: string } }>('/orders/:id', (request, reply) =>
    routes.get(request.params.id, reply.raw),
  )
  app.register(
    (api, _options, done) => {
      api.register(
        (v1, _v1Options, v1Done) => {
          v1.get<{ Params: { item: string } }>('/items/:item', (request, reply) =>
            routes.get(request.params.item, reply.raw),
          )
          v1Done()
        },
        { prefix: '/v1' },
      )
      done()
    },
    { prefix: '/api' },
  )
  app.post('/orders', (request) => routes.post(request.body))
  app.get<{ Params: { how: string } }>('/fails/:how', (request) => routes.fail(request.params.how))
  app.get<{ Params: { type: string } }>('/streams/:type', (request, reply) =>
    reply.type(`text/${request.params.type}`).send(Readable.from(routes.stream())),
  )
  app.get('/hangs', () => {
    routes.hang()
    return new Promise(() => undefined)
  })
  app.get<{ Params: { code: string } }>('/status/:code', (request, reply) =>
    reply.code(Number(request.params.code)).send(),
  )
  await app.ready()
  return (request, response) => app.routing(request, response)
}

const onKoa: Build = (core, routes) => {
  const app = new Koa()
  app.on('error', (error) => routes.failed(error))
  app.use(koaMiddlewareOf(core))
  app.use(koaMiddlewareOf(core))
  const items = new Router()
  items.get('/items/:item', async (ctx) => (ctx.body = await routes.get(ctx.params['item'] ?? '', ctx.res)))
  const v1 = new Router({ prefix: '/api' })
  v1.use('/v1', items.routes())
  const router = new Router()
  router.use((_ctx, next) => next())
  router.get('/orders/:id', async (ctx) => (ctx.body = await routes.get(ctx.params['id'] ?? '', ctx.res)))
  router.post('/orders', async (ctx) => {
    // As body parsers do.
    const body = await json(ctx.req)
    Object.assign(ctx.request, { body })
    ctx.body = routes.post(body)
  })
  router.get('/fails/:how', async (ctx) => (ctx.body = await routes.fail(ctx.params['how'] ?? '')))
  router.get('/streams/:type', (ctx) => {
    ctx.type = `text/${ctx.params['type'] ?? ''}`
    ctx.body = Readable.from(routes.stream())
  })
  router.get('/hangs', (ctx) => {
    routes.hang()
    ctx.respond = false
  })
  router.get('/status/:code', (ctx) => void (ctx.status = Number(ctx.params['code'])))
  app.use(v1.routes()).use(router.routes())
  return Promise.resolve(app.callback())
}

const onHono: Build = (core, routes) => {
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.use(honoMiddlewareOf(core))
  app.use(honoMiddlewareOf(core))
  app.use('/fails/*', (_c, next) => next())
  app.onError((error, c) => {
    routes.failed(error)
    return c.body(null, 500)
  })
  app.get('/orders/:id', async (c) =>
    Response.json(await routes.get(c.req.param('id'), c.env.outgoing as ServerResponse)),
  )
  const items = new Hono<{ Bindings: HttpBindings }>()
  items.get('/items/:item', async (c) =>
    Response.json(await routes.get(c.req.param('item'), c.env.outgoing as ServerResponse)),
  )
  app.route('/api', new Hono().route('/v1', items))
  app.post('/orders', async (c) => Response.json(routes.post(await c.req.json())))
  app.get('/fails/:how', async (c) => Response.json(await routes.fail(c.req.param('how'))))
  app.get('/streams/:type', (c) => {
    const body = Readable.toWeb(Readable.from(routes.stream()).map((chunk: string) => Buffer.from(chunk)))
    return c.body(body as ReadableStream, 200, { 'content-type': `text/${c.req.param('type')}` })
  })
  app.get('/hangs', () => {
    routes.hang()
    return new Promise<Response>(() => undefined)
  })
  app.get('/status/:code', (c) => new Response(null, { status: Number(c.req.param('code')) }))
  return Promise.resolve(getRequestListener(app.fetch))
}

const onHttp: Build = (core, routes) => {
  const route = async (
    template: string,
    id: string,
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<void> => {
    setRoute(req, template)
    if (template === '/hangs') return routes.hang()
    if (template.startsWith('/status')) return void res.writeHead(Number(id)).end()
    if (template.startsWith('/streams')) {
      return void Readable.from(routes.stream()).pipe(res.setHeader('content-type', `text/${id}`))
    }
    const value = template.startsWith('/fails')
      ? await routes.fail(id)
      : req.method === 'POST'
        ? routes.post(Object.assign(req, { body: await json(req) }).body)
        : await routes.get(id, res)
    res.setHeader('content-type', 'application/json').end(JSON.stringify(value))
  }
  const templates = [
    '/orders/:id',
    '/api/v1/items/:item',
    '/orders',
    '/fails/:how',
    '/streams/:type',
    '/hangs',
    '/status/:code',
  ]
  const handler = (req: IncomingMessage, res: ServerResponse): void => {
    const segments = (req.url ?? '').replace(/\?.*/, '').split('/')
    const template = templates.find((known) => {
      const names = known.split('/')
      return (
        names.length === segments.length &&
        names.every((name, at) => name.startsWith(':') || name === segments[at])
      )
    })
    if (!template) return void res.writeHead(404).end()
    route(template, segments.at(-1) ?? '', req, res).catch((error: unknown) => {
      setError(req, error)
      routes.failed(error)
      res.writeHead(500).end()
    })
  }
  return Promise.resolve(listenerOf(core, listenerOf(core, handler)))
}

const express4 = createRequire(import.meta.url)('express4') as typeof express

export const frameworks: Readonly<Record<string, Build>> = {
  'Express 4': onExpress(express4),
  'Express 5': onExpress(express),
  Fastify: onFastify,
  Koa: onKoa,
  Hono: onHono,
  'node:http': onHttp,
}
