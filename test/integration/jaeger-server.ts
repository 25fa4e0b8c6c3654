// What the tests of Jaeger's APIs share: two traces of Zipkin spans, and a server that has them.
import { afterAll, beforeAll, expect } from '@jest/globals'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { type ContractClient, contractClient } from './contract-client.ts'
import { idFrom, postSpans, wireSpan, type WireSpan } from './client.ts'

export const T0 = (Date.now() - 600_000) * 1000
export const at = (milliseconds: number) => T0 + milliseconds * 1000
const local = (serviceName: string) => ({ localEndpoint: { serviceName, ipv4: '10.0.0.1', port: 80 } })

/** web calls pay, which fails; both halves share an id, and pay's database hangs on it. */
export const CALL = idFrom('jaeger call')
export const [ROOT, PAY, SAVE] = ['root', 'pay', 'save'].map((name) => idFrom('jaeger', name))
export const call: WireSpan[] = [
  wireSpan({ traceId: CALL, id: ROOT, name: 'get /buy', timestamp: at(0), duration: 90_000, ...local('web'), tags: { environment: 'prod', 'http.path': '/buy?a=1 b' } }),
  wireSpan({ traceId: CALL, id: PAY, parentId: ROOT, kind: 'CLIENT', name: 'post /charge', timestamp: at(10), duration: 60_000, ...local('web'), remoteEndpoint: { serviceName: 'pay', ipv6: '2001:db8::1' } }),
  wireSpan({ traceId: CALL, id: PAY, parentId: ROOT, shared: true, name: 'post /charge', timestamp: at(20), duration: 40_000, ...local('pay'), tags: { error: 'card declined', environment: 'test' }, annotations: [{ timestamp: at(30), value: 'retry now' }] }),
  wireSpan({ traceId: CALL, id: SAVE, parentId: PAY, kind: 'CLIENT', name: 'insert', timestamp: at(22), duration: 3000, ...local('pay'), remoteEndpoint: { serviceName: 'db' } }),
] // prettier-ignore
/** A later trace with a 128-bit id, of one span whose parent is missing; its service has a name like a path. */
export const WIDE = '1'.padStart(16, '0') + idFrom('jaeger wide')
const wide = wireSpan({ traceId: WIDE, id: idFrom('jaeger wide'), parentId: 'ff', name: 'tick', timestamp: at(1000), duration: 500, ...local('jobs/cron') }) // prettier-ignore

interface JaegerTag {
  key: string
  type: string
  value: unknown
}
export interface JaegerSpan {
  spanID: string
  processID: string
  references: unknown[]
  tags: JaegerTag[]
  logs: unknown[]
}
export interface JaegerTrace {
  traceID: string
  spans: JaegerSpan[]
  processes: Record<string, { serviceName: string; tags: JaegerTag[] }>
}
export interface Envelope<T> {
  data: T
  total: number
  errors: { code?: number; msg: string; traceID?: string }[] | null
}
export interface OtlpAnswer {
  result: {
    resourceSpans: {
      resource: { attributes: { key: string; value: { stringValue: string } }[] }
      scopeSpans: {
        spans: { traceId: string; spanId: string; parentSpanId?: string; startTimeUnixNano: string }[]
      }[]
    }[]
  }
}

/** A server of these traces for the tests of one file, and its answers, which must be as the contract says. */
export function useJaegerServer() {
  let server: ServerProcess
  let contract: ContractClient
  beforeAll(async () => {
    server = await startServer()
    contract = await contractClient(server.url)
    expect((await postSpans(server.url, [...call, wide])).status).toBe(202)
  })
  afterAll(async () => {
    await contract.close()
    await server.stop()
  })

  async function ofContract<T>(path: string): Promise<T> {
    const response = await contract.fetch(path)
    expect(response.status).toBe(200)
    return (await response.json()) as T
  }
  return {
    get url() {
      return server.url
    },
    api: <T>(path: string) => ofContract<Envelope<T>>(`/api${path}`),
    v3: <T>(path: string) => ofContract<T>(`/api/v3${path}`),
    async refused(path: string) {
      // Paths that are none are in no contract.
      const isNone = path.endsWith('/a/b') || path.endsWith('/nothing')
      const response = await (isNone ? fetch(`${server.url}/api${path}`) : contract.fetch(`/api${path}`))
      expect(response.headers.get('content-type')).toMatch(/^application\/json/)
      return [response.status, (await response.json()) as unknown]
    },
  }
}
