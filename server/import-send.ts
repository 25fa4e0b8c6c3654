// Posts spans in batches to the intake of their dialect, some at a time, until each is stored or refused by name.
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, TRACES_DATA } from '@hopscope/proto'
import { piecesOf } from './import-split.ts'
import type { Dialect, Unit } from './import-unit.ts'
import { causeOf, detailOf, shown, TransferError } from './transfer.ts'

export interface SenderOptions {
  readonly url: string
  /** A unit, or some of its spans, was refused. */
  readonly onRefused: (place: string, spans: number, reason: string) => void
  readonly onWaiting: (why: string) => void
  /** For how long a batch is tried again, and the first pause between two tries. */
  readonly patienceMs?: number
  readonly pauseMs?: number
}

const BATCH_BYTES = 2 ** 20
const IN_FLIGHT = 4
const LONGEST_POST_MS = 120_000
const LONGEST_PAUSE_MS = 10_000

const INTAKES = {
  zipkin: { path: '/api/v2/spans', head: '[', tail: ']', success: 202 },
  'zipkin-v1': { path: '/api/v1/spans', head: '[', tail: ']', success: 202 },
  otlp: { path: '/v1/traces', ...TRACES_DATA, success: 200 },
} as const satisfies Record<Dialect, unknown>

/** Not now: the same may be sent again. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504])
/** This body will never be taken; another may be. */
const TOO_LARGE = 413
const REFUSING: ReadonlySet<number> = new Set([400, TOO_LARGE, 422])

interface Refusal {
  readonly unit: number
  readonly spans: number
  readonly reason: string
}

export class Sender {
  readonly counts = { sent: 0, stored: 0, refused: 0 }
  readonly #options: Required<SenderOptions>
  readonly #open = new Map<Dialect, { units: Unit[]; bytes: number }>()
  readonly #underWay = new Set<Promise<void>>()
  #failure: Error | undefined
  #hasAnswered = false

  constructor(options: SenderOptions) {
    this.#options = { patienceMs: 60_000, pauseMs: 250, ...options }
  }

  /** Settles when there is room for more. @throws TransferError when there is no use in going on */
  async add(unit: Unit): Promise<void> {
    if (unit.json.length <= BATCH_BYTES || unit.dialect !== 'otlp') return this.#add(unit)
    for (const piece of piecesOf(unit, BATCH_BYTES)) await this.#add(piece)
  }

