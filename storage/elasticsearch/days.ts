// Which index a span lives in: one for each day (UTC) of its timestamp, and one for what has no day of its own.
import type { Span } from '@hopscope/model'

/** Days since the Unix epoch; {@link NO_DAY} for spans without a timestamp, or with one too far from now. */
export type Day = number

/** 1970-01-01, which no honest clock says. */
export const NO_DAY: Day = 0

const DAY_MICROS = 86_400_000_000
const DAY_MS = 86_400_000

/** A clock may be ahead, but not by more days than this. */
const DAYS_AHEAD = 1

export class Days {
  readonly #prefix: string
  readonly #daysBack: number
  readonly #now: () => number
  readonly #spanIndices = new Map<Day, string>()
  readonly #lookupIndices = new Map<Day, string>()

  /**
   * @param prefix of every index name
   * @param daysBack days that may have an index, today among them. A sender that makes timestamps up must not make an index of each: a
   * cluster holds a thousand shards on a node, and then takes no more.
   * @param now milliseconds
   */
  constructor(prefix: string, daysBack: number, now: () => number) {
    this.#prefix = prefix
    this.#daysBack = daysBack
    this.#now = now
  }

  get today(): Day {
    return Math.floor(this.#now() / DAY_MS)
  }

  /** The first day that may have an index. */
  get first(): Day {
    return this.today - this.#daysBack + 1
  }

  /** Where what has just come is: an index may show it a moment before the look-ups do. */
  get recent(): readonly Day[] {
    return [NO_DAY, this.today - 1, this.today]
  }

  /** Seconds. */
  get now(): number {
    return Math.floor(this.#now() / 1000)
  }

  dayOf({ timestamp }: Span): Day {
    if (timestamp === undefined) return NO_DAY
    const day = dayOfMicros(timestamp)
    return day >= this.first && day <= this.today + DAYS_AHEAD ? day : NO_DAY
  }

  spanIndex(day: Day): string {
    return this.#named(
      this.#spanIndices,
      day,
      () => `${this.#prefix}-span-${day === NO_DAY ? 'other' : dateOf(day)}`,
    )
  }

  /** Look-ups share an index by month, so that a question about an id asks a few indices only. */
  lookupIndex(day: Day): string {
    return this.#named(
      this.#lookupIndices,
      day,
      () => `${this.#prefix}-lookup-${day === NO_DAY ? 'other' : dateOf(day).slice(0, 7)}`,
    )
  }

  get allSpans(): string {
    return `${this.#prefix}-span-*`
  }

  get allLookups(): string {
    return `${this.#prefix}-lookup-*`
  }

  /** The indices that can hold spans of this time (microseconds); what has no day is always among them. */
  spanIndices(from: number | undefined, to: number | undefined): string {
    const first = from === undefined ? -Infinity : dayOfMicros(from)
    const last = Math.min(to === undefined ? Infinity : dayOfMicros(to), this.today + DAYS_AHEAD)
    // The time condition of the query passes over the days that have nothing at once.
    if (last - first > MOST_NAMED) return this.allSpans
    const days = [NO_DAY]
    for (let day = first; day <= last; day++) days.push(day)
    return this.spanIndicesOf(days)
  }

  /** @param days at least one: no name at all would be every index of the cluster */
  spanIndicesOf(days: readonly Day[]): string {
    if (days.length === 0) throw new RangeError('no day to read')
    const names = days.map((day) => this.spanIndex(day)).join(',')
    return days.length > MOST_NAMED || names.length > LONGEST_NAMES ? this.allSpans : names
  }

  /** @param indices as {@link spanIndicesOf} gives them */
  together(...indices: readonly string[]): string {
    const names = [...new Set(indices.flatMap((each) => each.split(',')))].join(',')
    return names.includes('*') || names.length > LONGEST_NAMES ? this.allSpans : names
  }

  /** A few days are asked for again and again, whole years hardly ever. */
  #named(names: Map<Day, string>, day: Day, make: () => string): string {
    let name = names.get(day)
    if (name === undefined) {
      if (names.size > MOST_REMEMBERED) names.clear()
      names.set(day, (name = make()))
    }
    return name
  }

  /** The day of a span index, or the month of a look-up index by its first day; undefined for `other` and strangers. */
  dayOfIndex(name: string): Day | undefined {
    const [, date] = /-(?:span|lookup)-(\d{4}-\d{2}(?:-\d{2})?)$/.exec(name) ?? []
    const day = date === undefined ? Number.NaN : Date.parse(date) / DAY_MS
    // The wildcards of one prefix may find indices of a longer one.
    const ours = !Number.isNaN(day) && (name === this.spanIndex(day) || name === this.lookupIndex(day))
    return ours ? day : undefined
  }
}

/** Days that one search names. */
const MOST_NAMED = 40
/** Together with the routing they must fit in a line of HTTP, of which Elasticsearch takes 4096 bytes. */
const LONGEST_NAMES = 2000
const MOST_REMEMBERED = 1000

function dayOfMicros(micros: number): Day {
  return Math.floor(micros / DAY_MICROS)
}

function dateOf(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}
