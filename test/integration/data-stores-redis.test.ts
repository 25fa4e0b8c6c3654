// A real Redis, asked by ioredis: one CLIENT span for each command, pipeline and transaction, without keys and values.
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster, Redis } from 'ioredis'
import { currentContext } from '@hopscope/propagation'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWithOwn, describeWithRedis, sharedRedis } from '../backends/describe.ts'
import { startRedis } from '../backends/redis.ts'
import { SECRET, SLOW, called, commands, named, own, request, spans, tracer } from './data-stores.ts'

describeWithRedis('commands of ioredis', () => {
  let url = ''
  let redis: Redis
  const spansHere = () => commands('redis', url)
  beforeAll(async () => {
    url = await sharedRedis()
    redis = tracer.ioredis(new Redis(url, { keyPrefix: own }))
    await redis.set(SECRET, 'text')
  }, SLOW)
  afterAll(() => redis.quit().then(() => undefined))

  test('outside of any request are no spans; one wrapped twice makes one for each', async () => {
    expect(tracer.ioredis(redis)).toBe(redis)
    await redis.ping()
    expect(spans).toEqual([])
    await request(() => redis.ping())
    expect(named(spansHere())).toEqual(['PING'])
  })

  test('by promise and callback give what ioredis gives, one span each, without keys', async () => {
    await request(async () => {
      const { spanId } = currentContext() ?? {}
      expect(await redis.get(SECRET)).toBe('text')
      expect(await called((callback) => redis.get(SECRET, callback))).toMatchObject({
        result: 'text',
        spanId,
      })
      expect(await redis.call('GET', SECRET)).toBe('text')
      const seen: string[] = []
      for await (const keys of redis.scanStream({ match: `${own}*` })) seen.push(...(keys as string[]))
      expect(seen).toEqual([`${own}${SECRET}`])
    })
    expect(named(spansHere())).toEqual(['GET', 'GET', 'GET', 'SCAN'])
    expect(spans[0]?.tags).toMatchObject({ 'db.system.name': 'redis', 'db.namespace': '0' })
  })

  test('that fail are errors by the first word of the answer, and fail as ever', async () => {
    await request(async () => {
      await expect(redis.lpush(SECRET, 'x')).rejects.toThrow('WRONGTYPE Operation')
      await expect(redis.call('NONSENSE', SECRET)).rejects.toThrow(SECRET)
    })
    expect(spansHere().map((span) => span.tags)).toMatchObject([
      { outcome: 'error', error: 'WRONGTYPE', 'db.response.status_code': 'WRONGTYPE' },
      { outcome: 'error', error: 'ERR' },
    ])
  })

  test('of a pipeline and of a transaction are one span, an error where one of them is', async () => {
    await request(async () => {
      const { spanId } = currentContext() ?? {}
      expect(await redis.pipeline().set('a', '1').get('a').exec()).toEqual([
        [null, 'OK'],
        [null, '1'],
      ])
      const multi = await called((callback) => redis.multi().incr('a').incr('a').exec(callback))
      expect(multi).toMatchObject({ spanId, result: [[null, 2], [null, 3]] }) // prettier-ignore
      const failing = await redis.pipeline().get('a').lpush('a', 'x').exec()
      expect(failing?.[1]?.[0]?.message).toContain('WRONGTYPE')
      await redis.multi({ pipeline: false })
      await redis.get('a')
      expect(await redis.exec()).toEqual([[null, '3']])
      expect((await redis.multi().get('a').lpush('a', 'x').exec())?.[1]?.[0]?.message).toContain('WRONGTYPE')
      const refused = redis.multi().call('NONSENSE', SECRET).exec()
      await expect(refused).rejects.toThrow('EXECABORT')
      // Typed as the transaction it is not.
      const nested = redis.pipeline() as unknown as {
        multi(): { get(key: string): typeof nested }
        exec(): typeof nested & Promise<unknown>
      }
      await nested.multi().get('a').exec().exec()
    })
    const found = spansHere()
    expect(named(found)).toEqual(
      ['PIPELINE', 'MULTI', 'PIPELINE', 'MULTI', 'GET', 'EXEC', 'MULTI', 'MULTI', 'PIPELINE'], // prettier-ignore
    )
    expect(found.slice(6, 8).map((span) => span.tags['error'])).toEqual(['WRONGTYPE', 'EXECABORT'])
    expect(
      found.slice(0, 3).map((span) => [span.tags['db.operation.batch.size'], span.tags['error']]),
    ).toEqual([
      ['2', undefined],
      ['2', undefined],
      ['2', 'WRONGTYPE'],
    ])
  })

  test('of two requests that ioredis puts in one pipeline by itself stay apart', async () => {
    const automatic = tracer.ioredis(new Redis(url, { enableAutoPipelining: true }))
    await automatic.ping()
    await Promise.all([1, 2].map(() => request(() => Promise.all([automatic.get('a'), automatic.get('b')]))))
    const parents = spansHere().map((span) => span.parentId)
    expect(named(spansHere())).toEqual(Array(4).fill('GET'))
    for (const parent of new Set(parents)) expect(parents.filter((other) => other === parent)).toHaveLength(2)
    await automatic.quit()
  })

  test('given while there is no connection yet are one span each, the library’s own none', async () => {
    await request(async () => {
      const lazy = tracer.ioredis(new Redis(url, { lazyConnect: true, db: 1 }))
      await Promise.all([lazy.get('a'), lazy.pipeline().get('a').exec()])
      await lazy.quit()
    })
    expect(named(spansHere()).toSorted()).toEqual(['GET', 'PIPELINE', 'QUIT'])
    expect(spans[0]?.tags['db.namespace']).toBe('1')
  })

  test('a subscriber hears; scripts run by their name', async () => {
    const subscriber = tracer.ioredis(new Redis(url))
    await request(() => subscriber.subscribe(own))
    const heard = new Promise((resolve) => subscriber.once('message', (_channel, text) => resolve(text)))
    await request(() => redis.publish(own, 'hello'))
    expect(await heard).toBe('hello')
    expect(named(spansHere())).toEqual(['SUBSCRIBE', 'PUBLISH'])
    await subscriber.quit()
  })
})

describeWithOwn(['redis'], 'commands of an ioredis Cluster', () => {
  test(
    'name the node that answered',
    async () => {
      const server = await startRedis({ 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' })
      const { port, url } = server
      const node = new Redis(url)
      await node.cluster('ADDSLOTS', ...Array.from({ length: 16_384 }, (_, slot) => slot))
      while (!(await node.cluster('INFO')).includes('cluster_state:ok')) await sleep(50)
      const cluster = tracer.ioredis(new Cluster([{ host: '127.0.0.1', port }]))
      await request(async () => {
        await cluster.set('a', '1')
        expect(await cluster.pipeline().get('a').get('a').exec()).toEqual([
          [null, '1'],
          [null, '1'],
        ])
      })
      expect(named(commands('redis', url))).toEqual(['SET', 'PIPELINE'])
      await cluster.quit()
      await node.quit()
      await server.remove()
    },
    SLOW,
  )
})
