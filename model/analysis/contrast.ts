// What is different about one group of traces against another ("the slow ones"): for each attribute, the share of each of its
// values in either group, ranked by how surely they differ. The idea is that of Honeycomb's BubbleUp.
//
// The unit is the trace: it has a value if any of its spans has it, however many do. A value that one group lacks has a share
// of 0 there; that an attribute is on none of a trace's spans is a value too (undefined).
import { LONGEST_LABEL } from '../metrics/metrics.ts'
import { isError, remoteServiceOf, serviceOf, type Span, type TraceId } from '../span.ts'
import { compareOptionalText, compareText } from '../text-order.ts'

/** Keys of tags looked at; of each attribute so many values, and so many of all together. */
const MOST_ATTRIBUTES = 2_000
const MOST_VALUES = 4_000
const MOST_VALUES_IN_ALL = 100_000
/** Attributes and values in the answer; the rest differs less. */
const MOST_SHOWN = 100
const MOST_VALUES_SHOWN = 10

export type ContrastGroup = 'a' | 'b'

export interface ContrastedValue {
  /** Undefined: the trace has none. */
  readonly value: string | undefined
  /** Traces that have it. */
  readonly countA: number
  readonly countB: number
  /** 0..1, of all traces of the group. */
  readonly shareA: number
  readonly shareB: number
  /** shareA - shareB. */
  readonly difference: number
  /** How much the shares differ at least, see {@link leastDifference}. */
  readonly score: number
  /** A trace of each group that has it, the first that was added. */
  readonly exampleA: TraceId | undefined
  readonly exampleB: TraceId | undefined
}

export interface ContrastedAttribute {
  /** `service`, `operation`, `kind`, `status`, `remoteService`, or `tag:` and its key. */
  readonly attribute: string
  /** That of its first value. */
  readonly score: number
  /** By score, the greatest first; of equals by difference, the one that `a` has more of first; then by value. */
  readonly values: readonly ContrastedValue[]
  /** How many there are, also those not shown. */
  readonly valueCount: number
}

export interface Contrast {
  readonly tracesA: number
  readonly tracesB: number
  /** By score, the greatest first. */
  readonly attributes: readonly ContrastedAttribute[]
  /** How many there are, also those not shown. */
  readonly attributeCount: number
  /** Set aside, as nearly every trace has a value of its own: request ids, times and the like. Sorted. */
  readonly unique: readonly string[]
  /** False if there were more attributes or values than are looked at; what there is of others is exact all the same. */
  readonly complete: boolean
}

interface Counts {
  a: number
  b: number
  /** The number of the last trace that had it. */
  last: number
  exampleA: TraceId | undefined
  exampleB: TraceId | undefined
}

interface Attribute {
  /** Of traces that have any value. */
  readonly any: Counts
  readonly values: Map<string, Counts>
  unique: boolean
  /** No more values: one that was left out must not be counted from the middle on. */
  full: boolean
}

/** Takes traces one by one, of either group in any order; its memory has a bound. */
export class ContrastAccumulator {
  readonly #fields = new Map<string, Attribute>()
  /** By key, since making a name of it for each tag of each span takes time. */
  readonly #tags = new Map<string, Attribute>()
  readonly #traces = { a: 0, b: 0 }
  #values = 0
  #complete = true