  async #add(unit: Unit): Promise<void> {
    let batch = this.#open.get(unit.dialect)
    if (batch !== undefined && batch.bytes + unit.json.length > BATCH_BYTES) {
      await this.#start(batch.units)
      batch = undefined
    }
    if (batch === undefined) this.#open.set(unit.dialect, (batch = { units: [], bytes: 0 }))
    batch.units.push(unit)
    batch.bytes += unit.json.length + 1
  }

  /** Settles when everything is stored or refused. @throws TransferError */
  async finish(): Promise<void> {
    for (const { units } of this.#open.values()) await this.#start(units)
    this.#open.clear()
    await Promise.all(this.#underWay)
    if (this.#failure !== undefined) throw this.#failure
  }

  async #start(units: readonly Unit[]): Promise<void> {
    while (this.#underWay.size >= IN_FLIGHT) await Promise.race(this.#underWay)
    if (this.#failure !== undefined) throw this.#failure
    const work = this.#settle(units)
      .catch((error: unknown) => {
        this.#failure ??= error instanceof Error ? error : new Error(String(error))
      })
      .finally(() => this.#underWay.delete(work))
    this.#underWay.add(work)
  }

  /** Sends; a batch whose bad units are not all known by their place is sent again in halves, and so is one that is too large. */
  async #settle(units: readonly Unit[]): Promise<void> {
    const todo = [units]
    for (let batch = todo.pop(); batch !== undefined; batch = todo.pop()) {
      if (this.#failure !== undefined) return
      const refusals = await this.#refusalsOf(batch)
      if (refusals === undefined) {
        todo.push(...smallerThan(batch).toReversed())
        continue
      }
      const spans = batch.reduce((sum, unit) => sum + unit.spans, 0)
      let refused = 0
      for (const { unit, spans: count, reason } of refusals) {
        const { place = '' } = batch[unit] ?? {}
        refused += count
        this.#options.onRefused(place, count, reason)
      }
      this.counts.sent += spans
      this.counts.refused += refused
      this.counts.stored += spans - refused
    }
  }

  /** @returns undefined if some are refused, but not which: never for a single unit that has no parts */
  async #refusalsOf(batch: readonly Unit[]): Promise<readonly Refusal[] | undefined> {
    const { dialect, spans } = batch[0] ?? { dialect: 'zipkin' as const, spans: 0 }
    const { status, body } = await this.#post(dialect, batch)
    const single = (count: number, reason: string) =>
      batch.length > 1 ? undefined : [{ unit: 0, spans: Math.min(count, spans), reason }]
    if (status === TOO_LARGE && smallerThan(batch).length > 1) return undefined
    if (REFUSING.has(status)) {
      const detail = notJson(batch) ?? detailOf(body)
      const listed = dialect === 'otlp' ? undefined : zipkinRefusals(detail, batch.length)
      return (
        listed ??
        single(spans, /^\d+ of \d+ spans refused/.test(detail) ? (detail.split('\n')[1] ?? detail) : detail)
      )
    }
    const { rejected, message } = dialect === 'otlp' ? partialSuccess(body) : { rejected: 0, message: '' }
    return rejected === 0 ? [] : single(rejected, message)
  }

  async #post(dialect: Dialect, batch: readonly Unit[]): Promise<{ status: number; body: string }> {
    const { path, head, tail, success } = INTAKES[dialect]
    const pieces = batch.flatMap(({ json }, at) => (at === 0 ? [json] : [COMMA, json]))
    const bytes = Buffer.concat([Buffer.from(head), ...pieces, Buffer.from(tail)])
    const { url, onWaiting, patienceMs, pauseMs } = this.#options
    const giveUpAt = performance.now() + patienceMs
    for (let pause = pauseMs; ; pause = Math.min(LONGEST_PAUSE_MS, 2 * pause)) {
      let why: string
      let wanted = 0
      try {
        const response = await fetch(url + path, {
          method: 'POST',
          // Where it leads to is a page that asks who we are, and answers 200.
          redirect: 'manual',
          body: bytes,
          headers: { 'Content-Type': 'application/json' },
          signal: AbortSignal.timeout(LONGEST_POST_MS),
        })
        const body = await response.text()
        const { status } = response
        this.#hasAnswered = true
        const isStored = status === success && (dialect !== 'otlp' || isJson(response))
        if (isStored || REFUSING.has(status)) return { status, body }
        if (!PASSING.has(status))
          throw new TransferError(`POST ${url + path} answers ${answerText(response, body)}; is it Hopscope?`)
        why = `the server answers ${status}: ${shown(detailOf(body))}`
        wanted = 1000 * Number(response.headers.get('retry-after') ?? 0) || 0
      } catch (error) {
        if (error instanceof TransferError) throw error
        why = causeOf(error)
        if (!this.#hasAnswered)
          throw new TransferError(`Hopscope at ${url} can't be reached: ${why}. --url says where it is.`)
      }
      const wait = Math.max(pause, Math.min(wanted, LONGEST_PAUSE_MS))
      if (performance.now() + wait > giveUpAt)
        throw new TransferError(`Given up after ${Math.round(patienceMs / 1000)} s: ${why}.`)
      if (this.#failure !== undefined) throw this.#failure
      onWaiting(why)
      await sleep(wait)
    }
  }
}

const COMMA = Buffer.from(',')

/** The same in two or more batches; in one, if it has no parts. */
function smallerThan(batch: readonly Unit[]): (readonly Unit[])[] {
  const half = batch.length >> 1
  const [only] = batch
  if (only === undefined || half > 0) return [batch.slice(0, half), batch.slice(half)]
  return only.dialect === 'otlp' ? [...piecesOf(only, only.json.length / 2)].map((piece) => [piece]) : [batch]
}

/** By the text that the intake answers; undefined unless it names every refused span by a place. */
function zipkinRefusals(text: string, units: number): Refusal[] | undefined {
  const count = Number(/^(\d+) of \d+ spans refused/.exec(text)?.[1] ?? 0)
  const found = [...text.matchAll(/^\[(\d+)\] ?(?:: )?(.*)$/gm)].map(([, index, reason = '']) => ({
    unit: Number(index),
    spans: 1,
    reason,
  }))
  return count > 0 && found.length === count && found.every(({ unit }) => unit < units) ? found : undefined
}

/** Of what is not an answer of Hopscope's. */
function answerText({ status, headers }: Response, body: string): string {
  const location = headers.get('location')
  if (location !== null) return `${status} → ${shown(location)}`
  const type = headers.get('content-type') ?? ''
  if (/^(?:text\/html|application\/xhtml)/i.test(type)) return `${status} with a web page`
  const detail = shown(detailOf(body))
  return detail === '' ? `${status}` : `${status}: ${detail}`
}

function isJson({ headers }: Response): boolean {
  return /^application\/json\b/i.test(headers.get('content-type') ?? '')
}

/** The server would show the brackets that we set around it. */
function notJson([unit, ...others]: readonly Unit[]): string | undefined {
  if (unit === undefined || others.length > 0) return undefined
  try {
    JSON.parse(Buffer.from(unit.json).toString())
    return undefined
  } catch (error) {
    return `It is not JSON: ${messageOf(error)}`
  }
}

/** @throws TransferError if it is not what OTLP's server answers */
function partialSuccess(body: string): { rejected: number; message: string } {
  let answer: { partialSuccess?: { rejectedSpans?: string | number; errorMessage?: string } } | null
  try {
    answer = JSON.parse(body || '{}') as typeof answer
  } catch (error) {
    throw new TransferError(`The answer to OTLP is not JSON: ${messageOf(error)}; is it Hopscope?`, {
      cause: error,
    })
  }
  const part = answer?.partialSuccess
  return {
    rejected: Number(part?.rejectedSpans ?? 0),
    message: part?.errorMessage ?? 'refused without a reason',
  }
}
