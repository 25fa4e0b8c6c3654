// Where things lie on the time line: ticks, bars, their lighter ends, the critical path, and room for labels.
import type { CriticalSegment, Hop, SpanRow, TraceView } from '@hopscope/model'
import { scaleLinear } from 'd3-scale'
import { formatDuration, formatTick } from './format.ts'
import type { TimeWindow } from './urls.ts'

/** A stretch of the time line; fractions of its width, 0..1. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

export interface Tick {
  readonly at: number
  readonly text: string
}

/** Round ticks for a window, about one for each `spacing` pixels. */
export function ticksOf(window: TimeWindow, width: number, spacing = 110): Tick[] {
  const scale = scaleLinear().domain([window.start, window.end])
  const values = scale.ticks(Math.max(2, Math.floor(width / spacing)))
  const step = (values[1] ?? 0) - (values[0] ?? 0) || window.end - window.start || 1
  return values.map((value) => ({ at: scale(value), text: formatTick(value, step) }))
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
  /** 'own': the span's time. 'transit': of it, the time on the network. 'queue': after it, waiting for a consumer. */
  readonly tone: 'own' | 'transit' | 'queue'
}

export interface Bar extends Stretch {
  readonly parts: readonly BarPart[]
  readonly critical: readonly Stretch[]
}

/** A row's bar; undefined when all of it lies outside the window. */
export function barOf(
  view: TraceView,
  row: SpanRow,
  window: TimeWindow,
  critical: readonly CriticalSegment[],
): Bar | undefined {
  const start = row.start - view.start
  const whole = stretchOf(start, start + row.duration, window)
  const hop = row.hop === undefined ? undefined : view.hops[row.hop]
  const parts = partsOf(start, row.duration, hop).flatMap(({ tone, from, to }) => {
    const stretch = stretchOf(from, to, window)
    return stretch ? [{ ...stretch, tone }] : []
  })
  if (!whole && parts.length === 0) return undefined
  const marked = critical.flatMap((segment) => {
    const stretch = stretchOf(segment.start - view.start, segment.end - view.start, window)
    return stretch && stretch.to > stretch.from ? [stretch] : []
  })
  const ends = whole ?? { from: parts[0]?.from ?? 0, to: parts.at(-1)?.to ?? 0 }
  return { ...ends, parts, critical: marked }
}

function partsOf(start: number, duration: number, hop: Hop | undefined): BarPart[] {
  const end = start + duration
  const before = hop?.requestTransit ?? 0
  if (hop?.kind === 'messaging') {
    const queue: BarPart[] = before > duration ? [{ tone: 'queue', from: end, to: start + before }] : []
    return [{ tone: 'own', from: start, to: end }, ...queue]
  }
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
  /** `network 3.1 ms`, `queued 40 ms`, or ''. */
  readonly network: string
}

export function hopLabel(hop: Hop): HopLabel {
  const time = hop.clientTime ?? hop.serverTime
  const messaging = hop.kind === 'messaging'
  const network = messaging ? hop.requestTransit : hop.networkTime
  return {
    route: `${hop.from} → ${hop.to}`,
    time: time === undefined ? '' : formatDuration(time),
    // A server that outlived its impatient caller leaves no time for the network.
    network:
      network === undefined || network < 0
        ? ''
        : `${messaging ? 'queued' : 'network'} ${formatDuration(network)}`,
  }
}

export interface LabelPlace {
  /** Which of the texts, the longest first. */
  readonly variant: number
  readonly side: 'after' | 'before' | 'over'
}

/** Finds the longest text that has room after the bar, before it, or on it; the shortest goes on it if none has. */
export function placeLabel(
  lengths: readonly number[],
  bar: Stretch,
  width: number,
  charWidth = 6.3,
): LabelPlace {
  const gap = 14
  for (const [variant, length] of lengths.entries()) {
    const needed = length * charWidth + gap
    if (needed <= (1 - bar.to) * width) return { variant, side: 'after' }
    if (needed <= bar.from * width) return { variant, side: 'before' }
    if (needed <= (bar.to - bar.from) * width) return { variant, side: 'over' }
  }
  return { variant: Math.max(0, lengths.length - 1), side: bar.from > 1 - bar.to ? 'before' : 'after' }
}
