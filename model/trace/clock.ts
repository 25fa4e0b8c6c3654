// Finds clocks that disagree and by how much, so that a callee is drawn inside its caller.
//
// Where the ideas come from: a span is caused by its caller, so it can't start before it (Lamport); a caller that waits
// also ends after it. Each call thus bounds the difference of two clocks from both sides, like one exchange of NTP
// (RFC 5905), and all calls between two clocks together bound it more tightly (Cristian's probabilistic clock
// synchronization, 1989). Putting the callee in the middle where the bounds leave room is what Zipkin's and Jaeger's
// adjusters do; unlike them we move nothing that is already possible.
import { int, item, num } from '../columns.ts'
import { type Span, tagOf } from '../span.ts'
import { compareOptionalText, compareText } from '../text-order.ts'
import type { TraceTree } from './tree.ts'
import type { ClockCorrection } from './view.ts'

export interface ClockOffsets {
  /** Microseconds to add to the timestamp of the span at each position of the tree. */
  readonly offsets: Float64Array
  /** Clocks that were moved by {@link LEAST_REPORTED_OFFSET} or more, by service and address. */
  readonly corrections: readonly ClockCorrection[]
}

/**
 * In microseconds. Many reporters round to milliseconds, so processes of one machine seem to differ by up to one; their spans
 * are still put inside their callers, but nobody's clock is off.
 */
const LEAST_REPORTED_OFFSET = 1000

interface Clock {
  readonly service: string
  readonly ip: string | undefined
  readonly links: Map<number, ClockLink>
  /** undefined until the walk from the root's clock reaches it. */
  offset: number | undefined
}

/** What the calls between two clocks say of `offset(b) - offset(a)`, a being the lower numbered. */
interface ClockLink {
  /** Of all calls together: low > high if they contradict each other. */
  low: number
  high: number
  /** Of each. */
  readonly lows: number[]
  readonly highs: number[]
}

export function clockOffsets(tree: TraceTree): ClockOffsets {
  const { clocks, clockAt } = clocksOf(tree)
  if (clocks.length > 1) {
    boundClocks(tree, clocks, clockAt)
    // The root's clock first; then whatever no call ties to it, from its topmost span.
    for (let i = 0; i < tree.topDown.length; i++) {
      const clock = int(clockAt, int(tree.topDown, i))
      if (clock >= 0) spreadFrom(clock, clocks)
    }
  }
  const offsets = new Float64Array(tree.spans.length)
  for (let i = 0; i < offsets.length; i++) {
    const clock = int(clockAt, i)
    offsets[i] = clock < 0 ? 0 : (item(clocks, clock).offset ?? 0)
  }
  const corrections: ClockCorrection[] = []
  for (const { service, ip, offset } of clocks) {
    if (offset !== undefined && Math.abs(offset) >= LEAST_REPORTED_OFFSET)
      corrections.push({ service, ip, offset })
  }
  corrections.sort((a, b) => compareText(a.service, b.service) || compareOptionalText(a.ip, b.ip))
  return { offsets, corrections }
}

/** Numbers the clocks (a service at an address) and says which one each span was timed by, -1 if unknown. */
function clocksOf(tree: TraceTree): { clocks: Clock[]; clockAt: Int32Array } {
  const clocks: Clock[] = []
  const numbers = new Map<string, Map<string | undefined, number>>()
  const clockAt = new Int32Array(tree.spans.length).fill(-1)
  const withoutAddress: number[] = []
  for (let i = 0; i < tree.topDown.length; i++) {
    const position = int(tree.topDown, i)
    const { localEndpoint } = item(tree.spans, position)
    const service = localEndpoint?.serviceName
    if (service === undefined) continue
    const ip = localEndpoint?.ipv4 ?? localEndpoint?.ipv6
    let ofService = numbers.get(service)
    if (ofService === undefined) numbers.set(service, (ofService = new Map()))
    let number = ofService.get(ip)
    if (number === undefined) {
      number = clocks.length
      ofService.set(ip, number)
      clocks.push({ service, ip, links: new Map(), offset: undefined })
    }
    clockAt[position] = number
    if (ip === undefined) withoutAddress.push(position)
  }
  // A service seen at one address only was there all the time, also where a span doesn't say so.
  for (const position of withoutAddress) {
    const ofService = numbers.get(item(clocks, int(clockAt, position)).service)
    if (ofService?.size !== 2) continue
    for (const [ip, number] of ofService) if (ip !== undefined) clockAt[position] = number
  }
  // What doesn't say where it ran was in its parent's process, as far as we can tell.
  for (let i = 1; i < tree.topDown.length; i++) {
    const position = int(tree.topDown, i)
    const unknown = int(clockAt, position) < 0 && tree.orphans[position] === 0
    if (unknown) clockAt[position] = int(clockAt, int(tree.parents, position))
  }
  return { clocks, clockAt }
}

