import { once } from 'node:events'
import { get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type NextFunction, type Request, type Response } from 'express'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type ErrorForm, HopscopeError, problemFrom } from '@hopscope/proto'
import { afterData, errorsInEnvelope, errorsOfGateway } from './jaeger-answer.ts'
import { listOf, sendPieces } from '../trace-stream.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

/** A server whose only route lists these items; errors are told as server/app.ts tells them. */
async function serving(items: () => AsyncGenerator<string>, form = errorsInEnvelope): Promise<string> {
  const app = express()
  app.use(form)
  app.get('/', (_, response) =>
    sendPieces(
      response,
      listOf('{"data":[', items(), () => `]${afterData(0, [])}`),
    ),
  )
  app.use((error: unknown, _: Request, response: Response, _next: NextFunction) => {
    if (response.headersSent) return void response.destroy()
    const problem = problemFrom(error)
    const { type, body } = (response.locals['errorForm'] as ErrorForm)(problem)
    response.status(problem.status).type(type).send(body)
  })
  const server = app.listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function* failing(good: number): AsyncGenerator<string> {
  for (let i = 0; i < good; i++) yield await Promise.resolve(JSON.stringify('x'.repeat(2 ** 16)))
  throw new HopscopeError('store-unavailable', 'The store is away.')
}

describe('a list', () => {
  test('is one JSON text, whether it is empty, small or large', async () => {
    for (const [count, length] of [[0, 0], [3, 5], [200, 10_000]] as const) {
      const url = await serving(async function* () {
        for (let i = 0; i < count; i++) yield await Promise.resolve(JSON.stringify(`${i}`.padEnd(length, 'ü')))
      })
      const response = await fetch(url)
      expect(response.headers.get('content-type')).toBe('application/json')
      const answer = (await response.json()) as { data: string[]; errors: unknown }
      expect([answer.data.length, answer.data.at(-1)?.length ?? 0, answer.errors]).toEqual([count, length, null])
    }
  }) // prettier-ignore

  test('that fails before anything is sent is an error in the form of its API', async () => {
    const older = await fetch(await serving(() => failing(0)))
    expect([older.status, await older.json()]).toEqual([
      503,
      { data: null, total: 0, limit: 0, offset: 0, errors: [{ code: 503, msg: 'The store is away.' }] },
    ])
    const v3 = await fetch(await serving(() => failing(0), errorsOfGateway))
    expect([v3.status, await v3.json()]).toEqual([
      503,
      { error: { httpCode: 503, message: 'The store is away.' } },
    ])
  })

  test('that fails half-way breaks the connection off', async () => {
    const response = await fetch(await serving(() => failing(3)))
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
  })

  test('is read no further once nobody listens', async () => {
    let end: () => void
    const ended = new Promise<void>((resolve) => (end = resolve))
    const url = await serving(async function* () {
      try {
        for (;;) yield await Promise.resolve(JSON.stringify('x'.repeat(2 ** 16)))
      } finally {
        end()
      }
    })
    const [response] = (await once(get(url), 'response')) as [IncomingMessage]
    response.destroy()
    await ended
  })

  test('is read no further than a first write when only its head is asked for', async () => {
    let read = 0
    const url = await serving(async function* () {
      for (; read < 1000; read++) yield await Promise.resolve(JSON.stringify('x'.repeat(2 ** 16)))
    })
    const response = await fetch(url, { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
    expect(read).toBeLessThan(5)
  })
})
