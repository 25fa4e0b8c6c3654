// The faults between Kafka and Elasticsearch: of collectors, of the cluster, of the way to it, and of the broker.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, Play } from './kafka-play.ts'
import { elasticsearchSpans, visibleIn } from './ledger.ts'
import type { Weather } from './proxy.ts'
import type { Scene } from './stage.ts'

/** Between a kill and a start, as a supervisor would need. */
const RESTART_MS = 500
/** Below the outages, so that those who wait for Elasticsearch do not always outlast them. */
const ES_TIMEOUT_MS = 3_000

const intoElasticsearch: Pick<Fault, 'stored' | 'isVisible'> = {
  isVisible: ({ stage, name }, plan) => visibleIn(stage.elasticsearch.url, name, plan),
  stored: ({ stage, name }) => elasticsearchSpans(stage.elasticsearch.url, name),
}

/** @returns how to start so many collectors, and the query node that is asked */
const collectors = (count: number) => async (scene: Scene) => {
  const [query] = await Promise.all([
    scene.startQueryNode(),
    ...Array.from({ length: count }, () => scene.startCollector()),
  ])
  return query.url
}

const collectorKilled: Fault = {
  ...intoElasticsearch,
  name: 'collector-killed',
  about: 'kill -9 of the only collector, which is then started again',
  start: collectors(1),
  async happen({ scene, release }) {
    release()
    await killOne(scene)
    await sleep(RESTART_MS)
    await scene.startCollector()
  },
}

const collectorOfTwoKilled: Fault = {
  ...intoElasticsearch,
  name: 'collector-of-two-killed',
  about: 'kill -9 of one of two collectors, which stays dead',
  start: collectors(2),
  async happen({ scene, release }) {
    release()
    await killOne(scene)
  },
  progress: (progress, since) => progress.longestStandstill(since),
}

const collectorAdded: Fault = {
  ...intoElasticsearch,
  name: 'collector-added',
  about: 'a second collector joins, and later leaves by SIGTERM',
  start: collectors(1),
  async happen({ scene, reach, release, troubles }) {
    const second = await scene.startCollector()
    await reach(0.5)
    release()
    await reach(0.62)
    const end = await scene.stop(second, 'SIGTERM')
    if (end !== 0) troubles.push(`the collector that was told to end did so with ${String(end)}`)
  },
}

const elasticsearchStopped: Fault = {
  ...intoElasticsearch,
  name: 'elasticsearch-stopped',
  about: 'Elasticsearch is stopped for a while',
  env: { ES_TIMEOUT: String(ES_TIMEOUT_MS) },
  start: collectors(1),
  async happen({ scene: { stage }, options, release }) {
    release()
    await stage.elasticsearch.stop()
    await sleep(options.outageMs)
    await stage.elasticsearch.start()
  },
}

const elasticsearchKilled: Fault = {
  ...intoElasticsearch,
  name: 'elasticsearch-killed',
  about: 'kill -9 of Elasticsearch, which is then started again',
  start: collectors(1),
  async happen({ scene: { stage }, release }) {
    release()
    await stage.elasticsearch.stop('SIGKILL')
    await stage.elasticsearch.start()
  },
}

const SPELLS: readonly Weather[] = ['busy', 'unavailable', 'cut', 'late']

const elasticsearchRefusing: Fault = {
  ...intoElasticsearch,
  name: 'elasticsearch-refusing',
  about: 'requests are answered with 429, 503, half an answer, or too late',
  env: { ES_TIMEOUT: String(ES_TIMEOUT_MS) },
  start: collectors(1),
  async happen({ scene: { proxy }, options, release, notes, troubles }) {
    release()
    proxy.lateness = ES_TIMEOUT_MS + 1_000
    for (const weather of SPELLS) {
      proxy.weather = weather
      // Longer than a collector waits for one answer.
      await sleep(Math.max(options.outageMs / SPELLS.length, weather === 'late' ? proxy.lateness : 0))
      proxy.weather = 'clear'
      await sleep(RESTART_MS)
    }
    notes.push(`requests by weather: ${JSON.stringify(proxy.counts)}`)
    for (const weather of SPELLS)
      if (proxy.counts[weather] === 0) troubles.push(`no request came while the weather was ${weather}`)
  },
}

const itemsFailing: Fault = {
  ...intoElasticsearch,
  name: 'items-failing',
  about: 'single items of bulks are refused for now, refused for good, or stored and said not to be',
  poisoned: true,
  start: (scene) => {
    scene.proxy.refusesPoison = true
    return collectors(1)(scene)
  },
  async happen({ scene: { proxy }, progress, options, release, notes, troubles }) {
    release()
    const before = progress.done
    proxy.itemsFail = true
    await sleep(options.outageMs)
    notes.push(`${progress.done - before} messages were done meanwhile`)
    proxy.itemsFail = false
    const { withheld, lied, refused } = proxy.counts
    notes.push(`items withheld ${withheld}, stored and denied ${lied}, refused ${refused}`)
    if (withheld === 0 || lied === 0 || refused === 0) troubles.push('not every kind of item came by')
  },
}

const brokerRestarted: Fault = {
  ...intoElasticsearch,
  name: 'broker-restarted',
  about: 'kill -9 of Kafka and start, and later SIGTERM and start',
  start: collectors(1),
  async happen({ scene: { stage }, reach, release }) {
    await stage.kafka.stop('SIGKILL')
    await sleep(RESTART_MS)
    await stage.kafka.start()
    await reach(0.5)
    release()
    await stage.kafka.stop()
    await sleep(RESTART_MS)
    await stage.kafka.start()
  },
}

async function killOne(scene: Play['scene']): Promise<void> {
  const [first] = scene.collectors
  if (first !== undefined) await scene.stop(first, 'SIGKILL')
}

export const KAFKA_FAULTS: readonly Fault[] = [
  collectorKilled,
  collectorOfTwoKilled,
  collectorAdded,
  elasticsearchStopped,
  elasticsearchKilled,
  elasticsearchRefusing,
  itemsFailing,
  brokerRestarted,
]
