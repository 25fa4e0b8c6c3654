// Where things lie on the time line: ticks, bars, their lighter ends, queues, the critical path, and room for labels.
import type { CriticalSegment, Hop, SpanRow, TraceView } from '@hopscope/model'
import { scaleLinear } from 'd3-scale'
import { formatDuration, formatTick } from '../design/format.ts'
import type { TimeWindow } from '../routing/urls.ts'

/** A stretch of the time line; fractions of its width, 0..1. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

export interface Tick {
  readonly at: number
  readonly text: string
}

const MINUTE = 60e6
/** Of long rulers, in minutes: nobody counts hours in thousands of seconds. */
const LONG_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * MINUTE)
const DAY = 1440 * MINUTE

/** Round ticks for a window, about one for each `spacing` pixels. */
export function ticksOf(window: TimeWindow, width: number, spacing = 110): Tick[] {
  const scale = scaleLinear().domain([window.start, window.end])
  const wanted = Math.max(2, Math.floor(width / spacing))
  const size = window.end - window.start
  if (size / wanted > MINUTE / 2) return longTicks(window, size / wanted)
  const values = scale.ticks(wanted)
  const step = (values[1] ?? 0) - (values[0] ?? 0) || size || 1
  return values.map((value) => ({ at: scale(value), text: formatTick(value, step) }))
}

function longTicks({ start, end }: TimeWindow, least: number): Tick[] {
  const step = LONG_STEPS.find((each) => each >= least) ?? Math.ceil(least / DAY) * DAY
  const ticks: Tick[] = []
  for (let value = Math.ceil(start / step) * step; value <= end; value += step) {
    ticks.push({ at: (value - start) / (end - start), text: value === 0 ? '0' : formatDuration(value) })
  }
  return ticks
}

/** A stretch of time (microseconds from the trace's start) in a window; undefined if it is out of sight. */
export function stretchOf(start: number, end: number, window: TimeWindow): Stretch | undefined {
  const size = window.end - window.start
  const from = (start - window.start) / size
  const to = (Math.max(end, start) - window.start) / size
  if (to < 0 || from > 1) return undefined
  return { from: Math.max(0, from), to: Math.min(1, to) }
}

interface BarPart extends Stretch {
  /** 'own': the span's time. 'transit': of it, the time on the network. */
  readonly tone: 'own' | 'transit'
}

/** From the first to the last of what is drawn. */
export interface Bar extends Stretch {
  readonly parts: readonly BarPart[]
  /** Before a consumer's own time: its message waiting. */
  readonly queue: Stretch | undefined
  readonly critical: readonly Stretch[]
}

/** A row's bar; undefined when all of it lies outside the window. `waiting`: microseconds from the trace's start. */
export function barOf(
  view: TraceView,
  row: SpanRow,
  window: TimeWindow,
  critical: readonly CriticalSegment[],
  waiting?: { readonly from: number; readonly to: number },
): Bar | undefined {
  const start = row.start - view.start
  const whole = stretchOf(start, start + row.duration, window)
  const hop = row.hop === undefined ? undefined : view.hops[row.hop]
  const parts = partsOf(start, row.duration, hop).flatMap(({ tone, from, to }) => {
    const stretch = stretchOf(from, to, window)
    return stretch ? [{ ...stretch, tone }] : []
  })
  const queue = waiting && stretchOf(waiting.from, waiting.to, window)
  if (!whole && !queue) return undefined
  const marked = critical.flatMap((segment) => {
    const stretch = stretchOf(segment.start - view.start, segment.end - view.start, window)
    return stretch && stretch.to > stretch.from ? [stretch] : []
  })
  const from = Math.min(whole?.from ?? 1, queue?.from ?? 1)
  return { from, to: whole?.to ?? queue?.to ?? 1, parts, queue, critical: marked }
}

