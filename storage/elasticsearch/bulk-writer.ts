// Writes documents in bulks: what is waiting goes together, bounded by bytes, several bulks at once. The answer is read
// item by item: what the cluster was too busy for is sent again, what it refuses for good is named, and a conflict with
// one's own id means stored already.
import { HopscopeError, messageOf } from '@hopscope/proto'
import type { BulkLines } from './bulk-lines.ts'
import type { Connection } from './connection.ts'

export interface RefusedItem {
  readonly index: number
  readonly reason: string
}

/** Bytes of a bulk, unless one write alone has more. Larger ones gain nothing and wait longer. */
const BULK_BYTES = 2 * 2 ** 20
const BULKS_AT_ONCE = 3
/** First and longest pause after a failure, milliseconds; each is drawn between half of it and all of it. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 2000

/** What Elasticsearch calls a document that it will never take. */
const REFUSED_FOR_GOOD = new Set(['document_parsing_exception', 'mapper_parsing_exception'])

interface Write {
  readonly lines: BulkLines
  /** How many of the first items may be refused one by one; what follows must be stored. */
  readonly refusable: number
  /** Items still to be sent; undefined for all. */
  left: readonly number[] | undefined
  readonly refused: RefusedItem[]
  /** When to stop trying, milliseconds. */
  readonly until: number
  readonly resolve: (refused: readonly RefusedItem[]) => void
  readonly reject: (error: Error) => void
}

interface ItemError {
  readonly type?: string
  readonly reason?: string
  readonly caused_by?: { readonly reason?: string }
}

interface BulkAnswer {
  readonly items?: readonly { readonly create?: { readonly status: number; readonly error?: ItemError } }[]
}

export class BulkWriter {
  readonly #connection: Connection
  readonly #patience: number
  readonly #recheck: () => Promise<void>
  #wasAway = false
  #queue: Write[] = []
  #sending = 0
  #failures = 0
  #pause: NodeJS.Timeout | undefined

  /**
   * @param patience milliseconds that a write may take before it is given back as `store-unavailable`
   * @param recheck called before anything is sent again after the cluster was away: it may have come back empty
   */
  constructor(connection: Connection, patience: number, recheck: () => Promise<void>) {
    this.#connection = connection
    this.#patience = patience
    this.#recheck = recheck
  }

  /**
   * Settles once each document is stored or refused for good; gives those refused.
   * @throws HopscopeError `store-unavailable`
   */
  write(lines: BulkLines, refusable: number): Promise<readonly RefusedItem[]> {
    return new Promise((resolve, reject) => {
      const until = Date.now() + this.#patience
      this.#queue.push({ lines, refusable, left: undefined, refused: [], until, resolve, reject })
      this.#send()
    })
  }

  #send(): void {
    while (this.#pause === undefined && this.#sending < BULKS_AT_ONCE && this.#queue.length > 0) {
      const bulk = this.#take()
      this.#sending++
      this.#post(bulk)
        .catch((error: unknown) => {
          this.#wasAway = true
          this.#again(bulk, error)
        })
        .finally(() => {
          this.#sending--
          this.#send()
        })
        .catch(() => undefined)
    }
  }

  #take(): Write[] {
    let bytes = 0
    const beyond = this.#queue.findIndex(({ lines }) => (bytes += lines.bytes.length) > BULK_BYTES)
    return this.#queue.splice(0, beyond < 0 ? this.#queue.length : Math.max(1, beyond))
  }

  async #post(bulk: readonly Write[]): Promise<void> {
    if (this.#wasAway) await this.#recheck()
    const { items = [] } = await this.#connection.ask<BulkAnswer>('POST', '/_bulk', {
      body: Buffer.concat(bulk.flatMap(bytesOf)),
      // A shard that is missing must not use up the time that the answer for all others has.
      query: {
        filter_path: 'items.*.status,items.*.error',
        timeout: `${Math.ceil(this.#connection.timeoutMs / 3)}ms`,
      },
    })
    this.#wasAway = false
    let at = 0
    let why: string | undefined
    let taken = 0
    const again: Write[] = []
    for (const write of bulk) {
      const left: number[] = []
      const sent = write.left?.length ?? write.lines.ends.length
      for (let i = 0; i < sent; i++) {
        const index = write.left?.[i] ?? i
        const { status, error } = items[at++]?.create ?? { status: 0 }
        // A conflict with one's own id: stored before.
        if ((status >= 200 && status < 300) || status === 409) {
          taken++
          continue
        }
        if (status === 400 && REFUSED_FOR_GOOD.has(error?.type ?? '') && index < write.refusable)
          write.refused.push({ index, reason: reasonOf(error) })
        else {
          left.push(index)
          why = `${status} ${error?.type ?? ''}: ${reasonOf(error)}`
        }
      }
      write.left = left
      if (left.length === 0) write.resolve(write.refused)
      else again.push(write)
    }
    // As long as some are taken, the cluster is no more than busy.
    if (taken > 0) this.#failures = 0
    if (why !== undefined)
      this.#again(again, new HopscopeError('store-unavailable', `Elasticsearch did not take spans: ${why}`))
  }

  /** Sends them again ahead of all others after a pause, unless their time is over. */
  #again(writes: readonly Write[], why: unknown): void {
    const error =
      why instanceof HopscopeError
        ? why
        : new HopscopeError('store-unavailable', `Elasticsearch did not take spans: ${messageOf(why)}`, {
            cause: why,
          })
    const now = Date.now()
    // Those that wait behind them too: where each bulk takes all its time to fail, their turn may never come.
    const waiting = [...writes, ...this.#queue]
    this.#queue = waiting.filter(({ until }) => until > now)
    for (const write of waiting) if (write.until <= now) write.reject(error)
    // Of several bulks that failed together only the first makes the pause longer.
    if (this.#pause !== undefined) return
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures++)
    this.#pause = setTimeout(
      () => {
        this.#pause = undefined
        this.#send()
      },
      pause * (0.5 + Math.random() / 2),
    )
  }
}

function bytesOf({ lines: { bytes, ends }, left }: Write): Buffer[] {
  return left === undefined ? [bytes] : left.map((i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]))
}

function reasonOf(error: ItemError | undefined): string {
  return [error?.reason, error?.caused_by?.reason].filter(Boolean).join(': ').slice(0, 500)
}
