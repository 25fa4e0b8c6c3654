// A real MariaDB, asked by mysql2: one CLIENT span for each statement, below its request, and nothing in it that was stored.
import mysql from 'mysql2'
import mysqlPromise from 'mysql2/promise'
import { currentContext } from '@hopscope/propagation'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWithMariadb, sharedMariadb } from '../backends/describe.ts'
import {
  SECRET,
  SLOW,
  called,
  commands,
  named,
  openedByAnother,
  own,
  request,
  spans,
  tracer,
} from './data-stores.ts'

describeWithMariadb('statements of mysql2', () => {
  let url = ''
  let pool: mysql.Pool
  const spansHere = () => commands('mysql', url)
  beforeAll(async () => {
    url = await sharedMariadb()
    const admin = await mysqlPromise.createConnection(url)
    await admin.query(`CREATE DATABASE ${own}`)
    await admin.end()
    pool = tracer.mysql2(mysql.createPool({ uri: `${url}/${own}`, connectionLimit: 1 }))
    await pool.promise().query(`CREATE TABLE kept (id int PRIMARY KEY, mail varchar(99) UNIQUE)`)
    await pool.promise().query(`INSERT INTO kept VALUES (1, '${SECRET}')`)
  }, SLOW)
  afterAll(async () => {
    await pool.promise().query(`DROP DATABASE ${own}`)
    await pool.promise().end()
  })

  test('outside of any request are no spans; a pool wrapped twice makes one for each', async () => {
    expect(tracer.mysql2(pool)).toBe(pool)
    tracer.mysql2(pool.promise())
    await pool.promise().query('SELECT 1')
    expect(spans).toEqual([])
    await request(() => pool.promise().query('SELECT 1'))
    expect(named(spansHere())).toEqual(['SELECT'])
    expect(spans[0]?.tags).toMatchObject({ 'db.system.name': 'mysql', 'db.namespace': own })
  })

  test('outside of any request call back in none, though a request opened the connection', async () => {
    const other = tracer.mysql2(mysql.createPool({ uri: url, connectionLimit: 1 }))
    await openedByAnother(() => other.promise().query('SELECT 1'))
    const { spanId } = await called((callback) =>
      other.query('SELECT 1', () => other.execute('SELECT ?', [2], callback)),
    )
    const byEvent = await called((callback) =>
      other.query('SELECT 3').on('end', () => other.query('SELECT 4', callback)),
    )
    const prepared = await called((callback) =>
      other.getConnection((_error, connection) => {
        connection.prepare('SELECT 5', (_failed, statement) => {
          statement.execute([], (error) => {
            connection.release()
            callback(error)
          })
        })
      }),
    )
    expect([spanId, byEvent.spanId, prepared.spanId]).toEqual([undefined, undefined, undefined])
    expect(spans).toEqual([])
    await other.promise().end()
  })

  test('other callbacks of a connection run in the context of their caller', async () => {
    const other = tracer.mysql2(mysql.createPool({ uri: url, connectionLimit: 1 }))
    const connection = await openedByAnother(
      () =>
        new Promise<mysql.PoolConnection>((resolve, reject) => {
          other.getConnection((error, given) => (error ? reject(error) : resolve(given)))
        }),
    )
    const contexts = async (): Promise<unknown[]> => [
      (await called((callback) => connection.ping(callback))).spanId,
      (await called((callback) => connection.changeUser({}, callback))).spanId,
      (await called((callback) => connection.commit(callback))).spanId,
    ]
    await request(async () => {
      const { spanId } = currentContext() ?? {}
      expect(await contexts()).toEqual([spanId, spanId, spanId])
    })
    expect(await contexts()).toEqual([undefined, undefined, undefined])
    connection.release()
    await request(async () => {
      const { spanId } = currentContext() ?? {}
      expect((await called((callback) => other.end(callback))).spanId).toBe(spanId)
    })
  })

  test('with a callback in a command of their own end as they did', async () => {
    const connection = tracer.mysql2(mysql.createConnection(url))
    await request(async () => {
      const { spanId } = currentContext() ?? {}
      for (const [sql, outcome] of [
        ['SELECT nonsense', { error: { code: 'ER_BAD_FIELD_ERROR' } }],
        ['SELECT 1 AS n', { result: [{ n: 1 }] }],
      ] as const) {
        const told = await called((callback) => {
          // Not in the types.
          const { createQuery } = mysql as unknown as {
            createQuery(sql: string, callback: unknown, none: undefined, config: object): mysql.Query
          }
          connection.query(createQuery(sql, callback, undefined, {}) as unknown as mysql.QueryOptions)
        })
        expect(told).toMatchObject({ ...outcome, spanId })
      }
    })
    await connection.promise().end()
    expect(spansHere().map((span) => span.tags['error'])).toEqual(['ER_BAD_FIELD_ERROR', undefined])
  })

  test('by promise and callback, query and execute, give what mysql2 gives, one span each', async () => {
    await request(async () => {
      const { spanId } = currentContext() ?? {}
      const [rows] = await pool.promise().query('SELECT mail FROM kept WHERE id = ?', [1])
      expect(rows).toEqual([{ mail: SECRET }])
      const [executed] = await pool.promise().execute('SELECT mail FROM kept WHERE mail = ?', [SECRET])
      expect(executed).toEqual([{ mail: SECRET }])
      const queried = await called((callback) => pool.query({ sql: 'SELECT ? AS n', values: [3] }, callback))
      expect(queried).toMatchObject({ result: [{ n: 3 }], spanId })
      const prepared = await called((callback) => pool.execute('SELECT ? AS n', [4], callback))
      expect(prepared).toMatchObject({ error: null, spanId })
    })
    expect(named(spansHere())).toEqual(Array(4).fill('SELECT'))
  })

  test('that fail are errors by their code, without the values of the message, and fail as ever', async () => {
    const tags = { outcome: 'error', error: 'ER_DUP_ENTRY', 'db.response.status_code': 'ER_DUP_ENTRY' }
    await request(async () => {
      const doubled = pool.promise().query('INSERT INTO kept VALUES (2, ?)', [SECRET])
      await expect(doubled).rejects.toMatchObject({ message: expect.stringContaining(SECRET), errno: 1062 })
      const { error } = await called((callback) =>
        pool.execute('INSERT INTO kept VALUES (2, ?)', [SECRET], callback),
      )
      expect(error?.message).toContain(SECRET)
      await expect(pool.promise().execute('SELECT nonsense')).rejects.toThrow('nonsense')
    })
    expect(spansHere().map((span) => span.tags)).toMatchObject([tags, tags, { error: 'ER_BAD_FIELD_ERROR' }])
  })

  test('of a transaction on a connection of the pool are one span each', async () => {
    await request(async () => {
      const connection = await pool.promise().getConnection()
      await connection.beginTransaction()
      await connection.execute('UPDATE kept SET mail = mail WHERE id = ?', [1])
      await connection.rollback()
      const statement = await connection.prepare('SELECT mail FROM kept WHERE id = ?')
      expect((await statement.execute([1]))[0]).toEqual([{ mail: SECRET }])
      await statement.close()
      connection.release()
    })
    expect(named(spansHere())).toEqual(['START', 'UPDATE', 'ROLLBACK', 'PREPARE', 'SELECT'])
  })

  test('of two requests over one pooled connection stay apart, callbacks too', async () => {
    const one = (): Promise<unknown> =>
      request(async () => {
        const { spanId } = currentContext() ?? {}
        await pool.promise().query('SELECT SLEEP(0.01)')
        const answers = await Promise.all(
          [1, 2, 3].map((n) => called((callback) => pool.query('SELECT ?', [n], callback))),
        )
        expect(answers.map((answer) => answer.spanId)).toEqual([spanId, spanId, spanId])
      })
    await Promise.all([one(), one(), one()])
    const parents = spansHere().map((span) => span.parentId)
    expect(parents).toHaveLength(12)
    for (const parent of new Set(parents)) expect(parents.filter((other) => other === parent)).toHaveLength(4)
  })

  test('as a stream and by events end with the last row, which comes in the context of its caller', async () => {
    await request(async () => {
      const { spanId } = currentContext() ?? {}
      const seen: unknown[] = []
      for await (const row of pool.query('SELECT seq FROM seq_1_to_3').stream())
        seen.push((row as { seq: number }).seq)
      expect(seen).toEqual([1, 2, 3])
      const contexts: unknown[] = []
      await new Promise<void>((resolve, reject) => {
        pool
          .query('SELECT seq FROM seq_1_to_2')
          .on('result', () => contexts.push(currentContext()?.spanId))
          .on('end', resolve)
          .on('error', reject)
      })
      expect(contexts).toEqual([spanId, spanId])
      const failed = await new Promise<Error>(
        (resolve) => void pool.query('SELECT nonsense').on('error', resolve),
      )
      expect(failed.message).toContain('nonsense')
    })
    expect(spansHere().map((span) => span.tags['outcome'])).toEqual(['success', 'success', 'error'])
  })

  test('of a promise connection tell the text where asked to, as written and without values', async () => {
    const connection = tracer.mysql2(await mysqlPromise.createConnection(url), { statement: true })
    await request(() => connection.query('SELECT ?', [SECRET]))
    await connection.end()
    expect(named(spansHere())).toEqual(['SELECT'])
    expect(spans[0]?.tags['db.query.text']).toBe('SELECT ?')
  })
})
