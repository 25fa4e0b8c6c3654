// What the services have in common: a traced Express app on a free port, and an orderly end.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { performance } from 'node:perf_hooks'
import { createTracer, type Tracer } from '@hopscope/propagation'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { kafkaOf, type Orders, ordersOver, reporterOver } from './kafka.ts'
import { serviceSettings } from './settings.ts'

/** An answer that is no success, on its way through a service. */
export class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** POSTs JSON, or GETs without a body; an answer that is no success is thrown as `Refused`. */
export const call = async (url: string, body?: unknown): Promise<unknown> => {
  const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(url, body === undefined ? {} : json)
  const answer: unknown = await response.json()
  if (!response.ok) throw new Refused(response.status, messageIn(answer))
  return answer
}

const messageIn = (answer: unknown): string =>
  typeof answer === 'object' && answer !== null && 'error' in answer
    ? String(answer.error)
    : 'no reason given'

const answerErrors: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error)
  // A service that could not do its work because of another is a bad gateway; a refusal is passed on as it is.
  const status =
    error instanceof Refused ? (error.status < 500 || error.status === 503 ? error.status : 502) : 500
  response.status(status).json({ error: error instanceof Error ? error.message : String(error) })
}

interface ServiceOptions {
  /** How far this service's clock is off: machines do disagree. */
  clockOffsetMs?: number
}

/** Adds a service's routes, and whatever else it does; `orders` only where there is a Kafka. */
type Define = (
  app: Express,
  tracer: Tracer,
  urlOf: (service: string) => string,
  orders: Orders | undefined,
) => void | Promise<void>

/** Starts a service; tells the launcher its port once it is ready. */
export const startService = (
  service: string,
  define: Define,
  { clockOffsetMs = 0 }: ServiceOptions = {},
): void => {
  const { collectorUrl, urlOf, kafka } = serviceSettings()
  const client = kafka && kafkaOf(service, kafka)
  const tracer = createTracer({
    service,
    host: '127.0.0.1',
    collectorUrl,
    intervalMs: 300,
    ...(client && { reporter: reporterOver(client, kafka) }),
    now: () => Math.round((performance.timeOrigin + performance.now() + clockOffsetMs) * 1000),
  })
  const orders = client && ordersOver(client, kafka, tracer)
  const app = express()
  app.use(tracer.middleware())
  app.use(express.json())

  const server = createServer(app)
  const ready = async (): Promise<void> => {
    await define(app, tracer, urlOf, orders)
    app.use(tracer.errorMiddleware())
    app.use(answerErrors)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    process.send?.({ port: (server.address() as AddressInfo).port })
  }
  let ending = false
  const close = async (): Promise<void> => {
    server.close()
    server.closeAllConnections()
    try {
      await orders?.close()
    } finally {
      await tracer.close()
    }
  }
  const end = (): void => {
    if (ending) return
    ending = true
    close().then(() => process.exit(0), failed)
  }
  const failed = (error: unknown): void => {
    console.error(error)
    process.exit(1)
  }
  // Ctrl-C reaches the whole group of processes: the launcher says when to end, in which order.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', end)
  // The launcher is gone, however it went.
  process.on('disconnect', end)
  ready().catch(failed)
}
