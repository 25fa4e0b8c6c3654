// A real PostgreSQL, read by pg-cursor and pg-query-stream over a connection that another request opened.
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { currentContext } from '@hopscope/propagation'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import QueryStream from 'pg-query-stream'
import { describeWithPostgres, sharedPostgres } from '../backends/describe.ts'
import { SLOW, called, commands, openedByAnother, request, spans, tracer } from './data-stores.ts'

type Called = (error?: Error | null, rows?: { n: number }[]) => void

/** It has no types of its own. */
interface Cursor extends pg.Submittable {
  read(rows: number, callback: Called): void
  close(callback: Called): void
}
const Cursor = createRequire(import.meta.url)('pg-cursor') as new (text: string) => Cursor

const COUNT = 'SELECT generate_series(1, 5) AS n'

describeWithPostgres('cursors of pg', () => {
  let url = ''
  let client: pg.Client
  const here = () => currentContext()?.spanId
  beforeAll(async () => {
    url = await sharedPostgres()
    client = tracer.pg(new pg.Client({ connectionString: url }))
    await openedByAnother(() => client.connect())
  }, SLOW)
  afterAll(() => client.end())

  const outcomes = () => commands('postgresql', url).map((span) => span.tags['outcome'])

  test('read and close in the context of who does so, in a span until then', async () => {
    await request(async () => {
      const cursor = client.query(new Cursor(COUNT))
      const read = await called((callback) => cursor.read(2, callback))
      expect(read).toMatchObject({ result: [{ n: 1 }, { n: 2 }], spanId: here() })
      expect(await called((callback) => cursor.close(callback))).toMatchObject({ spanId: here() })
      const failing = client.query(new Cursor('SELECT nonsense'))
      const failed = await called((callback) => failing.read(1, callback))
      expect(failed).toMatchObject({ error: { code: '42703' }, spanId: here() })
      expect(await called((callback) => failing.close(callback))).toMatchObject({ spanId: here() })
    })
    expect(outcomes()).toEqual(['success', 'error'])
  })

  test('outside of any request read and close in no request', async () => {
    const cursor = client.query(new Cursor(COUNT))
    expect((await called((callback) => cursor.read(2, callback))).spanId).toBeUndefined()
    expect((await called((callback) => cursor.close(callback))).spanId).toBeUndefined()
    expect(spans).toEqual([])
  })

  test('as streams tell of rows, end, error and close in the context of their reader', async () => {
    const told = async (sql: string, give: (stream: QueryStream) => void): Promise<unknown[]> => {
      const events: unknown[] = []
      const stream = client.query(new QueryStream(sql, [], { batchSize: 2 }))
      for (const event of ['data', 'end', 'error', 'close'])
        stream.on(event, () => events.push([event, here()]))
      give(stream)
      const closed = new Promise((resolve) => stream.once('close', resolve))
      await closed
      return events
    }
    const leave = () => undefined
    const rows = (...events: string[]) => events.map((event) => [event, here()])
    await request(async () => {
      expect(await told(COUNT, leave)).toEqual(rows('data', 'data', 'data', 'data', 'data', 'end', 'close'))
      expect(await told('SELECT nonsense', leave)).toEqual(rows('error', 'close'))
      const destroyed = await told(COUNT, (stream) => {
        stream.once('data', () => stream.destroy(new Error('enough')))
      })
      expect(destroyed.slice(-2)).toEqual(rows('error', 'close'))
    })
    expect(outcomes()).toEqual(['success', 'error', 'success'])
    spans.splice(0)
    expect(await told('SELECT nonsense', leave)).toEqual(rows('error', 'close'))
    expect(here()).toBeUndefined()
    expect(spans).toEqual([])
  })

  test('of a pool, as an object with events, are told in the context of the caller', async () => {
    const pool = tracer.pg(new pg.Pool({ connectionString: url, max: 1 }))
    await openedByAnother(() => pool.query('SELECT 1'))
    const ask = async (): Promise<unknown> => {
      const query = new pg.Query('SELECT 1 AS n')
      const row = once(query, 'row').then(() => undefined)
      const contexts: unknown[] = []
      query.on('row', () => contexts.push(here()))
      // Its types know texts and configs only.
      await pool.query(query as unknown as string)
      await row
      return contexts
    }
    expect(await ask()).toEqual([undefined])
    await request(async () => expect(await ask()).toEqual([here()]))
    expect(outcomes()).toEqual(['success'])
    await pool.end()
  })
})
