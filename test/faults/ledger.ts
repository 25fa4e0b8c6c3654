// The ledger: what of the sent is stored, how often, and what lies in the dead-letter topic. Read from Elasticsearch and
// Kafka themselves, as the part under test is not to be asked whether it did well.
import { Kafka, logLevel } from 'kafkajs'
import type { Plan } from './plan.ts'
import { NUMBER_HEADER } from './producer.ts'

export interface StoredSpan {
  readonly traceId: string
  readonly id: string
}

export interface SpanLedger {
  /** Good spans, each of which has to be stored once. */
  readonly sent: number
  /** Those of them that are. */
  readonly stored: number
  readonly lost: number
  /** Documents beyond the first of each span. */
  readonly duplicated: number
  /** Documents of nobody's span, or of one that was refused. */
  readonly strange: number
  /** Numbers of the first lost ones. */
  readonly firstLost: readonly number[]
}

const EXAMPLES = 5

/** @param isOptional spans that may be missing */
export async function spanLedger(
  plan: Plan,
  stored: AsyncIterable<StoredSpan>,
  isOptional: (span: number) => boolean = () => false,
): Promise<SpanLedger> {
  const times = new Uint8Array(plan.spans)
  let duplicated = 0
  let strange = 0
  for await (const document of stored) {
    const number = plan.numberOf(document)
    if (number === undefined || !plan.isGood(number)) strange++
    else if (times[number] === 0) times[number] = 1
    else duplicated++
  }
  let sent = 0
  let found = 0
  const lost: number[] = []
  for (let span = 0; span < plan.spans; span++) {
    if (!plan.isGood(span) || (isOptional(span) && times[span] === 0)) continue
    sent++
    if (times[span] === 1) found++
    else lost.push(span)
  }
  return {
    sent,
    stored: found,
    lost: lost.length,
    duplicated,
    strange,
    firstLost: lost.slice(0, EXAMPLES),
  }
}

interface Hits {
  readonly pit_id: string
  readonly hits: {
    readonly hits: readonly {
      readonly _source: { readonly trace: string; readonly id: string }
      readonly sort: readonly unknown[]
    }[]
  }
}

const PAGE = 5_000

/** Every document of the span indices, by a scan at one point in time. */
export async function* elasticsearchSpans(url: string, index: string): AsyncGenerator<StoredSpan> {
  const ask = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(url + path, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  await ask('POST', `/${index}-span-*/_refresh`)
  let { id } = await ask<{ id: string }>('POST', `/${index}-span-*/_pit?keep_alive=2m`)
  let after: readonly unknown[] | undefined
  for (;;) {
    const page: Hits = await ask('POST', '/_search?allow_partial_search_results=false', {
      size: PAGE,
      pit: { id, keep_alive: '2m' },
      sort: [{ _shard_doc: 'asc' }],
      _source: ['trace', 'id'],
      track_total_hits: false,
      ...(after && { search_after: after }),
    })
    for (const { _source } of page.hits.hits)
      yield { traceId: _source.trace, id: Buffer.from(_source.id, 'base64').toString('hex') }
    after = page.hits.hits.at(-1)?.sort
    id = page.pit_id
    if (after === undefined) break
  }
  await ask('DELETE', '/_pit', { id })
}

/** Whether Elasticsearch's own search sees all of a trace, and its look-ups. */
export function visibleIn(url: string, index: string, plan: Plan): (trace: number) => Promise<boolean> {
  const count = async (indices: string, trace: number): Promise<number> => {
    const response = await fetch(`${url}/${indices}/_count`, {
      method: 'POST',
      body: JSON.stringify({ query: { terms: { trace: termsOf(plan.traceId(trace)) } } }),
      headers: { 'Content-Type': 'application/json' },
    })
    if (!response.ok) throw new Error(String(response.status))
    return ((await response.json()) as { count: number }).count
  }
  const refresh = async (): Promise<void> => {
    const response = await fetch(`${url}/${index}-*/_refresh`, { method: 'POST' })
    if (!response.ok) throw new Error(String(response.status))
  }
  // Look-ups know a trace by its last digits.
  const termsOf = (traceId: string) => [traceId, traceId.slice(-12)]
  return async (trace) => {
    const isSeen =
      (await count(`${index}-lookup-*`, trace)) > 0 &&
      (await count(`${index}-span-*`, trace)) === plan.trace(trace).length
    // Others that were committed with it may hold a span that was sent again after the refresh which showed this one.
    if (isSeen) await refresh()
    return isSeen
  }
}

export interface LetterLedger {
  /** Messages that had to become dead letters. */
  readonly malformed: number
  /** Distinct sources (topic, partition, offset) that have. */
  readonly deadLettered: number
  /** Malformed messages without a dead letter. */
  readonly missing: number
  /** Dead letters of good messages. */
  readonly wrongly: number
  readonly withoutReason: number
}

interface Letter {
  readonly source: string
  readonly number: number
  readonly reason: string
}

export async function letterLedger(plan: Plan, bootstrap: string, topic: string): Promise<LetterLedger> {
  const letters = await lettersIn(bootstrap, topic)
  const malformed = new Set(plan.messages.filter((message) => plan.isMalformed(message)).map(({ number }) => number)) // prettier-ignore
  const found = new Set(letters.map(({ number }) => number))
  return {
    malformed: malformed.size,
    deadLettered: new Set(letters.map(({ source }) => source)).size,
    missing: [...malformed].filter((number) => !found.has(number)).length,
    wrongly: [...found].filter((number) => !malformed.has(number)).length,
    withoutReason: letters.filter(({ reason }) => reason === '').length,
  }
}

async function lettersIn(bootstrap: string, topic: string): Promise<Letter[]> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const letters: Letter[] = []
  try {
    if (!(await admin.listTopics()).includes(topic)) return []
    const ends = await admin.fetchTopicOffsets(topic)
    const unread = new Map(
      ends.filter(({ low, high }) => high !== low).map((each) => [each.partition, Number(each.high)]),
    )
    if (unread.size === 0) return []
    const consumer = kafka.consumer({ groupId: `${topic}-ledger-${Date.now()}` })
    try {
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      await new Promise<void>((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
        consumer
          .run({
            autoCommit: false,
            eachMessage: ({ partition, message: { headers = {}, offset } }) => {
              const text = (name: string) => headers[name]?.toString() ?? ''
              const of = (name: string) => text(`hopscope-dlq-${name}`)
              letters.push({
                source: `${of('topic')}:${of('partition')}:${of('offset')}`,
                number: Number(text(NUMBER_HEADER) || Number.NaN),
                reason: of('code') && of('reason'),
              })
              if (Number(offset) + 1 >= (unread.get(partition) ?? 0)) unread.delete(partition)
              if (unread.size === 0) resolve()
              return Promise.resolve()
            },
          })
          .catch(reject)
      })
    } finally {
      await consumer.disconnect()
    }
    return letters
  } finally {
    await admin.disconnect()
  }
}
