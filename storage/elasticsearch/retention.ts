// Forgets: whole days by age or by total size, and what has no day document by document. One node at a time does it,
// under a lease in the cluster; another takes over when the lease runs out.
import { randomUUID } from 'node:crypto'
import { messageOf } from '@hopscope/proto'
import { type Connection, Refused } from './connection.ts'
import { type Day, type Days, NO_DAY } from './days.ts'
import { scan } from './scan.ts'

export interface RetentionOptions {
  /** Days to keep; 0 keeps all. */
  readonly maxAgeDays: number
  /** Bytes of all indices' primary shards; 0 for no bound. Today, and the newest day, are always kept. */
  readonly maxBytes: number
}

export type StoreLog = (level: 'info' | 'warn', message: string) => void

const EVERY_MS = 10 * 60_000
const LEASE_MS = 15 * 60_000
const DAY_SECONDS = 86_400
/** Of the bytes to keep, what spans without a day may take before they all go. */
const SHARE_WITHOUT_DAY = 0.1
/** Days after their arrival that spans without a day are kept where only the size is bounded. */
const AGE_WITHOUT_DAY = 90
/** Documents deleted one by one that one request names. */
const DELETED_TOGETHER = 1000

export class Retention {
  readonly #connection: Connection
  readonly #days: Days
  readonly #prefix: string
  readonly #options: RetentionOptions
  readonly #log: StoreLog
  readonly #prepared: () => Promise<void>
  readonly #owner = randomUUID()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  /** @param prepared settles once the index templates are there: the lease has an index too */
  constructor(
    connection: Connection,
    days: Days,
    prefix: string,
    options: RetentionOptions,
    log: StoreLog,
    prepared: () => Promise<void>,
  ) {
    this.#connection = connection
    this.#days = days
    this.#prefix = prefix
    this.#options = options
    this.#log = log
    this.#prepared = prepared
  }

