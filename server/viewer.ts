// Serves the built UI. Every path of the viewer is the same page; the page reads the path.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import express, { type Router } from 'express'

const YEAR_SECONDS = 365 * 24 * 3600
const PAGES = [
  '/',
  '/requests/:requestId',
  '/traces/:traceId',
  '/services',
  '/services/:service',
  '/graph',
  '/compare',
  '/compare/:a/:b',
  '/file',
]

export function viewer(): Router {
  const root = join(dirname(createRequire(import.meta.url).resolve('@hopscope/ui/package.json')), 'dist')
  const page = join(root, 'index.html')
  const router = express.Router()
  router.use(
    '/assets',
    express.static(join(root, 'assets'), { maxAge: YEAR_SECONDS * 1000, immutable: true, index: false }),
  )
  router.use(express.static(root, { index: false }))
  router.get(PAGES, (_, response, next) => {
    if (existsSync(page)) response.setHeader('Cache-Control', 'no-cache').sendFile('index.html', { root })
    else next(new Error(`the viewer is not built: ${page} is missing; run "npm run build"`))
  })
  // Whoever typed an address wrong sees the viewer's own words for it; an API's client sees the API's.
  router.get('{*path}', (request, response, next) => {
    const forPeople =
      request.headers.accept?.includes('text/html') &&
      !/^\/(?:api|rest|zipkin|v1|assets|actuator)\b/i.test(request.path)
    if (forPeople && existsSync(page))
      response.status(404).setHeader('Cache-Control', 'no-cache').sendFile('index.html', { root })
    else next()
  })
  return router
}
