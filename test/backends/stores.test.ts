// The recipes of the data stores: each serves its client, and leaves nothing behind.
import { existsSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { describeWithOwn } from './describe.ts'
import { startMariadb } from './mariadb.ts'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import { accepts } from './server.ts'

/** Maven fetches MariaDB the first time. */
const SLOW = 600_000

const stores = {
  async postgres() {
    const server = await startPostgres()
    const client = new pg.Client(server.url)
    await client.connect()
    const { rows } = await client.query<{ two: number }>('SELECT 1 + 1 AS two')
    await client.end()
    return { server, two: rows[0]?.two }
  },
  async redis() {
    const server = await startRedis({ 'maxmemory-policy': 'allkeys-lru' })
    const client = new Redis(server.url)
    await client.incr('n')
    const two = await client.incr('n')
    await client.quit()
    return { server, two }
  },
  async mariadb() {
    const server = await startMariadb()
    const client = await mysql.createConnection(server.url)
    const [rows] = await client.query<mysql.RowDataPacket[]>('SELECT 1 + 1 AS two')
    await client.end()
    return { server, two: rows[0]?.['two'] as unknown }
  },
}

describeWithOwn(['postgres', 'redis', 'mariadb'], 'a data store of a test', () => {
  test.each(['postgres', 'redis', 'mariadb'] as const)(
    '%s answers its client, and leaves neither process nor data behind',
    async (kind) => {
      const { server, two } = await stores[kind]()
      expect(two).toBe(2)
      expect(await accepts(server.port)).toBe(true)
      await server.remove()
      expect(await accepts(server.port)).toBe(false)
      expect(existsSync(server.dataDir)).toBe(false)
    },
    SLOW,
  )
})