  start(): void {
    const round = () => {
      // One that takes long is not joined by another.
      this.#running ??= this.run()
        .then((deleted) => {
          if (deleted.length > 0) this.#log('info', `retention deleted ${deleted.join(', ')}`)
        })
        .catch((error: unknown) => this.#log('warn', `retention will be tried again: ${messageOf(error)}`))
        .finally(() => (this.#running = undefined))
    }
    // Not all nodes at once.
    this.#timer = setTimeout(() => {
      round()
      this.#timer = setInterval(round, EVERY_MS).unref()
    }, Math.random() * 60_000).unref()
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#running
  }

  /** One round, if the lease can be had; gives the indices deleted. */
  async run(): Promise<string[]> {
    const { maxAgeDays, maxBytes } = this.#options
    if (maxAgeDays === 0 && maxBytes === 0) return []
    await this.#prepared()
    if (!(await this.#leased())) return []
    const sizes = await this.#sizes()
    const dated = [...sizes]
      .flatMap(([name, bytes]) => {
        const day = name.startsWith(`${this.#prefix}-span-`) ? this.#days.dayOfIndex(name) : undefined
        return day === undefined ? [] : [{ name, bytes, day }]
      })
      .sort((a, b) => a.day - b.day)
    const oldest = maxAgeDays === 0 ? -Infinity : this.#days.today - maxAgeDays + 1
    const [spans, lookups] = this.#withoutDay
    const deleted: string[] = []
    // What has no day is bounded by itself: a flood of it must not push all days out.
    const withoutDay = (sizes.get(spans) ?? 0) + (sizes.get(lookups) ?? 0)
    if (maxBytes > 0 && withoutDay > maxBytes * SHARE_WITHOUT_DAY)
      for (const name of [spans, lookups]) if (sizes.delete(name)) deleted.push(await this.#delete(name))
    let bytes = [...sizes.values()].reduce((sum, each) => sum + each, 0)
    for (const [i, index] of dated.entries()) {
      // A clock that is ahead makes an index of tomorrow: today's isn't old for that.
      const mayGo = i < dated.length - 1 && index.day < this.#days.today
      const large = maxBytes > 0 && bytes > maxBytes && mayGo
      if (index.day >= oldest && !large) break
      await this.#delete(index.name)
      bytes -= index.bytes
      deleted.push(index.name)
    }
    const kept = dated.find(({ name }) => !deleted.includes(name))?.day ?? this.#days.today
    for (const name of [...sizes.keys()].sort())
      if (this.#isOldLookup(name, kept)) deleted.push(await this.#delete(name))
    const before = this.#days.now - (maxAgeDays || AGE_WITHOUT_DAY) * DAY_SECONDS
    if (sizes.has(spans)) await this.#deleteStoredBefore(before, spans)
    // A look-up is as old as the first span that needed it, which may be a day more than the last.
    if (sizes.has(lookups)) await this.#deleteStoredBefore(before - DAY_SECONDS, lookups)
    return deleted
  }

  get #withoutDay(): readonly [spans: string, lookups: string] {
    return [this.#days.spanIndex(NO_DAY), this.#days.lookupIndex(NO_DAY)]
  }

  /** A month's look-ups go when the month is over before the first day kept, and no late span can be given a day in it. */
  #isOldLookup(name: string, firstKept: Day): boolean {
    const first = name.startsWith(`${this.#prefix}-lookup-`) ? this.#days.dayOfIndex(name) : undefined
    const needed = Math.min(firstKept, this.#days.first)
    return first !== undefined && this.#days.lookupIndex(needed) > name && first < needed
  }

  async #delete(name: string): Promise<string> {
    await this.#connection.ask('DELETE', `/${name}`, { missing: {} })
    return name
  }

  async #sizes(): Promise<Map<string, number>> {
    const patterns = `${this.#days.allSpans},${this.#days.allLookups}`
    const { indices = {} } = await this.#connection.ask<{
      indices?: Record<string, { primaries: { store: { size_in_bytes: number } } }>
    }>('GET', `/${patterns}/_stats/store`, { missing: {} })
    const isOurs = (name: string) =>
      this.#days.dayOfIndex(name) !== undefined || this.#withoutDay.includes(name)
    return new Map(
      Object.entries(indices)
        .filter(([name]) => isOurs(name))
        .map(([name, { primaries }]) => [name, primaries.store.size_in_bytes]),
    )
  }

  async #deleteStoredBefore(seconds: number, index: string): Promise<void> {
    const query = { range: { stored: { lt: seconds } } }
    const fetch = { _source: false }
    for await (const page of scan<never>(this.#connection, index, { query, fetch }))
      for (let at = 0; at < page.length; at += DELETED_TOGETHER) {
        const lines = page
          .slice(at, at + DELETED_TOGETHER)
          .map(({ _id, _routing }) => JSON.stringify({ delete: { _index: index, _id, routing: _routing } }))
        await this.#connection.ask('POST', '/_bulk', { body: Buffer.from(`${lines.join('\n')}\n`) })
      }
  }

  /** True while this node holds the lease, or could take it: it was free, ours, or run out. */
  async #leased(): Promise<boolean> {
    const path = `/${this.#prefix}-lease/_doc/retention`
    const lease = await this.#connection.ask<{
      _seq_no?: number
      _primary_term?: number
      _source?: { owner: string; until: number }
    }>('GET', path, { missing: {} })
    const now = this.#days.now * 1000
    const { _source: held, _seq_no, _primary_term } = lease
    // One that claims more than a lease was written by a clock that was wrong.
    const isHeld = held !== undefined && held.until > now && held.until <= now + 2 * LEASE_MS
    if (isHeld && held.owner !== this.#owner) return false
    try {
      await this.#connection.ask('PUT', path, {
        body: { owner: this.#owner, until: now + LEASE_MS },
        query:
          _seq_no === undefined || _primary_term === undefined
            ? { op_type: 'create' }
            : { if_seq_no: _seq_no, if_primary_term: _primary_term },
      })
      return true
    } catch (error) {
      // Another node was quicker.
      if (error instanceof Refused && error.status === 409) return false
      throw error
    }
  }
}
