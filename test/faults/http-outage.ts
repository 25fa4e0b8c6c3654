// Spans over HTTP while Elasticsearch is killed and started again: what was answered with 202 is stored once, and no
// other answer than 503 is given to the rest.
import { setTimeout as sleep } from 'node:timers/promises'
import type { PlayOptions } from './kafka-play.ts'
import { KnownTraces } from './known-traces.ts'
import { elasticsearchSpans, spanLedger, visibleIn } from './ledger.ts'
import { Plan, type PlannedMessage } from './plan.ts'
import { QueryWatch } from './query-watch.ts'
import type { Row } from './row.ts'
import type { Stage } from './stage.ts'

export const HTTP_OUTAGE = {
  name: 'http-outage',
  about: 'HTTP intake while Elasticsearch is killed and started again',
}

const CONNECTIONS = 4
const FAULT_AT = 1 / 3
/** Whole runs take about so long. */
const SECONDS = 20
const SLOWEST = 1_000
const RETRY_MS = 300
/** Below the outage: some posts must not outlast it. */
const ES_TIMEOUT_MS = 3_000

export async function playHttpOutage(stage: Stage, options: PlayOptions): Promise<Row> {
  const started = Date.now()
  const plan = new Plan({ spans: options.spans, partitions: 1 })
  const posts = plan.messages.filter(({ count }) => count > 0)
  const scene = await stage.scene(HTTP_OUTAGE.name, { ES_TIMEOUT: String(ES_TIMEOUT_MS) })
  const known = new KnownTraces(plan, visibleIn(stage.elasticsearch.url, scene.name, plan))
  let watch: QueryWatch | undefined
  let isOver = false
  try {
    const [collector, query] = await Promise.all([scene.startHttpCollector(), scene.startQueryNode()])
    watch = new QueryWatch({ url: query.url, known, mayBeAway: false })

    const perSecond = Math.max(SLOWEST, options.spans / SECONDS)
    /** Messages that were given up after a 503: nobody knows whether they are stored. */
    const givenUp = new Set<number>()
    const odd = new Map<string, number>()
    const answeredAt: number[] = []
    let refusals = 0
    let next = 0
    let sentSpans = 0
    let failed: unknown

    const send = async (message: PlannedMessage): Promise<void> => {
      const body = new Uint8Array(plan.value(message) ?? [])
      while (!isOver) {
        const answer = await post(`${collector.url}/api/v2/spans`, body)
        // A message with a bad span is a 400 that names it; its good spans are stored.
        if (answer === (message.kind === 'bad-span' ? '400' : '202')) {
          answeredAt.push(Date.now())
          known.store(message.number)
          known.update()
          return
        }
        if (answer === '503') refusals++
        else odd.set(answer, (odd.get(answer) ?? 0) + 1)
        // Half of them are given up at once, as by a reporter that drops; the others are sent until they are taken.
        if (message.number % 2 === 0) return void givenUp.add(message.number)
        await sleep(RETRY_MS)
      }
    }
    const sending = Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (next < posts.length && !isOver) {
          const message = posts[next++]
          if (message === undefined) return
          await send(message)
          sentSpans += message.count
          const ahead = (sentSpans / perSecond) * 1000 - (Date.now() - started)
          if (ahead > 0) await sleep(ahead)
        }
      }),
    ).catch((error: unknown) => (failed = error))

    while (next < posts.length * FAULT_AT && failed === undefined) await sleep(20)
    const since = Date.now()
    await stage.elasticsearch.stop('SIGKILL')
    await sleep(ES_TIMEOUT_MS)
    await stage.elasticsearch.start()
    await Promise.race([sending, sleep(options.limitMs, undefined, { ref: false })])
    isOver = true
    await sending
    await sleep(3_000)
    const watched = await watch.stop()

    const troubles = [...odd].map(([answer, count]) => `${count} posts were answered with ${answer}`)
    troubles.push(...scene.deaths)
    if (failed !== undefined) troubles.push(`the client broke off: ${String(failed)}`)
    if (next < posts.length) troubles.push(`only ${next} of ${posts.length} posts were sent`)
    if (refusals === 0) troubles.push('the outage was never felt: there was no 503')
    const optional = new Set(
      plan.messages
        .filter(({ number }) => givenUp.has(number))
        .flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i)),
    )
    return {
      fault: HTTP_OUTAGE.name,
      spans: await spanLedger(plan, elasticsearchSpans(stage.elasticsearch.url, scene.name), (span) =>
        optional.has(span),
      ),
      letters: undefined,
      progress: standstill(answeredAt, since),
      megabytes: scene.peakMegabytes,
      watched,
      seconds: (Date.now() - started) / 1000,
      notes: [
        `traces were seen up to ${(known.slowestMs / 1000).toFixed(1)} s after their 202`,
        `the fault began at ${new Date(since).toISOString()}`,
        `${answeredAt.length} posts were taken, ${refusals} times it was 503, ${givenUp.size} were given up`,
      ],
      troubles,
    }
  } catch (error) {
    throw new Error(`${HTTP_OUTAGE.name} broke off: ${String(error)}\n${scene.output().slice(-6_000)}`, {
      cause: error,
    })
  } finally {
    isOver = true
    await watch?.stop()
    await scene.close()
  }
}

/** @returns the status, or why there is none */
async function post(url: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json' },
    })
    await response.arrayBuffer()
    return String(response.status)
  } catch (error) {
    return `no answer (${String(error)})`
  }
}

/** Seconds from the fault to the first answer after the longest silence. */
function standstill(times: readonly number[], since: number): number {
  let last = since
  let longest = 0
  let ended = since
  for (const at of times) {
    if (at <= since) continue
    if (at - last > longest) [longest, ended] = [at - last, at]
    last = at
  }
  return (ended - since) / 1000
}
