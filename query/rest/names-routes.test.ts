import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type NextFunction, type Request, type Response } from 'express'
import { HopscopeError } from '@hopscope/proto'
import type { NameKind, NameScope, SpanReader } from '@hopscope/storage'
import { afterEach, describe, expect, test } from '@jest/globals'
import { namesRoutes } from './names-routes.ts'

let server: Server | undefined
afterEach(() => {
  server?.close()
  server?.closeAllConnections()
})

/** Asks a server whose store knows the names a, b and c of everything; gives the answer and what the store was asked. */
async function ask(path: string, permit: () => void = () => undefined) {
  const asked: [NameKind, NameScope][] = []
  const reader: Partial<SpanReader> = {
    names(kind, scope) {
      asked.push([kind, scope])
      return Promise.resolve(['a', 'b', 'c'].slice(0, scope.limit))
    },
  }
  const app = express()
  app.set('query parser', 'simple')
  app.use(namesRoutes(reader as SpanReader, permit))
  app.use((error: unknown, _: Request, response: Response, _next: NextFunction) => {
    if (!(error instanceof HopscopeError)) throw error
    response.status(error.status).json(error.detail)
  })
  const listening = createServer(app)
  server = listening
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const response = await fetch(`http://127.0.0.1:${(listening.address() as AddressInfo).port}${path}`)
  return { answer: (await response.json()) as unknown, asked }
}

describe('lists of names', () => {
  test.each<[string, string, NameKind, NameScope]>([
    ['/services', 'services', 'service', {}],
    ['/services?prefix=We', 'services', 'service', { prefix: 'we' }],
    ['/services/Web/operations', 'operations', 'operation', { service: 'web' }],
    ['/services/a/b%2Fc/operations?prefix=GET%20/', 'operations', 'operation', { service: 'a/b/c', prefix: 'get /' }],
    ['/tags?service=Web&prefix=Http', 'tags', 'tagKey', { service: 'web', prefix: 'Http' }],
    ['/tags/http.Path/values?prefix=/A', 'values', 'tagValue', { tagKey: 'http.Path', prefix: '/A' }],
    ['/tags/k8s%2Fpod%20%25/values?service=Web', 'values', 'tagValue', { tagKey: 'k8s/pod %', service: 'web' }],
  ])('%s are asked of the store by scope, prefix and limit', async (path, called, kind, scope) => {
    const { answer, asked } = await ask(path)
    expect(answer).toEqual({ [called]: ['a', 'b', 'c'], complete: true })
    expect(asked).toEqual([[kind, { ...scope, limit: 1001 }]])
  }) // prettier-ignore

  test('say so when there are more than were asked for', async () => {
    expect((await ask('/services?limit=3')).answer).toEqual({ services: ['a', 'b', 'c'], complete: true })
    expect((await ask('/services?limit=2')).answer).toEqual({ services: ['a', 'b'], complete: false })
  })

  test.each([
    ['/services?limit=0', 'limit: 0 is not between 1 and 10000'],
    ['/services?limit=10001', 'limit: 10001 is not between 1 and 10000'],
    ['/services?service=a', 'service: there is no such parameter; there are prefix, limit'],
    ['/tags?key=a', 'key: there is no such parameter; there are service, prefix, limit'],
    ['/tags/a/values?prefix=a&prefix=b', 'prefix: give it once'],
  ])('%s is refused with a reason', async (path, detail) => {
    expect(await ask(path)).toEqual({ answer: detail, asked: [] })
  })

  test.each(['/services', '/services/a/operations', '/tags', '/tags/a/values'])(
    '%s needs permission',
    async (path) => {
      const no = () => {
        throw new HopscopeError('search-disabled', 'no')
      }
      expect(await ask(path, no)).toEqual({ answer: 'no', asked: [] })
    },
  )
})