function boundClocks(tree: TraceTree, clocks: readonly Clock[], clockAt: Int32Array): void {
  for (let i = 0; i < tree.topDown.length; i++) {
    const position = int(tree.topDown, i)
    const parent = int(tree.parents, position)
    // An orphan hangs under the root for want of a better place: that says nothing of clocks.
    if (parent < 0 || tree.orphans[position] === 1) continue
    const callerClock = int(clockAt, parent)
    const calleeClock = int(clockAt, position)
    if (callerClock < 0 || calleeClock < 0 || callerClock === calleeClock) continue
    const caller = item(tree.spans, parent)
    const callee = item(tree.spans, position)
    if (caller.timestamp === undefined || callee.timestamp === undefined) continue
    const low = caller.timestamp - callee.timestamp
    const high = callerWaits(caller, callee, tree.errors[parent] === 1)
      ? low + Math.max(0, (caller.duration ?? 0) - (callee.duration ?? 0))
      : Infinity
    if (callerClock < calleeClock) addBounds(clocks, callerClock, calleeClock, low, high)
    else addBounds(clocks, calleeClock, callerClock, -high, -low)
  }
}

/** In microseconds. A busy process stamps a call's end late, so a server may seem to have worked longer than was waited for it. */
const STAMPING_SLACK = 2000

/** Tags of what was answered, as Zipkin's and OpenTelemetry's instrumentation name them. */
const STATUS_TAGS = [
  'http.status_code',
  'http.response.status_code',
  'rpc.grpc.status_code',
  'grpc.status_code',
]

/** A call that waited for its answer, and had time for it. */
function callerWaits(caller: Span, callee: Span, failed: boolean): boolean {
  // Of a client only is it known that it waits; what a server starts elsewhere may well run on after it.
  if (caller.kind !== 'CLIENT' || callee.kind === 'CONSUMER') return false
  // It may have given up, the server (overloaded, say) going on or beginning later; a status says that it was answered.
  if (failed && !STATUS_TAGS.some((key) => tagOf(caller, key) !== undefined)) return false
  return (
    caller.duration !== undefined &&
    callee.duration !== undefined &&
    callee.duration <= caller.duration + STAMPING_SLACK
  )
}

function addBounds(clocks: readonly Clock[], a: number, b: number, low: number, high: number): void {
  const link = item(clocks, a).links.get(b)
  if (link === undefined) {
    const first: ClockLink = { low, high, lows: [low], highs: [high] }
    item(clocks, a).links.set(b, first)
    item(clocks, b).links.set(a, first)
    return
  }
  link.low = Math.max(link.low, low)
  link.high = Math.min(link.high, high)
  link.lows.push(low)
  link.highs.push(high)
}

function spreadFrom(start: number, clocks: readonly Clock[]): void {
  const first = item(clocks, start)
  if (first.offset !== undefined) return
  first.offset = 0
  const queue = [start]
  for (const from of queue) {
    const { links, offset } = item(clocks, from)
    for (const [to, link] of links) {
      const clock = item(clocks, to)
      if (clock.offset !== undefined) continue
      clock.offset = (offset ?? 0) + (from < to ? differenceOf(link) : -differenceOf(link))
      queue.push(to)
    }
  }
}

/**
 * What most calls agree on (Marzullo's algorithm, 1984, by which NTP tells the servers it can trust), which is all of them
 * as a rule; where as many calls agree on something else, the least move.
 */
function differenceOf(link: ClockLink): number {
  if (link.low <= link.high) return leastBetween(link.low, link.high)
  const lows = Float64Array.from(link.lows).sort()
  const highs = Float64Array.from(link.highs).sort()
  let most = 0
  let least = 0
  let closed = 0
  for (let opened = 1; opened <= lows.length; opened++) {
    const low = num(lows, opened - 1)
    while (num(highs, closed) < low) closed++
    const agreeing = opened - closed
    const move = leastBetween(low, num(highs, closed))
    if (agreeing > most || (agreeing === most && Math.abs(move) < Math.abs(least))) {
      most = agreeing
      least = move
    }
  }
  return least
}

function leastBetween(low: number, high: number): number {
  if (low <= 0 && high >= 0) return 0
  // One side unknown: the least move that makes it possible.
  if (high === Infinity) return low
  if (low === -Infinity) return high
  // Both known: as if the way there took as long as the way back.
  return Math.round((low + high) / 2)
}
