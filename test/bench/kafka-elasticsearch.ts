// The distributed path beside what Elasticsearch takes at most: Kafka drained into it, HTTP posts durable in it, disk,
// questions, and what the collector holds in memory meanwhile.
import { Kafka, logLevel } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'
import { startElasticsearch } from '../backends/elasticsearch.ts'
import { startKafka } from '../backends/kafka.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { bareBulkLoop, diskOf, json } from './bare-bulk.ts'
import { load } from './load.ts'
import { residentMegabytes } from './process-memory.ts'
import { batchesOf, randomSpans, type SentSpan } from './random-spans.ts'
import { quantile, Report } from './report.ts'

const PARTITIONS = 4
const SPANS_A_MESSAGE = 50
const TOPIC = 'zipkin'
const GROUP = 'zipkin'
/** How long Elasticsearch is away while spans wait in Kafka. */
const AWAY_MS = 20_000
const WARM_UP = 400_000

export async function kafkaElasticsearch(spans: number): Promise<void> {
  const report = new Report('kafka-elasticsearch')
  const kafka = await startKafka({ partitions: PARTITIONS })
  const elasticsearch = await startElasticsearch({ heap: '1g', jvm: 'server' })
  const env = {
    STORAGE_TYPE: 'elasticsearch',
    ES_HOSTS: elasticsearch.url,
    KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap,
  }
  const servers: ServerProcess[] = []
  const start = async (role: string, more: Readonly<Record<string, string>> = {}) => {
    const server = await startServer({ env: { ...env, HOPSCOPE_ROLE: role, ...more } })
    servers.push(server)
    return server
  }
  try {
    // The first runs of both warm Elasticsearch's compiler up, which takes a million documents; they aren't counted.
    const log = new Log(kafka.bootstrap)
    await bareBulkLoop(elasticsearch.url, WARM_UP)
    await log.fill(WARM_UP)
    const collector = await start('collector')
    const memory = new MemoryWatch(collector.pid)
    await log.drained(collector, WARM_UP)
    await removeOurs(elasticsearch.url)
    log.samples.length = 0
    const bare = [await bareBulkLoop(elasticsearch.url, spans)]
    await log.fill(spans)
    const rate = await log.drained(collector, spans)
    bare.push(await bareBulkLoop(elasticsearch.url, spans))
    const best = (bare[0]?.rate ?? 0) / 2 + (bare[1]?.rate ?? 0) / 2
    report.figure('bare bulk loop, before', bare[0]?.rate ?? 0, 'spans/s')
    report.figure('bare bulk loop, after', bare[1]?.rate ?? 0, 'spans/s')
    report.figure('drained from Kafka', rate, 'spans/s')
    report.figure('drained, share of the bare loop', rate / best, '')
    await json(`${elasticsearch.url}/hopscope-span-*/_refresh`, 'POST')
    const { count } = (await json(`${elasticsearch.url}/hopscope-span-*/_count`, 'GET')) as { count: number }
    report.figure('spans stored of those sent', count / spans, '')
    report.figure('collector memory while draining, most', memory.take(), 'MB')

    report.figure('disk a span', await diskOf(elasticsearch.url, 'hopscope-span-*'), 'B')
    const lookups = await totalOf(elasticsearch.url, 'hopscope-lookup-*')
    report.figure('disk of look-ups a span', lookups / spans, 'B')
    report.figure('disk of a bare document', bare[1]?.disk ?? 0, 'B')

    const http = await load({ url: collector.url, spans, spansPerPost: 500, connections: 16, sampled: false })
    report.figure('HTTP, durable at 202', http.spans / http.seconds, 'spans/s')
    report.figure('HTTP, share of the bare loop', http.spans / http.seconds / best, '')
    report.figure('HTTP post p50', quantile(http.latencies, 0.5), 'ms')
    report.figure('HTTP post p99', quantile(http.latencies, 0.99), 'ms')
    report.figure('collector memory during posts, most', memory.take(), 'MB')

    const node = await start('query', { KAFKA_BOOTSTRAP_SERVERS: '' })
    await settled(elasticsearch.url)
    await questions(report, node, log.samples)

    await elasticsearch.stop()
    await log.fill(spans)
    await sleep(AWAY_MS)
    report.figure('collector memory while Elasticsearch is away, most', memory.take(), 'MB')
    await elasticsearch.start()
    const again = await log.drained(collector, spans)
    report.figure('drained after the outage, until all is stored', again, 'spans/s')
    report.figure('collector memory after the outage, most', memory.take(), 'MB')
    memory.end()
  } finally {
    for (const server of servers) await server.stop()
    await elasticsearch.remove()
    await kafka.remove()
  }
  report.save()
}

/** The topic with the spans, and how far the group has got. */
class Log {
  readonly #client: Kafka
  readonly samples: SentSpan[] = []
  #next = 0

  constructor(bootstrap: string) {
    this.#client = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING })
  }