function partsOf(start: number, duration: number, hop: Hop | undefined): BarPart[] {
  const end = start + duration
  // A message's way is no part of its sender's time: it lies on the receiver's row.
  const before = hop?.kind === 'rpc' ? (hop.requestTransit ?? 0) : 0
  const after = hop?.responseTransit ?? 0
  if (before + after <= 0 || before + after > duration) return [{ tone: 'own', from: start, to: end }]
  const parts: BarPart[] = [
    { tone: 'transit', from: start, to: start + before },
    { tone: 'own', from: start + before, to: end - after },
    { tone: 'transit', from: end - after, to: end },
  ]
  return parts.filter((part) => part.to > part.from)
}

/** The critical path's segments of each row. */
export function criticalByRow(view: TraceView): ReadonlyMap<number, CriticalSegment[]> {
  const byRow = new Map<number, CriticalSegment[]>()
  for (const segment of view.criticalPath) {
    const list = byRow.get(segment.span)
    if (list) list.push(segment)
    else byRow.set(segment.span, [segment])
  }
  return byRow
}

export interface HopLabel {
  /** `checkout → payment` */
  readonly route: string
  /** `120 ms`, or '' when neither side's time is known. */
  readonly time: string
  /** `network 3.1 ms`, or ''. */
  readonly network: string
}

/** Of a call; a message's is `sentLabel`. */
export function hopLabel(hop: Hop): HopLabel {
  const time = hop.clientTime ?? hop.serverTime
  const network = hop.networkTime
  return {
    route: `${hop.from} → ${hop.to}`,
    time: time === undefined ? '' : formatDuration(time),
    // A server that outlived its impatient caller leaves no time for the network.
    network: network === undefined || network < 0 ? '' : `network ${formatDuration(network)}`,
  }
}

export interface LabelPlace {
  /** Which of the texts, the longest first. */
  readonly variant: number
  readonly side: 'after' | 'before' | 'over'
}

const CHARACTER = 6.3
const GAP = 14
/** Of a queue's line, on both sides of its label together. */
const DASHES = 24

/** Finds the longest text that has room after the bar, before it, or on it; the shortest goes on it if none has. */
export function placeLabel(
  lengths: readonly number[],
  bar: Stretch,
  width: number,
  charWidth = CHARACTER,
): LabelPlace {
  for (const [variant, length] of lengths.entries()) {
    const needed = length * charWidth + GAP
    if (needed <= (1 - bar.to) * width) return { variant, side: 'after' }
    if (needed <= bar.from * width) return { variant, side: 'before' }
    if (needed <= (bar.to - bar.from) * width) return { variant, side: 'over' }
  }
  return { variant: Math.max(0, lengths.length - 1), side: bar.from > 1 - bar.to ? 'before' : 'after' }
}

export interface QueueLabelPlace extends Omit<LabelPlace, 'side'> {
  /** Where the span's own text goes. */
  readonly side: LabelPlace['side'] | 'queue'
  /** Where the queue's goes: 'apart' in the queue's stretch, 'joined' to the own text; undefined without room. */
  readonly queue: 'apart' | 'joined' | undefined
}

/** As {@link placeLabel}, for a consumer: what its queue is labelled with goes on the queue, if it has room there. */
export function placeQueueLabel(
  queueLength: number,
  lengths: readonly number[],
  bar: Bar & { readonly queue: Stretch },
  width: number,
): QueueLabelPlace {
  const fits = (length: number, share: number) => length * CHARACTER + GAP <= share * width
  const waiting = bar.queue.to - bar.queue.from - DASHES / width
  for (const [variant, length] of lengths.entries()) {
    const joined = queueLength + 3 + length
    if (fits(queueLength, waiting) && fits(length, 1 - bar.to))
      return { variant, side: 'after', queue: 'apart' }
    if (fits(joined, waiting)) return { variant, side: 'queue', queue: 'joined' }
    if (fits(joined, 1 - bar.to)) return { variant, side: 'after', queue: 'joined' }
    if (fits(joined, bar.from)) return { variant, side: 'before', queue: 'joined' }
    if (fits(joined, bar.to - bar.queue.to)) return { variant, side: 'over', queue: 'joined' }
  }
  return { ...placeLabel(lengths, bar, width), queue: undefined }
}
