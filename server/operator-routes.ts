// What an operator asks the process itself: is it well, what is it, what has it counted.
import express, { type Router } from 'express'
import { collectDefaultMetrics, type Registry } from 'prom-client'
import type { CollectorMetrics } from '@hopscope/collector'
import { onlyGet } from '@hopscope/query'
import type { Health } from '@hopscope/storage'

export interface OperatorRoutesOptions {
  /** What this process needs to do its work, by name. */
  readonly components: Readonly<Record<string, () => Promise<Health>>>
  readonly registry: Registry
  readonly metrics: CollectorMetrics
  readonly version: string
}

export function operatorRoutes({ components, registry, metrics, version }: OperatorRoutesOptions): Router {
  collectDefaultMetrics({ register: registry })
  const router = express.Router()
  router.get('/health', (_, response, next) => {
    Promise.all(Object.entries(components).map(async ([name, check]) => [name, await check()] as const))
      .then((checked) => {
        const isUp = checked.every(([, { up }]) => up)
        response.status(isUp ? 200 : 503).json({
          status: statusOf(isUp),
          components: Object.fromEntries(checked.map(([name, health]) => [name, componentOf(name, health)])),
        })
      })
      .catch(next)
  })
  router.get('/info', (_, response) => {
    response.json({ name: 'hopscope', version })
  })
  router.get('/metrics', (_, response, next) => {
    metrics
      .toJson()
      .then((json) => response.json(json))
      .catch(next)
  })
  router.get('/prometheus', (_, response, next) => {
    registry
      .metrics()
      .then((text) => response.type(registry.contentType).send(text))
      .catch(next)
  })
  return onlyGet(router)
}

const statusOf = (up: boolean) => (up ? 'UP' : 'DOWN')

function componentOf(name: string, { up, detail }: Health) {
  const what = name === 'storage' ? 'store' : name
  return { status: statusOf(up), details: up ? { [what]: detail } : { error: detail } }
}