  /**
   * @param spans those that count for it, as stored. Keys longer than {@link LONGEST_LABEL} are left out; longer
   *   values are none to compare, but show that there is one.
   */
  addTrace(group: ContrastGroup, traceId: TraceId, spans: readonly Span[]): void {
    this.#traces[group]++
    const trace = { group, traceId, number: this.#traces.a + this.#traces.b }
    for (const span of spans) {
      this.#add(trace, this.#fields, 'service', serviceOf(span))
      this.#add(trace, this.#fields, 'operation', span.name)
      this.#add(trace, this.#fields, 'remoteService', remoteServiceOf(span))
      this.#add(trace, this.#fields, 'kind', span.kind)
      this.#add(trace, this.#fields, 'status', isError(span) ? 'error' : 'unset')
      for (const key of Object.keys(span.tags))
        if (key.length <= LONGEST_LABEL) this.#add(trace, this.#tags, key, span.tags[key])
    }
  }

  contrast(): Contrast {
    const { a, b } = this.#traces
    const unique: string[] = []
    const attributes: ContrastedAttribute[] = []
    const tags = [...this.#tags].map(([key, tag]) => [`tag:${key}`, tag] as const)
    for (const [attribute, { any, values, unique: wasUnique }] of [...this.#fields, ...tags]) {
      if (wasUnique || this.#isUnique(values)) {
        unique.push(attribute)
        continue
      }
      const contrasted = [...values].map(([value, counts]) => this.#contrasted(value, counts))
      if (any.a < a || any.b < b)
        contrasted.push(
          this.#contrasted(undefined, {
            a: a - any.a, b: b - any.b, last: 0, exampleA: undefined, exampleB: undefined,
          }), // prettier-ignore
        )
      contrasted.sort(byDifference)
      attributes.push({
        attribute,
        score: contrasted[0]?.score ?? 0,
        values: contrasted.slice(0, MOST_VALUES_SHOWN),
        valueCount: contrasted.length,
      })
    }
    attributes.sort(
      (x, y) =>
        billionths(y.score) - billionths(x.score) ||
        billionths(spread(y)) - billionths(spread(x)) ||
        compareText(x.attribute, y.attribute),
    )
    return {
      tracesA: a,
      tracesB: b,
      attributes: attributes.slice(0, MOST_SHOWN),
      attributeCount: attributes.length,
      unique: unique.sort(compareText),
      complete: this.#complete,
    }
  }

  #add(
    trace: { readonly group: ContrastGroup; readonly traceId: TraceId; readonly number: number },
    attributes: Map<string, Attribute>,
    name: string,
    value: string | undefined,
  ): void {
    if (value === undefined) return
    let attribute = attributes.get(name)
    if (attribute === undefined) {
      if (attributes.size >= MOST_ATTRIBUTES) {
        this.#complete = false
        return
      }
      attributes.set(name, (attribute = { any: noCounts(), values: new Map(), unique: false, full: false }))
    }
    count(attribute.any, trace)
    if (attribute.unique || value.length > LONGEST_LABEL) return
    let counts = attribute.values.get(value)
    if (counts === undefined) {
      if (attribute.full) return
      if (attribute.values.size >= MOST_VALUES && this.#isUnique(attribute.values)) {
        attribute.unique = true
        this.#values -= attribute.values.size
        attribute.values.clear()
        return
      }
      if (attribute.values.size >= MOST_VALUES || this.#values >= MOST_VALUES_IN_ALL) {
        this.#complete = false
        attribute.full = true
        return
      }
      this.#values++
      attribute.values.set(value, (counts = noCounts()))
    }
    count(counts, trace)
  }

  /**
   * Most of the values were in one trace only, and none is of note: in 3 traces that are a twentieth of their group. So the
   * one user whose requests are slow is found among thousands who came once.
   */
  #isUnique(values: ReadonlyMap<string, Counts>): boolean {
    let occurrences = 0
    let single = 0
    for (const { a, b } of values.values()) {
      if (a >= Math.max(3, this.#traces.a / 20) || b >= Math.max(3, this.#traces.b / 20)) return false
      occurrences += a + b
      if (a + b === 1) single++
    }
    return occurrences >= 10 && single >= 0.8 * occurrences
  }

  #contrasted(value: string | undefined, { a, b, exampleA, exampleB }: Counts): ContrastedValue {
    const shareA = shareOf(a, this.#traces.a)
    const shareB = shareOf(b, this.#traces.b)
    return {
      value,
      countA: a,
      countB: b,
      shareA,
      shareB,
      difference: shareA - shareB,
      score: leastDifference(a, this.#traces.a, b, this.#traces.b),
      exampleA,
      exampleB,
    }
  }
}

const noCounts = (): Counts => ({ a: 0, b: 0, last: 0, exampleA: undefined, exampleB: undefined })

function count(
  counts: Counts,
  {
    group,
    traceId,
    number,
  }: { readonly group: ContrastGroup; readonly traceId: TraceId; readonly number: number },
): void {
  if (counts.last === number) return
  counts.last = number
  counts[group]++
  if (group === 'a') counts.exampleA ??= traceId
  else counts.exampleB ??= traceId
}

const shareOf = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)

/** Two values that exclude each other differ alike, but for the rounding of floating point. */
const billionths = (share: number) => Math.round(share * 1e9)

function byDifference(x: ContrastedValue, y: ContrastedValue): number {
  return (
    billionths(y.score) - billionths(x.score) ||
    billionths(Math.abs(y.difference)) - billionths(Math.abs(x.difference)) ||
    y.difference - x.difference ||
    compareOptionalText(x.value, y.value)
  )
}

const spread = ({ values }: ContrastedAttribute) => Math.abs(values[0]?.difference ?? 0)

/** Of the standard normal distribution, for 95 %. */
const Z = 1.96

/**
 * The bound nearest to 0 of the 95 % confidence interval of the difference between two shares, without its sign; 0 if the
 * interval has 0 in it. Other than the bare difference it puts 30 of 40 against 10 of 100 above 1 of 1 against 0 of 3; other
 * than a p-value it doesn't grow with the groups. The interval is Newcombe's hybrid score interval, which holds for small
 * groups and shares of 0 and 1 (R. G. Newcombe, "Interval estimation for the difference between independent proportions",
 * Statistics in Medicine 17, 1998, method 10). It ranks; with thousands of values some will pass by chance, barely.
 */
export function leastDifference(a: number, ofA: number, b: number, ofB: number): number {
  if (ofA === 0 || ofB === 0) return 0
  const [p, q] = [a / ofA, b / ofB]
  if (p < q) return leastDifference(b, ofB, a, ofA)
  const below = p - wilson(p, ofA, -1)
  const above = wilson(q, ofB, 1) - q
  return Math.max(0, p - q - Math.hypot(below, above))
}

/** A bound of Wilson's score interval. */
function wilson(share: number, n: number, side: 1 | -1): number {
  const square = Z * Z
  const half = Z * Math.sqrt((share * (1 - share) + square / (4 * n)) / n)
  return (share + square / (2 * n) + side * half) / (1 + square / n)
}