  async fill(spans: number): Promise<void> {
    const producer = this.#client.producer({ createPartitioner: () => () => this.#next++ % PARTITIONS })
    await producer.connect()
    let waiting: { value: string }[] = []
    const send = () => producer.send({ topic: TOPIC, messages: waiting.splice(0) })
    for (const batch of batchesOf(randomSpans(spans, 600_000), SPANS_A_MESSAGE)) {
      if (this.#next % 100 === 0 && batch[8]) this.samples.push(batch[8])
      waiting.push({ value: JSON.stringify(batch) })
      if (waiting.length === 40) await send()
    }
    if (waiting.length > 0) await send()
    await producer.disconnect()
  }

  /** Spans a second, from when the collector begins to read until it has committed the end of every partition. */
  async drained(collector: ServerProcess, spans: number): Promise<number> {
    const admin = this.#client.admin()
    await admin.connect()
    while (!collector.output().includes('partitions from Kafka')) await sleep(5)
    const started = performance.now()
    for (;;) {
      const ends = await admin.fetchTopicOffsets(TOPIC)
      const [group] = await admin.fetchOffsets({ groupId: GROUP, topics: [TOPIC] })
      const done = ends.every(({ partition, offset }) =>
        group?.partitions.some((each) => each.partition === partition && each.offset === offset),
      )
      if (done) break
      await sleep(50)
    }
    const seconds = (performance.now() - started) / 1000
    await admin.disconnect()
    return spans / seconds
  }
}

/** By name: deleting by wildcard is off by default. */
async function removeOurs(url: string): Promise<void> {
  const { indices } = (await json(`${url}/hopscope-*/_stats/docs`, 'GET')) as { indices: object }
  for (const index of Object.keys(indices)) await json(`${url}/${index}`, 'DELETE')
}

/** Until what was written is searchable, and merged as far as Elasticsearch merges by itself. */
async function settled(url: string): Promise<void> {
  await json(`${url}/hopscope-*/_refresh`, 'POST')
  for (;;) {
    const { _all } = (await json(`${url}/hopscope-*/_stats/merge`, 'GET')) as {
      _all: { total: { merges: { current: number } } }
    }
    if (_all.total.merges.current === 0) return
    await sleep(500)
  }
}

const ROUNDS = 60
/** Before those that count: a search server that has just started is slow for its first hundreds of searches. */
const FIRST_ROUNDS = 200

async function questions(report: Report, node: ServerProcess, samples: readonly SentSpan[]): Promise<void> {
  const sample = (round: number) => samples[((round + FIRST_ROUNDS) * 7) % samples.length]
  const since = (Date.now() - 3_600_000) * 1000
  const asked: Record<string, (round: number) => string> = {
    'trace by id': (round) => `/api/v2/trace/${sample(round)?.traceId ?? ''}`,
    'trace by id, explained': (round) => `/rest/v1/traces/${sample(round)?.traceId ?? ''}`,
    'request by id': (round) => `/rest/v1/traces?requestId=${sample(round)?.tags['request_id'] ?? ''}`,
    'request by id, explained': (round) => `/rest/v1/requests/${sample(round)?.tags['request_id'] ?? ''}`,
    'service search of 20, REST': () => `/rest/v1/traces?service=checkout&limit=20&start=${since}`,
    'service search of 20, Zipkin': () => '/api/v2/traces?serviceName=checkout&limit=20',
    'tag search of 20': () => '/rest/v1/traces?tag=http.status_code%3D500&limit=20',
    'tag that nothing has': () => '/rest/v1/traces?tag=no.such%3Dvalue&limit=20',
    services: () => '/api/v2/services',
  }
  for (const [name, path] of Object.entries(asked)) {
    const times: number[] = []
    for (let round = -FIRST_ROUNDS; round < ROUNDS; round++) {
      const started = performance.now()
      const response = await fetch(new URL(path(round), node.url))
      const text = await response.text()
      if (round >= 0) times.push(performance.now() - started)
      if (!response.ok)
        throw new Error(`${path(round)} was answered with ${response.status}: ${text.slice(0, 200)}`)
    }
    report.figure(`${name}, median`, quantile(times.sort((a, b) => a - b), 0.5), 'ms') // prettier-ignore
  }
}

async function totalOf(url: string, indices: string): Promise<number> {
  await diskOf(url, indices)
  const { _all } = (await json(`${url}/${indices}/_stats/store`, 'GET')) as {
    _all: { primaries: { store: { size_in_bytes: number } } }
  }
  return _all.primaries.store.size_in_bytes
}

/** The most that a process held, looked at five times a second. */
class MemoryWatch {
  #most = 0
  readonly #timer: NodeJS.Timeout

  constructor(pid: number) {
    this.#timer = setInterval(() => (this.#most = Math.max(this.#most, residentMegabytes(pid) ?? 0)), 200)
  }

  /** Since the last time. */
  take(): number {
    const most = this.#most
    this.#most = 0
    return most
  }

  end(): void {
    clearInterval(this.#timer)
  }
}
