// Roles in processes of their own, over Kafka and Elasticsearch that come and go.
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { afterEach, expect, test } from '@jest/globals'
import {
  describeWithBackends,
  describeWithOwn,
  sharedElasticsearch,
  sharedKafka,
} from '../backends/describe.ts'
import { startElasticsearch } from '../backends/elasticsearch.ts'
import { startKafka } from '../backends/kafka.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'

const SLOW = 240_000
const servers: ServerProcess[] = []
const serve = async (env: Record<string, string>) => {
  const server = await startServer({ env })
  servers.push(server)
  return server
}
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())))

let names = 0
/** Settings whose names nobody else has. */
function settingsFor(kafka: string, elasticsearch: string): Record<string, string> {
  const name = `distributed-${process.pid}-${names++}`
  return {
    STORAGE_TYPE: 'elasticsearch',
    ES_HOSTS: elasticsearch,
    ES_INDEX: name,
    KAFKA_BOOTSTRAP_SERVERS: kafka,
    KAFKA_TOPIC: name,
    KAFKA_GROUP_ID: name,
    HOPSCOPE_KAFKA_DEAD_LETTER_TOPIC: `${name}-dlq`,
  }
}

const span = (traceId: string, service: string) =>
  JSON.stringify([
    {
      traceId,
      id: traceId,
      name: 'get',
      timestamp: Date.now() * 1000,
      duration: 9,
      localEndpoint: { serviceName: service },
    },
  ])

const post = async ({ url }: ServerProcess, body: string) =>
  (
    await fetch(`${url}/api/v2/spans`, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json' },
    })
  ).status

async function publish(bootstrap: string, topic: string, value: string): Promise<void> {
  const producer = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING }).producer()
  await producer.connect()
  await producer.send({ topic, acks: -1, messages: [{ value }] })
  await producer.disconnect()
}

/** What `/health` says of the whole and of each part. */
async function healthOf({ url }: ServerProcess): Promise<Record<string, string>> {
  const response = await fetch(`${url}/health`)
  const { status, components } = (await response.json()) as {
    status: string
    components: Record<string, { status: string }>
  }
  expect(response.status).toBe(status === 'UP' ? 200 : 503)
  return {
    status,
    ...Object.fromEntries(Object.entries(components).map(([name, part]) => [name, part.status])),
  }
}

async function eventually<T>(get: () => Promise<T>, wanted: T): Promise<void> {
  const until = Date.now() + 60_000
  while (Date.now() < until && JSON.stringify(await get()) !== JSON.stringify(wanted)) await sleep(200)
  expect(await get()).toEqual(wanted)
}

describeWithBackends('a collector and a query server in processes of their own', () => {
  test(
    'share what came over HTTP and over Kafka',
    async () => {
      const bootstrap = await sharedKafka()
      const settings = settingsFor(bootstrap, await sharedElasticsearch())
      const collector = await serve({ ...settings, HOPSCOPE_ROLE: 'collector' })
      const query = await serve({ ...settings, HOPSCOPE_ROLE: 'query' })
      await eventually(() => healthOf(collector), { status: 'UP', storage: 'UP', kafka: 'UP' })
      expect(await healthOf(query)).toEqual({ status: 'UP', storage: 'UP' })

      expect(await post(collector, span('a1', 'over-http'))).toBe(202)
      await publish(bootstrap, settings['KAFKA_TOPIC'] ?? '', span('a2', 'over-kafka'))

      const services = async () => (await fetch(`${query.url}/api/v2/services`)).json()
      await eventually(services, ['over-http', 'over-kafka'])
      expect(collector.output()).toContain(`Kafka   ${settings['KAFKA_TOPIC']} at ${bootstrap}`)
      expect(await (await fetch(`${collector.url}/metrics`)).json()).toMatchObject({
        'counter.zipkin_collector.spans.http': 1,
        'counter.zipkin_collector.spans.kafka': 1,
      })
    },
    SLOW,
  )
})

describeWithOwn(['kafka', 'elasticsearch'], 'a server whose Kafka and Elasticsearch are away', () => {
  test(
    'starts, says so, answers 503, and heals when they come',
    async () => {
      const [kafka, elasticsearch] = await Promise.all([startKafka(), startElasticsearch()])
      await Promise.all([kafka.stop('SIGKILL'), elasticsearch.stop('SIGKILL')])
      const server = await serve(settingsFor(kafka.bootstrap, elasticsearch.url))

      expect(await healthOf(server)).toEqual({ status: 'DOWN', storage: 'DOWN', kafka: 'DOWN' })
      expect(await post(server, span('b1', 'refused'))).toBe(503)
      expect((await fetch(`${server.url}/api/v2/services`)).status).toBe(503)

      await Promise.all([kafka.start(), elasticsearch.start()])
      await eventually(() => healthOf(server), { status: 'UP', storage: 'UP', kafka: 'UP' })
      expect(await post(server, span('b2', 'taken'))).toBe(202)
      await eventually(async () => (await fetch(`${server.url}/api/v2/services`)).json(), ['taken'])
      await server.stop()
      await Promise.all([kafka.remove(), elasticsearch.remove()])
    },
    SLOW,
  )
})

test('a second role on a data folder that is taken is told that the embedded store is one process’s', async () => {
  const { dataDir } = await serve({})
  await expect(startServer({ dataDir, env: { HOPSCOPE_ROLE: 'query' } })).rejects.toThrow(
    /The embedded store belongs to one process.*STORAGE_TYPE=elasticsearch/,
  )
})
