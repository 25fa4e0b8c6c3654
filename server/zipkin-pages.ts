// What Zipkin has below /zipkin beside its API: the settings of its UI, and pages that people have links to.
import express, { type Response, type Router } from 'express'
import { onlyGet } from '@hopscope/query'

const DEFAULT_LIMIT = 10
const DEFAULT_LOOKBACK_MS = 15 * 60_000

/** @param searchEnabled whether the UI should offer to search */
export function zipkinPages(searchEnabled: boolean): Router {
  const router = express.Router()

  // The values that Zipkin has by default: its UI may run elsewhere, over our API.
  router.get('/zipkin/config.json', (_, response) => {
    response.setHeader('Cache-Control', 'max-age=600').json({
      environment: '',
      queryLimit: DEFAULT_LIMIT,
      defaultLookback: DEFAULT_LOOKBACK_MS,
      searchEnabled,
      logsUrl: null,
      supportUrl: null,
      archivePostUrl: null,
      archiveUrl: null,
      dependency: { enabled: true, lowErrorRate: 0.5, highErrorRate: 0.75 },
    })
  })

  router.get('/zipkin/traces/:traceId', ({ params }, response) => {
    elsewhere(response, `/traces/${encodeURIComponent(params.traceId)}`)
  })
  router.get(
    ['/zipkin', '/zipkin/index.html', '/zipkin/dependency', '/zipkin/traceViewer'],
    (_, response) => {
      elsewhere(response, '/')
    },
  )

  return onlyGet(router)
}

function elsewhere(response: Response, path: string): void {
  response.status(302).setHeader('Location', path).setHeader('Content-Length', '0').end()
}
