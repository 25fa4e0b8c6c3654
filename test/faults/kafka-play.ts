// The play that every fault on the way through Kafka shares: collectors run, a producer writes, a third of the way in
// the fault happens, and when everything that was written is done the ledger is taken.
import { setTimeout as sleep } from 'node:timers/promises'
import { KnownTraces } from './known-traces.ts'
import { letterLedger, type StoredSpan, spanLedger } from './ledger.ts'
import { Plan } from './plan.ts'
import { produce } from './producer.ts'
import { GroupProgress } from './progress.ts'
import { QueryWatch } from './query-watch.ts'
import type { Row } from './row.ts'
import { PARTITIONS, type Scene, type Stage } from './stage.ts'

export interface PlayOptions {
  readonly spans: number
  /** How long an outage lasts. */
  readonly outageMs: number
  /** How long the whole play may take. */
  readonly limitMs: number
}

export interface Play {
  readonly scene: Scene
  readonly plan: Plan
  readonly progress: GroupProgress
  readonly options: PlayOptions
  readonly notes: string[]
  readonly troubles: string[]
  /** Settles when so many of all messages are done. @throws when that takes too long */
  reach(share: number): Promise<void>
  /** The last part of the messages waits for this: they come while the fault is there. */
  release(): void
}

export interface Fault {
  readonly name: string
  readonly about: string
  readonly env?: Readonly<Record<string, string>>
  readonly poisoned?: boolean
  /** Starts what takes the spans in, and tells where to ask for traces. */
  start(scene: Scene): Promise<string>
  /** Whether the process that is asked gets killed. */
  readonly answersFromCollector?: boolean
  happen(play: Play): Promise<void>
  /** Whether all of a trace is seen by a search of the store itself; by default as soon as it is stored. */
  isVisible?(scene: Scene, plan: Plan): (trace: number) => Promise<boolean>
  /** What is stored at the end. */
  stored(scene: Scene, plan: Plan): AsyncIterable<StoredSpan>
  /** A last look, once everything is done and before the processes end. */
  check?(play: Play): Promise<void>
  /** How long it stood still; by default all partitions together. */
  progress?(progress: GroupProgress, since: number): number
}

/** When the fault happens, and up to where the producer goes before. */
const FAULT_AT = 1 / 3
const HELD_AT = 0.6
/** Whole runs of the producer take about so long, so that there is a before, a meanwhile and an after. */
const PRODUCER_SECONDS = 20
const SLOWEST = 2_000

export async function play(stage: Stage, fault: Fault, options: PlayOptions): Promise<Row> {
  const started = Date.now()
  const plan = new Plan({ spans: options.spans, partitions: PARTITIONS, poisoned: fault.poisoned ?? false })
  const scene = await stage.scene(fault.name, fault.env)
  const ending = new AbortController()
  const ends: (() => Promise<unknown>)[] = [() => scene.close()]
  try {
    await scene.createTopic()
    const url = await fault.start(scene)
    const known = new KnownTraces(plan, fault.isVisible?.(scene, plan) ?? (() => Promise.resolve(true)))
    /** By partition: messages on their way, with their offsets. */
    const onTheWay = Array.from({ length: PARTITIONS }, () => new Map<number, number>())
    const progress = new GroupProgress({
      bootstrap: stage.kafka.bootstrap,
      topic: scene.name,
      groupId: scene.name,
      onCommitted: (committed) => {
        for (const [partition, messages] of onTheWay.entries())
          for (const [number, offset] of messages) {
            if (offset >= (committed[partition] ?? 0)) break
            known.store(number)
            messages.delete(number)
          }
        known.update()
      },
    })
    ends.unshift(() => progress.stop())
    const watch = new QueryWatch({ url, known, mayBeAway: fault.answersFromCollector ?? false })
    ends.unshift(() => watch.stop())

    let release: () => void = () => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    const producing = produce(plan, {
      bootstrap: stage.kafka.bootstrap,
      topic: scene.name,
      spansPerSecond: Math.max(SLOWEST, options.spans / PRODUCER_SECONDS),
      hold: { share: HELD_AT, until: released },
      onAcknowledged: ({ number, partition }, offset) => onTheWay[partition]?.set(number, offset),
      signal: ending.signal,
    })
    producing.catch(() => undefined)
    ends.unshift(() => producing)

    const until = started + options.limitMs
    const wait = async (isThere: () => boolean, what: () => string) => {
      while (!isThere()) {
        if (Date.now() > until) throw new Error(`${fault.name}: ${what()} after ${options.limitMs / 1000} s`)
        await sleep(50)
      }
    }
    const soFar = () =>
      `${progress.done} of ${progress.written} messages are done, of ${plan.messages.length}`
    const itsPlay: Play = {
      scene,
      plan,
      progress,
      options,
      notes: [],
      troubles: [],
      reach: (share) => wait(() => progress.done >= share * plan.messages.length, soFar),
      release,
    }
    ends.unshift(() => Promise.resolve(release()))

    await itsPlay.reach(FAULT_AT)
    const since = Date.now()
    itsPlay.notes.push(`the fault began at ${new Date(since).toISOString()}`)
    await fault.happen(itsPlay)
    itsPlay.release()
    const failedSends = await producing
    if (failedSends > 0) itsPlay.notes.push(`${failedSends} sends were repeated`)
    await progress.look()
    try {
      await wait(() => progress.isCaughtUp, soFar)
    } catch (error) {
      // The ledger says what that means.
      itsPlay.troubles.push(String(error))
    }
    // Time for the last traces to be asked for.
    await sleep(3_000)
    await fault.check?.(itsPlay)
    const watched = await watch.stop()
    itsPlay.notes.push(`traces were seen up to ${(known.slowestMs / 1000).toFixed(1)} s after their commit`)
    itsPlay.troubles.push(...scene.deaths)
    const seconds = (Date.now() - started) / 1000
    const row: Row = {
      fault: fault.name,
      spans: await spanLedger(plan, fault.stored(scene, plan)),
      letters: await letterLedger(plan, stage.kafka.bootstrap, scene.deadLetterTopic),
      progress: fault.progress?.(progress, since) ?? progress.standstill(since),
      megabytes: scene.peakMegabytes,
      watched,
      seconds,
      notes: itsPlay.notes,
      troubles: itsPlay.troubles,
    }
    return row
  } catch (error) {
    throw new Error(`${fault.name} broke off: ${String(error)}\n${scene.output().slice(-6_000)}`, {
      cause: error,
    })
  } finally {
    ending.abort()
    for (const end of ends) await end().catch(() => undefined)
  }
}
