// The README's programs for Kafka and the data stores, run as they are written against real ones.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Kafka, logLevel } from 'kafkajs'
import {
  describeWithElasticsearch,
  describeWithKafka,
  describeWithMariadb,
  describeWithPostgres,
  describeWithRedis,
  sharedElasticsearch,
  sharedKafka,
  sharedMariadb,
  sharedPostgres,
  sharedRedis,
} from '../test/backends/describe.ts'
import type { Span } from './index.ts'
import { until } from './testing/harness.ts'
import { called, named, run, SLOW, spanOf, start, world } from './testing/readme-world.ts'

/** kafkajs tells of its version 2 on each start. */
const QUIET = { KAFKAJS_NO_PARTITIONER_WARNING: '1' }

describeWithKafka('services on Kafka started as the README has them', () => {
  const topics = ['hopscope-orders', 'hopscope-orders-2']
  const kafkaOf = async (): Promise<Kafka> =>
    new Kafka({ brokers: (await sharedKafka()).split(','), logLevel: logLevel.NOTHING })
  const clean = async (): Promise<void> => {
    const admin = (await kafkaOf()).admin()
    await admin.connect()
    const known = await admin.listTopics()
    await admin.deleteTopics({ topics: topics.filter((topic) => known.includes(topic)) })
    await admin.disconnect()
  }
  beforeAll(async () => {
    await clean()
    const admin = (await kafkaOf()).admin()
    await admin.connect()
    await admin.createTopics({
      waitForLeaders: true,
      topics: topics.map((topic) => ({ topic, numPartitions: 1 })),
    })
    await admin.disconnect()
  }, SLOW)
  afterAll(clean, SLOW)

  const withBroker = async (): Promise<void> => {
    const [, host = '', port = ''] = /^([^,]*):(\d+)/.exec(await sharedKafka()) ?? []
    world.places = { ...world.places, '127.0.0.1:9092': { host, port: Number(port) } }
  }
  const isBelow = (span: Span, parent: Span): void => {
    expect(span.parentId).toBe(parent.id)
    expect(span.traceId).toBe(parent.traceId)
    expect(span.tags['request_id']).toBe(parent.tags['request_id'])
  }

  test(
    'orders.mjs and shipping.mjs: a request crosses the topic and what its handler calls',
    async () => {
      await withBroker()
      const shipping = start('shipping.mjs')
      const { requestId } = await called('orders.mjs', '/orders', { method: 'POST' }, QUIET)
      await until('the order to be processed', () => world.asked.length > 0)
      await shipping.end('SIGTERM')
      expect(world.asked).toMatchObject([{ path: '/stock/tea', headers: { 'x-request-id': requestId } }])
      expect(named()).toHaveLength(4)
      expect(spanOf('SERVER')).toMatchObject({ name: 'POST /orders', tags: { request_id: requestId } })
      isBelow(spanOf('PRODUCER'), spanOf('SERVER'))
      isBelow(spanOf('CONSUMER'), spanOf('PRODUCER'))
      isBelow(spanOf('CLIENT'), spanOf('CONSUMER'))
      expect(spanOf('CONSUMER').localEndpoint.serviceName).toBe('shipping')
    },
    SLOW,
  )

  test(
    'platformatic.mjs: a job crosses the topic and what its handler calls',
    async () => {
      await withBroker()
      const program = start('platformatic.mjs')
      await until('the order to be processed', () => world.asked.length > 0)
      await until('the spans', () => world.spans().length >= 4)
      await program.end('SIGTERM')
      expect(program.errors).toBe('')
      expect(named()).toHaveLength(4)
      isBelow(spanOf('PRODUCER'), spanOf(undefined))
      isBelow(spanOf('CONSUMER'), spanOf('PRODUCER'))
      isBelow(spanOf('CLIENT'), spanOf('CONSUMER'))
    },
    SLOW,
  )
})

/** The CLIENT spans are those of the store at this address. */
const areOf = (service: string, url: string): void => {
  for (const span of world.spans().filter(({ kind }) => kind === 'CLIENT'))
    expect(span.remoteEndpoint).toMatchObject({ serviceName: service, port: Number(new URL(url).port) })
}

describeWithPostgres('a service on PostgreSQL started as the README has it', () => {
  test(
    'pg.mjs: has its query below its request, without its parameters',
    async () => {
      const url = await sharedPostgres()
      const { body } = await called('pg.mjs', '/orders/seven', {}, { DATABASE_URL: url })
      expect(JSON.parse(body)).toEqual([{ id: 'seven' }])
      expect(named()).toEqual(['CLIENT SELECT', 'SERVER GET /orders/:id'])
      expect(spanOf('CLIENT').parentId).toBe(spanOf('SERVER').id)
      expect(JSON.stringify(spanOf('CLIENT'))).not.toContain('seven')
      areOf('postgresql', url)
    },
    SLOW,
  )
})

describeWithMariadb('a job on MariaDB started as the README has it', () => {
  test(
    'mysql2.mjs: has its statement below it',
    async () => {
      const url = await sharedMariadb()
      await run('mysql2.mjs', { DATABASE_URL: url })
      expect(named()).toEqual(['CLIENT SELECT', ' nightly report'])
      areOf('mysql', url)
    },
    SLOW,
  )
})

describeWithRedis('a job on Redis started as the README has it', () => {
  test(
    'ioredis.mjs: has its command and its pipeline below it',
    async () => {
      const url = await sharedRedis()
      await run('ioredis.mjs', { REDIS_URL: url })
      expect(named()).toEqual(['CLIENT GET', 'CLIENT PIPELINE', ' nightly report'])
      areOf('redis', url)
    },
    SLOW,
  )
})

describeWithElasticsearch('a job on Elasticsearch started as the README has it', () => {
  test(
    'elasticsearch.mjs: has its call below it',
    async () => {
      const url = await sharedElasticsearch()
      await run('elasticsearch.mjs', { ELASTICSEARCH_URL: url })
      expect(named()).toEqual(['CLIENT search', ' nightly report'])
      areOf('elasticsearch', url)
    },
    SLOW,
  )
})
