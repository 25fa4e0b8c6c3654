// Calls from outside to the services of frameworks.ts, and what a test needs to hold them up.
import http from 'node:http'
import type { Span } from '../index.ts'
import type { Core } from '../spans/core.ts'
import { coreOf } from './core.ts'
import { frameworks, type Routes } from './frameworks.ts'
import { listen, until } from './harness.ts'

/** Routes that answer as simply as they can. */
export const ROUTES: Routes = {
  get: (id) => Promise.resolve({ id }),
  post: (body) => body,
  fail: (how) => {
    if (how === 'at-once') throw new Error('thrown at once')
    return new Promise((_resolve, reject) => setImmediate(() => reject(new Error('rejected later'))))
  },
  failed: () => undefined,
  stream: async function* () {
    yield await Promise.resolve('x')
  },
  hang: () => undefined,
}

interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  body: string
}

/** A call from outside, by a connection of its own where no agent is given. */
export const ask = (
  port: number,
  path: string,
  options: http.RequestOptions = {},
  body = '',
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      )
    })
    request.on('error', reject)
    request.end(body)
  })

/** Something to wait for until the test opens it. */
export const gate = (): { opened: Promise<void>; open: () => void } => {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}

export const spansAre = (spans: Span[], count: number): Promise<void> =>
  until(`${count} spans`, () => spans.length >= count)

/** The service on one of the frameworks, its port, and where its spans go. */
export const startOn = async (
  framework: string,
  routes: Partial<Routes> = {},
  options: Partial<Core['options']> = {},
): Promise<{ port: number; spans: Span[] }> => {
  const build = frameworks[framework]
  if (!build) throw new Error(`no ${framework}`)
  const spans: Span[] = []
  const core = coreOf(spans, { self: { service: 'shop' }, ...options })
  return { port: await listen(await build(core, { ...ROUTES, ...routes })), spans }
}
