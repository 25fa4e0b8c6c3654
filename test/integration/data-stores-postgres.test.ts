// A real PostgreSQL, asked by pg: one CLIENT span for each query, below its request, and nothing in it that was stored.
import pg from 'pg'
import { currentContext } from '@hopscope/propagation'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWithPostgres, sharedPostgres } from '../backends/describe.ts'
import {
  SECRET,
  SLOW,
  called,
  calls,
  commands,
  named,
  openedByAnother,
  own,
  request,
  spans,
  tracer,
} from './data-stores.ts'

describeWithPostgres('queries of pg', () => {
  let url = ''
  let pool: pg.Pool
  const spansHere = () => commands('postgresql', url)
  beforeAll(async () => {
    url = await sharedPostgres()
    pool = tracer.pg(new pg.Pool({ connectionString: url, max: 1 }))
    await pool.query(`CREATE TABLE ${own} (id int PRIMARY KEY, mail text UNIQUE)`)
    await pool.query(`INSERT INTO ${own} VALUES (1, '${SECRET}')`)
  }, SLOW)
  afterAll(async () => {
    await pool.query(`DROP TABLE ${own}`)
    await pool.end()
  })

  test('outside of any request are no spans; a pool wrapped twice makes one for each', async () => {
    expect(tracer.pg(pool)).toBe(pool)
    await pool.query('SELECT 1')
    expect(spans).toEqual([])
    await request(() => pool.query('SELECT 1'))
    expect(named(spansHere())).toEqual(['SELECT'])
  })

  test('outside of any request call back in none, though a request opened the connection', async () => {
    const other = tracer.pg(new pg.Pool({ connectionString: url, max: 1 }))
    await openedByAnother(() => other.query('SELECT 1'))
    const next = await new Promise((resolve) => {
      other.query('SELECT 1', () => {
        other.query('SELECT 2').then(() => resolve(currentContext()), resolve)
      })
    })
    expect(next).toBeUndefined()
    const taken = await new Promise((resolve, reject) => {
      other.connect((error, client, release) => {
        if (error || !client) return reject(error ?? new Error('no client'))
        client.query({ text: 'SELECT 3' }, () => {
          release()
          resolve(currentContext())
        })
      })
    })
    expect(taken).toBeUndefined()
    expect(await called((callback) => other.end(() => callback(null)))).toMatchObject({ spanId: undefined })
    expect(spans).toEqual([])
  })

  test('by promise, callback, config and prepared name give what pg gives, one span each', async () => {
    await request(async () => {
      const found = await pool.query<{ mail: string }>(`SELECT mail FROM ${own} WHERE id = $1`, [1])
      expect(found.rows).toEqual([{ mail: SECRET }])
      const { spanId } = currentContext() ?? {}
      const byCallback = await called<pg.QueryResult>((callback) =>
        pool.query(`/* why */ select mail FROM ${own} WHERE id = $1`, [1], callback),
      )
      expect(byCallback).toMatchObject({ result: { rows: [{ mail: SECRET }] }, spanId })
      const config = { name: 'by-id', text: `SELECT mail FROM ${own} WHERE id = $1`, values: [1] }
      expect((await pool.query(config)).rowCount).toBe(1)
    })
    const found = spansHere()
    expect(named(found)).toEqual(['SELECT', 'SELECT', 'SELECT by-id'])
    expect(found[0]?.tags).toEqual({
      request_id: expect.any(String),
      'db.system.name': 'postgresql',
      'db.operation.name': 'SELECT',
      'db.namespace': 'postgres',
      'peer.service': 'postgresql',
      'peer.host': '127.0.0.1',
      'peer.port': new URL(url).port,
      outcome: 'success',
    })
  })

  test('that fail are errors by their code, without the values of the message, and fail as ever', async () => {
    await request(async () => {
      const doubled = pool.query(`INSERT INTO ${own} VALUES (2, $1)`, [SECRET])
      await expect(doubled).rejects.toMatchObject({ code: '23505', detail: expect.stringContaining(SECRET) })
      const { error } = await called((callback) => pool.query(`SELECT $1::int`, [SECRET], callback))
      expect(error?.message).toContain(SECRET)
      const wrong = pool.query({ text: 'SELECT $1', values: 'none' } as unknown as string)
      await expect(wrong).rejects.toThrow('Query values must be an array')
    })
    expect(
      spansHere()
        .slice(0, 2)
        .map((span) => span.tags),
    ).toMatchObject([
      { outcome: 'error', error: `23505 ${own}_mail_key`, 'db.response.status_code': '23505' },
      { outcome: 'error', error: '22P02', 'db.response.status_code': '22P02' },
    ])
  })

  test('that fail in the service’s own parsers are errors by their kind, without the values they quote', async () => {
    const fails = (value: unknown): never => {
      throw new RangeError(`can’t read ${String(value)}`)
    }
    const client = tracer.pg(new pg.Client({ connectionString: url, types: { getTypeParser: () => fails } }))
    await client.connect()
    await request(async () => {
      const stored = client.query(`SELECT mail FROM ${own} WHERE id = 1`)
      await expect(stored).rejects.toThrow(SECRET)
      const toPostgres = (): never => fails(SECRET)
      await expect(pool.query('SELECT $1', [{ toPostgres }])).rejects.toThrow(SECRET)
    })
    await client.end()
    expect(spansHere().map((span) => span.tags['error'])).toEqual(['RangeError', 'RangeError'])
  })

  test('of a transaction on a client of the pool are one span each, promise and callback clients alike', async () => {
    await request(async () => {
      const client = await pool.connect()
      await client.query('BEGIN')
      await client.query(`UPDATE ${own} SET mail = mail WHERE id = 1`)
      await client.query('ROLLBACK')
      client.release()
      const { spanId } = currentContext() ?? {}
      await new Promise<void>((resolve, reject) => {
        pool.connect((error, mine, release) => {
          if (error || !mine) return reject(error ?? new Error('no client'))
          expect(currentContext()?.spanId).toBe(spanId)
          mine.query('SELECT 2', (failed) => {
            expect(currentContext()?.spanId).toBe(spanId)
            release()
            if (failed) reject(failed)
            else resolve()
          })
        })
      })
    })
    expect(named(spansHere())).toEqual(['BEGIN', 'UPDATE', 'ROLLBACK', 'SELECT'])
  })

  test('of two requests over one pooled connection stay apart, callbacks too', async () => {
    const one = (): Promise<unknown> =>
      request(async () => {
        const { spanId } = currentContext() ?? {}
        await pool.query('SELECT pg_sleep(0.01)')
        expect(currentContext()?.spanId).toBe(spanId)
        const answers = await Promise.all(
          [1, 2, 3].map((n) => called((callback) => pool.query('SELECT $1::int', [n], callback))),
        )
        expect(answers.map((answer) => answer.spanId)).toEqual([spanId, spanId, spanId])
      })
    await Promise.all([one(), one(), one()])
    const parents = spansHere().map((span) => span.parentId)
    expect(parents).toHaveLength(12)
    for (const parent of new Set(parents)) expect(parents.filter((other) => other === parent)).toHaveLength(4)
    expect(new Set(parents).size).toBe(3)
  })

  test('as an object with events end with the last row, which comes in the context of its caller', async () => {
    const client = tracer.pg(new pg.Client({ connectionString: url }))
    await client.connect()
    await request(async () => {
      const { spanId } = currentContext() ?? {}
      const own = await called((callback) => {
        const config: pg.QueryConfig & { callback: typeof callback } = {
          text: 'SELECT $1::int AS n',
          callback,
        }
        void client.query(config, [7])
      })
      expect(own).toMatchObject({ result: { rows: [{ n: 7 }] }, spanId })
      const seen: unknown[] = []
      await new Promise<void>((resolve, reject) => {
        // A row at a time, as cursors ask for them.
        const config: pg.QueryConfig & { rows: number } = {
          text: 'SELECT generate_series(1, 3) AS n',
          rows: 1,
        }
        const query = client.query(new pg.Query(config))
        query.on('row', (row: { n: number }) => seen.push([row.n, currentContext()?.spanId]))
        query.on('end', () => {
          expect(named(calls())).toEqual(['SELECT', 'SELECT'])
          resolve()
        })
        query.on('error', reject)
      })
      expect(seen).toEqual([1, 2, 3].map((n) => [n, spanId]))
      const failed = await new Promise<Error>((resolve) => {
        client.query(new pg.Query('SELECT nonsense')).on('error', resolve)
      })
      expect(failed.message).toContain('nonsense')
    })
    expect(spansHere().map((span) => span.tags['outcome'])).toEqual(['success', 'success', 'error'])
    await client.end()
  })

  test('over a Unix socket name its folder and no port; another name for the service is taken', async () => {
    const { rows } = await pool.query<{ unix_socket_directories: string }>('SHOW unix_socket_directories')
    const host = rows[0]?.unix_socket_directories ?? ''
    expect(host).toMatch(/^\//)
    const options = { remoteService: 'orders-db', statement: true }
    const port = Number(new URL(url).port)
    const client = tracer.pg(new pg.Client({ host, port, user: 'postgres' }), options)
    await client.connect()
    await request(() => client.query('SELECT $1::text', [SECRET]))
    await client.end()
    expect(spans[0]?.remoteEndpoint).toEqual({ serviceName: 'orders-db' })
    expect(spans[0]?.tags).toMatchObject({
      'peer.host': host,
      'db.query.text': 'SELECT $1::text',
    })
    expect(JSON.stringify(spans)).not.toContain(SECRET)
  })
})
