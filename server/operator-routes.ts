// What an operator asks the process itself: is it well, what is it, what has it counted.
import express, { type Request, type Response, type Router } from 'express'
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
  router.get(['/health', '/actuator/health'], (request, response, next) => {
    Promise.all(Object.entries(components).map(async ([name, check]) => [name, await check()] as const))
      .then((checked) => {
        const isUp = checked.every(([, { up }]) => up)
        answer(request, response.status(isUp ? 200 : 503), healthOf(checked, isUp))
      })
      .catch(next)
  })
  router.get(['/info', '/actuator/info'], (request, response) => {
    answer(request, response, { name: 'hopscope', version, zipkin: { version: ZIPKIN_VERSION } })
  })
  router.get('/metrics', (_, response, next) => {
    metrics
      .toJson()
      .then((json) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(json)))
      .catch(next)
  })
  router.get(['/prometheus', '/actuator/prometheus'], (_, response, next) => {
    registry
      .metrics()
      .then((text) => response.type(registry.contentType).send(text))
      .catch(next)
  })
  return onlyGet(router)
}

/** The Zipkin whose API this is; its clients read it to know what they can ask for. */
const ZIPKIN_VERSION = '3.6.1'

/** Some ask below /actuator, where Spring Boot has these, and where Zipkin gives Spring Boot's media type. */
function answer({ path }: Request, response: Response, body: object): void {
  if (path.startsWith('/actuator/')) response.type('application/vnd.spring-boot.actuator.v2+json')
  response.json(body)
}

const statusOf = (up: boolean) => (up ? 'UP' : 'DOWN')

/** As Zipkin has it, in `zipkin`, and with all that we know, in `components`. */
function healthOf(checked: readonly (readonly [name: string, health: Health])[], isUp: boolean) {
  const status = statusOf(isUp)
  const details = checked.map(([name, { up, detail }]) => [
    name,
    up ? { status: statusOf(up) } : { status: statusOf(up), details: { error: detail } },
  ])
  return {
    status,
    zipkin: { status, details: Object.fromEntries(details) as Record<string, unknown> },
    components: Object.fromEntries(checked.map(([name, health]) => [name, componentOf(name, health)])),
  }
}

function componentOf(name: string, { up, detail }: Health) {
  const what = name === 'storage' ? 'store' : name
  return { status: statusOf(up), details: up ? { [what]: detail } : { error: detail } }
}
