// Services under trace, for the tests: each test has a memory of its own, and its tracers and servers end with it.
import { afterEach, beforeEach } from '@jest/globals'
import express, { type Express } from 'express'
import { createTracer, runUntraced, type Span, type Tracer, type TracerOptions } from '../index.ts'
import { closeAll, get, inMemory, until } from './harness.ts'

let reporter = inMemory()
let tracers: Tracer[] = []

/** What was reported in this test, in order. */
export const spans = (): Span[] => reporter.spans

export const tracerOf = (service: string, options: Partial<TracerOptions> = {}): Tracer => {
  const tracer = createTracer({ service, host: '127.0.0.1', reporter, ...options })
  tracers.push(tracer)
  return tracer
}

/** An Express service with the middleware first. */
export const serviceOf = (name: string, options: Partial<TracerOptions> = {}): Express => {
  const app = express()
  app.set('env', 'test')
  app.use(tracerOf(name, options).middleware())
  return app
}

export const spanOf = (service: string, kind: Span['kind']): Span => {
  const found = spans().find((span) => span.localEndpoint.serviceName === service && span.kind === kind)
  if (!found) throw new Error(`no ${String(kind)} span of ${service}`)
  return found
}

export const spansAre = (count: number): Promise<void> =>
  until(`${count} spans`, () => spans().length >= count)

/** `get` from outside of the traced services. */
export const untraced = (...args: Parameters<typeof get>): ReturnType<typeof get> =>
  runUntraced(() => get(...args))

beforeEach(() => {
  reporter = inMemory()
  tracers = []
})
afterEach(async () => {
  await Promise.all(tracers.map((tracer) => tracer.close()))
  await closeAll()
})
