// Asks a server through the contract: each answer that proto/openapi.yaml doesn't describe is thrown in the test's face.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import express, { type NextFunction, type Request, type Response as Answer } from 'express'
import * as OpenApiValidator from 'express-openapi-validator'

const CONTRACT = fileURLToPath(import.meta.resolve('@hopscope/proto/openapi.yaml'))
const VIOLATION = 'x-contract-violation'

export interface ContractClient {
  /** @throws Error when the answer is not what the contract promises for this operation */
  fetch(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

/** What express-openapi-validator leaves on a request: the operation of the contract that it is of. */
interface Operation {
  readonly schema?: {
    readonly responses?: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>
  }
}

/** @param base the path below which the server has the contract's routes, such as `/zipkin` */
export async function contractClient(serverUrl: string, base = ''): Promise<ContractClient> {
  const app = express()
  app.set('query parser', 'simple')
  app.use(
    OpenApiValidator.middleware({
      apiSpec: CONTRACT,
      // What the server makes of a bad request is what the tests ask.
      validateRequests: false,
      validateResponses: true,
    }),
  )
  app.use((request, response, next) => {
    forward(serverUrl + base, request, response).catch(next)
  })
  app.use((error: unknown, request: Request, response: Answer, next: NextFunction) => {
    if (response.headersSent) return next(error)
    const text = error instanceof Error ? `${error.message} ${JSON.stringify(error)}` : String(error)
    response.removeHeader('Content-Length')
    response
      .status(599)
      .setHeader(VIOLATION, 'yes')
      .type('text/plain')
      .send(`${request.method} ${request.originalUrl}: ${text}`)
  })
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  const { port } = server.address() as AddressInfo
  return {
    async fetch(path, init) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
      if (response.headers.has(VIOLATION))
        throw new Error(`not as the contract says: ${await response.text()}`)
      return response
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function forward(target: string, request: Request, response: Answer): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const answer = await fetch(target + request.originalUrl, {
    method: request.method,
    headers: { 'Content-Type': request.headers['content-type'] ?? 'application/json' },
    ...(chunks.length > 0 && { body: new Uint8Array(Buffer.concat(chunks)) }),
  })
  const type = answer.headers.get('content-type')
  requireDocumented(request, answer.status, type)
  for (const [name, value] of answer.headers)
    if (!/^(connection|content-length|transfer-encoding|keep-alive|date)$/.test(name))
      response.setHeader(name, value)
  response.status(answer.status)
  // Bytes as they are: not everything is text.
  const body = Buffer.from(await answer.arrayBuffer())
  // Only what goes through json() is validated.
  if (isJson(essenceOf(type)) && body.length > 0) response.json(JSON.parse(body.toString()))
  else response.end(body)
}

function essenceOf(type: string | null): string | undefined {
  return type?.split(';')[0]?.trim().toLowerCase()
}

/** By its name or its suffix (RFC 6839); a list of lines such as application/x-ndjson is none. */
function isJson(essence: string | undefined): boolean {
  return essence !== undefined && /^[^/]+\/(?:[^/]+\+)?json$/.test(essence)
}

/** The validator looks at bodies of JSON alone; which status and type an operation may answer is looked at here. */
function requireDocumented(request: Request, status: number, type: string | null): void {
  const { schema } = (request as Request & { openapi?: Operation }).openapi ?? {}
  const documented = schema?.responses?.[status]
  if (documented === undefined) throw new Error(`status ${status} is not in the contract`)
  const types = Object.keys(documented.content ?? {})
  const essence = essenceOf(type)
  if (types.length === 0 ? essence !== undefined : !types.includes(essence ?? ''))
    throw new Error(
      `type ${String(type)} of status ${status} is not in the contract, which has ${types.join(', ')}`,
    )
}
