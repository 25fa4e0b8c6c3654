// What an operator asks the process itself: is it well, what is it, what has it counted.
import express, { type Router } from 'express'
import { collectDefaultMetrics, type Registry } from 'prom-client'
import type { CollectorMetrics } from '@hopscope/collector'
import { onlyGet } from '@hopscope/query'
import type { Store } from '@hopscope/storage'

export interface OperatorRoutesOptions {
  readonly store: Store
  readonly registry: Registry
  readonly metrics: CollectorMetrics
  readonly version: string
}

export function operatorRoutes({ store, registry, metrics, version }: OperatorRoutesOptions): Router {
  collectDefaultMetrics({ register: registry })
  const router = express.Router()
  router.get('/health', (_, response, next) => {
    store
      .check()
      .then(({ up, detail }) => {
        const status = up ? 'UP' : 'DOWN'
        const details = up ? { store: detail } : { error: detail }
        response.status(up ? 200 : 503).json({ status, components: { storage: { status, details } } })
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
