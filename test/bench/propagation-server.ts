// A hello-world in Express as a process of its own: bare, with our middleware, or under OpenTelemetry's SDK.
// Told by its arguments which, and where spans go; asked by messages what it has used.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import type Express from 'express'
import { createTracer, type Middleware } from '@hopscope/propagation'

/** What the process has used since it began: CPU in microseconds, heap in bytes after a collection of garbage. */
export interface Used {
  cpuUs: number
  heapBytes: number
  droppedSpans: number
}

const [mode, sink] = process.argv.slice(2)
// By `require`, for that is what OpenTelemetry's instrumentations take hold of.
const require = createRequire(import.meta.url)

const startOpenTelemetry = (): void => {
  // Its exporter over HTTP, its batches and its composite of W3C propagators: what NodeSDK does by itself.
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = sink
  process.env['OTEL_SERVICE_NAME'] = 'hello'
  process.env['OTEL_METRICS_EXPORTER'] = 'none'
  process.env['OTEL_LOGS_EXPORTER'] = 'none'
  const { NodeSDK } = require('@opentelemetry/sdk-node') as typeof import('@opentelemetry/sdk-node')
  const { HttpInstrumentation } =
    require('@opentelemetry/instrumentation-http') as typeof import('@opentelemetry/instrumentation-http')
  const { ExpressInstrumentation } =
    require('@opentelemetry/instrumentation-express') as typeof import('@opentelemetry/instrumentation-express')
  new NodeSDK({ instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()] }).start()
}

const startHopscope = (): { middleware: Middleware; dropped: () => number } => {
  const tracer = createTracer({ service: 'hello', ...(sink && { collectorUrl: sink }) })
  return { middleware: tracer.middleware(), dropped: () => tracer.stats().dropped }
}

const collectGarbage = (globalThis as { gc?: () => void }).gc

if (mode === 'opentelemetry') startOpenTelemetry()
const ours = mode === 'hopscope' ? startHopscope() : undefined
const express = require('express') as typeof Express
const app = express()
if (ours) app.use(ours.middleware)
app.get('/hello', (_request, response) => void response.send('hello'))
const server: Server = app.listen(0, '127.0.0.1', () =>
  process.send?.({ port: (server.address() as AddressInfo).port }),
)
process.on('message', (question: 'used' | 'used, collected') => {
  if (question === 'used, collected') collectGarbage?.()
  const { user, system } = process.cpuUsage()
  const used: Used = {
    cpuUs: user + system,
    heapBytes: process.memoryUsage().heapUsed,
    droppedSpans: ours?.dropped() ?? 0,
  }
  process.send?.(used)
})
process.on('disconnect', () => process.exit())
