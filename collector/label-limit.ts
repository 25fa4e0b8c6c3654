// Counters by names that come from strangers: as many as a limit allows, one more for all the others.

export type Labels = Readonly<Record<string, string>>

/** UTF-16 units of a label's value; what is longer is cut. */
const LONGEST_LABEL = 128

/** What Tempo's metrics-generator calls the series of everything beyond its limit. */
const OVERFLOW: Labels = { metric_overflow: 'true' }

/**
 * Series by two names and a small whole number. Names are looked up as they are, never joined, so that no two can be
 * mistaken for each other, and the lookup of a known one allocates nothing.
 */
export class LimitedSeries<Series> {
  readonly #limit: number
  readonly #labelsOf: (first: string, second: string, variant: number) => Labels
  readonly #make: (labels: Labels) => Series
  readonly #series = new Map<string, Map<string, (Series | undefined)[]>>()
  readonly #all: Series[] = []
  #overflow: Series | undefined
  #overflowed = 0

  constructor(
    limit: number,
    labelsOf: (first: string, second: string, variant: number) => Labels,
    make: (labels: Labels) => Series,
  ) {
    this.#limit = limit
    this.#labelsOf = labelsOf
    this.#make = make
  }

  /** @param variant which of few, counted from 0 */
  of(first: string, second: string, variant: number): Series {
    const one = cut(first)
    const other = cut(second)
    return this.#series.get(one)?.get(other)?.[variant] ?? this.#new(one, other, variant)
  }

  /** Each that was asked for, in the order of the first time, the one of all others last. */
  all(): readonly Series[] {
    return this.#overflow === undefined ? this.#all : [...this.#all, this.#overflow]
  }

  /** How often a series was asked for that has no place. */
  get overflowed(): number {
    return this.#overflowed
  }

  #new(first: string, second: string, variant: number): Series {
    const one = wellFormed(first)
    const other = wellFormed(second)
    const known = this.#series.get(one)?.get(other)?.[variant]
    if (known !== undefined) return known
    if (this.#all.length >= this.#limit) {
      this.#overflowed++
      return (this.#overflow ??= this.#make(OVERFLOW))
    }
    return this.#add(copyOf(one), copyOf(other), variant)
  }

  #add(first: string, second: string, variant: number): Series {
    const series = this.#make(this.#labelsOf(first, second, variant))
    this.#all.push(series)
    let seconds = this.#series.get(first)
    if (seconds === undefined) this.#series.set(first, (seconds = new Map()))
    let variants = seconds.get(second)
    if (variants === undefined) seconds.set(second, (variants = []))
    variants[variant] = series
    return series
  }
}

const cut = (text: string) => (text.length > LONGEST_LABEL ? text.slice(0, LONGEST_LABEL) : text)

/** A label's value, to be kept for a while. */
export function labelFrom(text: string): string {
  return text.length > LONGEST_LABEL ? copyOf(cut(text)) : text
}

/** A part of a string keeps the whole alive, however long; this is text of its own, and well-formed. */
const copyOf = (text: string) => Buffer.from(text).toString()

const HALF_CHARACTER = /\p{Surrogate}/u

/** Half a character becomes what it is once written in UTF-8, so that no two names are one to who reads them. */
const wellFormed = (text: string) => (HALF_CHARACTER.test(text) ? copyOf(text) : text)
