// Asks a query node all the time and judges each answer: it must be right, or say 503. Silence is wrong too.
import { isDeepStrictEqual } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KnownTraces } from './known-traces.ts'
import { SERVICES, type ZipkinSpan } from './plan.ts'

export interface Watched {
  right: number
  /** 503, and nobody there where that may be. */
  unavailable: number
  wrong: number
  /** What the first wrong ones were. */
  readonly examples: string[]
}

export interface WatchOptions {
  readonly url: string
  readonly known: KnownTraces
  /** Whether the process that answers is killed in the play. */
  readonly mayBeAway: boolean
}

const ANSWER_MS = 45_000
const PAUSE_MS = 40
const SETTLE_MS = 200
const EXAMPLES = 3
const SEARCH_LIMIT = 10

export class QueryWatch {
  readonly counts: Watched = { right: 0, unavailable: 0, wrong: 0, examples: [] }
  readonly #options: WatchOptions
  readonly #ending = new AbortController()
  readonly #running: Promise<unknown>

  constructor(options: WatchOptions) {
    this.#options = options
    this.#running = Promise.all([
      this.#settle(),
      this.#ask(() => this.#newTrace()),
      this.#ask((turn) =>
        turn % 4 === 0 ? this.#search() : turn % 4 === 2 ? this.#services() : this.#anyTrace(),
      ),
    ])
  }

  async stop(): Promise<Watched> {
    this.#ending.abort()
    await this.#running
    return this.counts
  }

  async #settle(): Promise<void> {
    for (const { signal } = this.#ending; !signal.aborted; await sleep(SETTLE_MS))
      await this.#options.known.settle()
  }

  async #ask(question: (turn: number) => Promise<void>): Promise<void> {
    const { signal } = this.#ending
    for (let turn = 0; !signal.aborted; turn++) {
      if (this.#options.known.settled.length > 0) await question(turn)
      await sleep(PAUSE_MS)
    }
  }

  /** One of the last that came to be known: likeliest to be missing somewhere. */
  #newTrace(): Promise<void> {
    const settled = this.#options.known.settled
    return this.#trace(settled[settled.length - 1 - Math.floor(Math.random() * 20)] ?? settled.at(-1) ?? 0)
  }

  #anyTrace(): Promise<void> {
    const settled = this.#options.known.settled
    return this.#trace(settled[Math.floor(Math.random() * settled.length)] ?? 0)
  }

  #trace(trace: number): Promise<void> {
    const { plan } = this.#options.known
    return this.#get(`/api/v2/trace/${plan.traceId(trace)}`, (body) =>
      differenceOf(body as ZipkinSpan[], plan.trace(trace)),
    )
  }

  /** Traces that are still on their way in may be found in part; nothing else may. */
  #search(): Promise<void> {
    const { known } = this.#options
    const { plan } = known
    const service = SERVICES[Math.floor(Math.random() * SERVICES.length)] ?? ''
    return this.#get(
      `/api/v2/traces?serviceName=${service}&limit=${SEARCH_LIMIT}&lookback=86400000`,
      (body) => {
        const traces = body as ZipkinSpan[][]
        const wanted = Math.min(SEARCH_LIMIT, known.settled.length)
        if (traces.length > SEARCH_LIMIT) return `${traces.length} traces for a limit of ${SEARCH_LIMIT}`
        if (traces.length < wanted && !this.#hasFew()) return `${traces.length} traces instead of ${wanted}`
        for (const spans of traces) {
          const trace = plan.traceNumberOf(spans[0]?.traceId ?? '')
          if (trace === undefined) return `a trace that nobody sent: ${JSON.stringify(spans).slice(0, 200)}`
          const sent = plan.trace(trace)
          const difference = known.isSettled(trace)
            ? differenceOf(spans, sent)
            : differenceOf(spans, sent.filter(({ id }) => spans.some((span) => span.id === id))) // prettier-ignore
          if (difference !== undefined) return difference
        }
        return undefined
      },
    )
  }

  /** So few traces that not each of them needs to have a span of every service. */
  #hasFew(): boolean {
    return this.#options.known.settled.length < 2
  }

  #services(): Promise<void> {
    return this.#get('/api/v2/services', (body) =>
      isDeepStrictEqual(body, [...SERVICES].sort()) ? undefined : `services ${JSON.stringify(body)}`,
    )
  }

  /** @param judge gives what is wrong with a 200's body */
  async #get(path: string, judge: (body: unknown) => string | undefined): Promise<void> {
    const { url, mayBeAway } = this.#options
    let response: Response
    let text: string
    try {
      response = await fetch(url + path, { signal: AbortSignal.timeout(ANSWER_MS) })
      text = await response.text()
    } catch (error) {
      if (mayBeAway) this.counts.unavailable++
      else this.#wrong(`${path}: no answer, ${String(error)}`)
      return
    }
    const { status } = response
    if (status === 503 && text !== '') this.counts.unavailable++
    else {
      const why = status === 200 ? judge(JSON.parse(text)) : `${status} ${text.slice(0, 200)}`
      if (why === undefined) this.counts.right++
      else this.#wrong(`${path}: ${why}`)
    }
  }

  #wrong(what: string): void {
    this.counts.wrong++
    if (this.counts.examples.length < EXAMPLES)
      this.counts.examples.push(`${new Date().toISOString()} ${what}`)
  }
}

/** What a trace as it was answered has unlike the same trace as it was sent. */
function differenceOf(got: readonly ZipkinSpan[], sent: readonly ZipkinSpan[]): string | undefined {
  if (got.length !== sent.length)
    return `${sent[0]?.traceId} has ${got.length} spans instead of ${sent.length}`
  for (const span of sent) {
    const other = got.find(({ id }) => id === span.id)
    if (!isDeepStrictEqual(other, span))
      return `${JSON.stringify(other) ?? 'nothing'} instead of ${JSON.stringify(span)}`
  }
  return undefined
}
