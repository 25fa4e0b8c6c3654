// What the five services have in common: a traced Express app on a free port, and an orderly end.
import type { AddressInfo } from 'node:net'
import { performance } from 'node:perf_hooks'
import { createTracer, type Tracer } from '@hopscope/propagation'
import express, { type ErrorRequestHandler, type Express } from 'express'
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

/** Starts a service: `define` adds its routes. Tells the launcher its port. */
export const startService = (
  service: string,
  define: (app: Express, tracer: Tracer, urlOf: (service: string) => string) => void,
  { clockOffsetMs = 0 }: ServiceOptions = {},
): void => {
  const { collectorUrl, urlOf } = serviceSettings()
  const tracer = createTracer({
    service,
    host: '127.0.0.1',
    collectorUrl,
    intervalMs: 300,
    now: () => Math.round((performance.timeOrigin + performance.now() + clockOffsetMs) * 1000),
  })
  const app = express()
  app.use(tracer.middleware())
  app.use(express.json())
  define(app, tracer, urlOf)
  app.use(tracer.errorMiddleware())
  app.use(answerErrors)

  const server = app.listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port })
  })
  let ending = false
  const end = (): void => {
    if (ending) return
    ending = true
    server.close()
    server.closeAllConnections()
    tracer.close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  // Ctrl-C reaches the whole group of processes: the launcher says when to end, in which order.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', end)
  // The launcher is gone, however it went.
  process.on('disconnect', end)
}
