// A row's bar on the time line: its parts, its queue, its critical path, and room for its label.
import type { TraceTable } from '@hopscope/model'
import {
  CHARACTER,
  GAP,
  type LabelPlace,
  placeLabel,
  type Stretch,
  stretchOf,
} from '../../design/timeline.ts'
import type { TimeWindow } from '../../routing/trace-url.ts'
import type { CriticalByRow } from '../data/critical.ts'

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
  table: TraceTable,
  row: number,
  window: TimeWindow,
  { ends, order }: CriticalByRow,
  waiting?: { readonly from: number; readonly to: number },
): Bar | undefined {
  const { rows, hops, criticalPath } = table.columns
  const start = rows.start[row] as number
  const duration = rows.duration[row] as number
  const whole = stretchOf(start, start + duration, window)
  const queue = waiting && stretchOf(waiting.from, waiting.to, window)
  if (!whole && !queue) return undefined
  const hop = rows.hop[row] as number
  // A message's way is no part of its sender's time: it lies on the receiver's row.
  const before = hop < 0 || hops.kind[hop] !== 0 ? 0 : hops.requestTransit[hop] || 0
  const after = hop < 0 ? 0 : hops.responseTransit[hop] || 0
  const parts = partsOf(start, duration, before, after).flatMap(({ tone, from, to }) => {
    const stretch = stretchOf(from, to, window)
    return stretch ? [{ ...stretch, tone }] : []
  })
  const critical: Stretch[] = []
  for (let i = row === 0 ? 0 : (ends[row - 1] as number); i < (ends[row] as number); i++) {
    const segment = order[i] as number
    const stretch = stretchOf(
      criticalPath.start[segment] as number,
      criticalPath.end[segment] as number,
      window,
    )
    if (stretch && stretch.to > stretch.from) critical.push(stretch)
  }
  const from = Math.min(whole?.from ?? 1, queue?.from ?? 1)
  return { from, to: whole?.to ?? queue?.to ?? 1, parts, queue, critical }
}

function partsOf(start: number, duration: number, before: number, after: number): BarPart[] {
  const end = start + duration
  if (before + after <= 0 || before + after > duration) return [{ tone: 'own', from: start, to: end }]
  const parts: BarPart[] = [
    { tone: 'transit', from: start, to: start + before },
    { tone: 'own', from: start + before, to: end - after },
    { tone: 'transit', from: end - after, to: end },
  ]
  return parts.filter((part) => part.to > part.from)
}

/** Of a queue's line, on both sides of its label together. */
const DASHES = 24

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
