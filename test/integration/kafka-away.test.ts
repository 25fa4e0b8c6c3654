// A Kafka that takes connections and then says nothing; no real one is needed.
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { startServer } from '../support/server-process.ts'

let silent: Server
const sockets = new Set<Socket>()
let env: Record<string, string>

beforeEach(async () => {
  silent = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  env = { KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${(silent.address() as AddressInfo).port}` }
})
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  silent.close()
})

test('a process that was stopped does not wait for what a silent broker will never answer', async () => {
  const server = await startServer({ env })
  const connected = Date.now() + 5_000
  while (sockets.size === 0 && Date.now() < connected) await new Promise((resolve) => setTimeout(resolve, 50))
  const start = Date.now()
  expect(await server.stop()).toBe(0)
  expect(Date.now() - start).toBeLessThan(6_000)
  expect(server.output()).toMatch(/Stopped; every accepted span is stored\.\n$/)
})

test('a password that is sent in the open is warned of', async () => {
  const sasl = {
    HOPSCOPE_KAFKA_SASL_MECHANISM: 'plain',
    HOPSCOPE_KAFKA_SASL_USERNAME: 'me',
    HOPSCOPE_KAFKA_SASL_PASSWORD: 's3cret',
  }
  const server = await startServer({ env: { ...env, ...sasl } })
  await server.stop()
  expect(server.output()).toContain('the password is sent as it is')
  expect(server.output()).not.toContain('s3cret')
})
