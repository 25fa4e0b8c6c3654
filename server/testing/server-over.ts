// A server over a store that fails, or does what a test says. For tests, not for production code.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SpanReader, Store } from '@hopscope/storage'
import { pino } from 'pino'
import { createApp } from '../app.ts'
import { createCollector } from '../collector.ts'
import { readConfig } from '../config.ts'

let server: Server | undefined

/** To be called after each test. */
export function closeServer(): void {
  server?.close()
  server?.closeAllConnections()
}

/** A server whose store answers every question with this error, but where told otherwise; and the lines it logs. */
export async function serverOver(
  error: Error,
  reader: Partial<SpanReader> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<{ url: string; logged: string[] }> {
  const fail = () => Promise.reject(error)
  const store: Store = {
    writer: { write: fail },
    reader: {
      traces: fail,
      spellings: fail,
      find: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
      names: fail,
      dependencies: fail,
      native: () => true,
      aggregate: fail,
      edges: fail,
      ...reader,
    },
    check: () => Promise.resolve({ up: false, detail: 'The disk is on fire.' }),
    close: () => Promise.resolve(),
  }
  const logged: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => logged.push(line) })
  const config = readConfig({}, environment)
  const collector = createCollector(config, store)
  server = createServer(createApp({ config, store, collector, log, version: '1.2.3' }))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, logged }
}
