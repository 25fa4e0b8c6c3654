// Kafka into the embedded store, killed and started again: what was read is in one transaction with its position, so
// that after the start nothing is read twice, whatever the group had committed.
import { setTimeout as sleep } from 'node:timers/promises'
import { type LogPosition, openDuckDbStore, type Store } from '@hopscope/storage'
import { freePort } from '../backends/server.ts'
import { tempFolder } from '../support/server-process.ts'
import type { Fault } from './kafka-play.ts'
import type { StoredSpan } from './ledger.ts'
import type { Plan } from './plan.ts'
import { sum } from './progress.ts'
import type { Scene } from './stage.ts'

const TRACES_AT_ONCE = 500

interface Place {
  readonly folder: string
  readonly port: number
  /** How many messages the store says that it has, at the kill. */
  readBefore: number
  /** How many the group had committed then. */
  committed: number
}

const places = new WeakMap<Scene, Place>()

export const EMBEDDED_KILLED: Fault = {
  name: 'embedded-killed',
  about: 'kill -9 of a process that reads Kafka into the embedded store, and start',
  answersFromCollector: true,
  async start(scene) {
    const place = { folder: tempFolder(), port: await freePort(), readBefore: 0, committed: 0 }
    places.set(scene, place)
    return (await scene.startEmbedded(place.folder, place.port)).url
  },
  async happen({ scene, progress, release, notes }) {
    release()
    const place = placeOf(scene)
    const [server] = scene.collectors
    if (server !== undefined) await scene.stop(server, 'SIGKILL')
    const positions = await withStore(place.folder, (store) => positionsOf(store, scene.name))
    place.readBefore = sum(positions.map(({ offset }) => Number(offset)))
    await progress.look()
    place.committed = progress.done
    notes.push(`at the kill ${place.readBefore} messages were stored and ${progress.done} committed`)
    await sleep(500)
    await scene.startEmbedded(place.folder, place.port)
  },
  async check({ scene, progress, notes, troubles }) {
    const { readBefore, committed } = placeOf(scene)
    const [server] = scene.collectors
    const metrics = (await (await fetch(`${server?.url}/metrics`)).json()) as Record<string, number>
    const read = metrics['counter.zipkin_collector.messages.kafka'] ?? 0
    const end = sum(progress.ends)
    notes.push(`after the start ${read} messages were read, the store lacked ${end - readBefore}`)
    // What was stored and not committed is read again, and stored once.
    if (read < end - readBefore) troubles.push('it was read from beyond the position of the store')
    if (read > end - Math.min(readBefore, committed))
      troubles.push('it was read from before what was committed')
  },
  async *stored(scene, plan) {
    // The folder belongs to one process.
    const [server] = scene.collectors
    if (server !== undefined) await scene.stop(server, 'SIGTERM')
    yield* await withStore(placeOf(scene).folder, (store) => spansOf(store, plan))
  },
}

function placeOf(scene: Scene): Place {
  const place = places.get(scene)
  if (place === undefined) throw new Error(`${scene.name} has no place`)
  return place
}

async function positionsOf({ positions }: Store, topic: string): Promise<LogPosition[]> {
  return (await positions?.(topic)) ?? []
}

async function spansOf({ reader }: Store, plan: Plan): Promise<StoredSpan[]> {
  const spans: StoredSpan[] = []
  for (let first = 0; first < plan.traces; first += TRACES_AT_ONCE) {
    const count = Math.min(TRACES_AT_ONCE, plan.traces - first)
    const traces = await reader.traces(
      Array.from({ length: count }, (_, i) => plan.traceId(first + i) as Parameters<typeof reader.traces>[0][number]), // prettier-ignore
    )
    for (const trace of traces) for (const { traceId, id } of trace.spans) spans.push({ traceId, id })
  }
  return spans
}

async function withStore<T>(dataDir: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openDuckDbStore({ dataDir, memoryBytes: 512 * 2 ** 20, threads: 2 })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}
