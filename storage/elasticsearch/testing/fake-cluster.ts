// An Elasticsearch of a few lines for tests: an HTTP server on loopback whose answers the test scripts, and which keeps
// what it was asked.
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { TEST_CERTIFICATE, TEST_KEY } from './tls.ts'

export interface Asked {
  readonly method: string
  /** With its query. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** What to say: an answer, or to hang up, or never a word. */
export type Answer = { readonly status?: number; readonly json?: unknown } | 'hang up' | 'silence'

export type Script = (asked: Asked) => Answer | Promise<Answer>

export interface FakeCluster {
  readonly url: string
  readonly asked: readonly Asked[]
  /** Requests that were under way at one time, at most. */
  readonly mostAtOnce: number
  close(): Promise<void>
}

export async function fakeCluster(script: Script, { tls = false } = {}): Promise<FakeCluster> {
  const asked: Asked[] = []
  let underWay = 0
  let mostAtOnce = 0
  const listener: RequestListener = (request, response) => {
    answer(request, response).catch(() => response.destroy())
  }
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    mostAtOnce = Math.max(mostAtOnce, ++underWay)
    response.once('close', () => underWay--)
    const body: Buffer[] = []
    for await (const part of request) body.push(part as Buffer)
    const { method = '', url = '', headers } = request
    const question = { method, url, headers, body: Buffer.concat(body).toString() }
    asked.push(question)
    const said = await script(question)
    if (said === 'silence') return
    if (said === 'hang up') return void request.socket.destroy()
    response.writeHead(said.status ?? 200, {
      'content-type': 'application/json',
      // Without it the official client believes that it talks to something else.
      'x-elastic-product': 'Elasticsearch',
    })
    response.end(JSON.stringify(said.json ?? {}))
  }
  const server = tls
    ? createTlsServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, listener)
    : createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    asked,
    get mostAtOnce() {
      return mostAtOnce
    },
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** The documents of a bulk request. */
export function documentsOf({ body }: Asked): string[] {
  return body.split('\n').filter((line, i) => i % 2 === 1 && line !== '')
}

/** A bulk's answer: of each item its status, or status and error. */
export function itemsAnswer(items: readonly (number | readonly [status: number, error: object])[]): Answer {
  return {
    json: {
      items: items.map((item) => ({
        create: typeof item === 'number' ? { status: item } : { status: item[0], error: item[1] },
      })),
    },
  }
}

export const allStored: Script = (asked) => itemsAnswer(documentsOf(asked).map(() => 201))

/** A URL at which nobody listens. */
export async function deadUrl(): Promise<string> {
  const { url, close } = await fakeCluster(() => ({}))
  await close()
  return url
}
