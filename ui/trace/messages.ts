// Messages: hops that nobody waits for. Where their queue lies on the time line, and how they are told in words.
import type { Hop, TraceView } from '@hopscope/model'
import { formatDuration } from '../design/format.ts'
import type { HopLabel } from './timeline.ts'

/** The time that a message lay in its queue, microseconds from the trace's start; drawn on the consumer's row. */
export interface Queue {
  readonly hop: Hop
  readonly from: number
  readonly to: number
}

/** Leads from a producer down to its consumers, past the rows between them; `outer` is one that leads past this one. */
export interface Trunk {
  /** When the message was sent, microseconds from the trace's start. */
  readonly at: number
  readonly outer: Trunk | undefined
}

export interface Messages {
  /** By the producer's row: its hops, one for each consumer. */
  readonly sent: ReadonlyMap<number, readonly Hop[]>
  /** By the consumer's row. */
  readonly queues: ReadonlyMap<number, Queue>
  /** By the producer's row: the row of its last consumer that waited. */
  readonly lasts: ReadonlyMap<number, number>
  /** By row: what leads past it, the innermost first. */
  readonly trunks: ReadonlyMap<number, Trunk>
}

export function messagesOf(view: TraceView): Messages {
  const sent = new Map<number, Hop[]>()
  const queues = new Map<number, Queue>()
  const lasts = new Map<number, number>()
  for (const hop of view.hops) {
    if (hop.kind !== 'messaging' || hop.client === undefined) continue
    const list = sent.get(hop.client)
    if (list) list.push(hop)
    else sent.set(hop.client, [hop])
    const consumer = hop.server === undefined ? undefined : view.spans[hop.server]
    const waited = hop.requestTransit
    if (!consumer || waited === undefined || waited <= 0) continue
    const to = consumer.start - view.start
    queues.set(consumer.index, { hop, from: to - waited, to })
    lasts.set(hop.client, Math.max(lasts.get(hop.client) ?? -1, consumer.index))
  }
  return { sent, queues, lasts, trunks: trunksOf(view, lasts) }
}

/** One walk over the rows: what leads past a row is shared with its neighbours, however deep messages nest. */
function trunksOf(view: TraceView, lasts: ReadonlyMap<number, number>): Map<number, Trunk> {
  const trunks = new Map<number, Trunk>()
  if (lasts.size === 0) return trunks
  const open: { readonly trunk: Trunk; readonly last: number }[] = []
  for (const row of view.spans) {
    while ((open.at(-1)?.last ?? Infinity) <= row.index) open.pop()
    const inner = open.at(-1)?.trunk
    if (inner) trunks.set(row.index, inner)
    const last = lasts.get(row.index)
    if (last === undefined) continue
    open.push({ last, trunk: { at: row.start + row.duration - view.start, outer: inner } })
  }
  return trunks
}

const TRUNKS_SHOWN = 4

/** The innermost of what leads past a row; more lines than these would say nothing. */
export function shownTrunks(trunk: Trunk | undefined): Trunk[] {
  const shown: Trunk[] = []
  for (let at = trunk; at !== undefined && shown.length < TRUNKS_SHOWN; at = at.outer) shown.push(at)
  return shown
}

export const queuedText = (micros: number) => `queued ${formatDuration(micros)}`

/** `sent 2 ms · queued 340 ms · processed 25 ms`, of which what is known. */
export function messageWords({ clientTime, requestTransit, serverTime }: Hop): string {
  const parts = [
    clientTime !== undefined && `sent ${formatDuration(clientTime)}`,
    requestTransit !== undefined && queuedText(requestTransit),
    serverTime !== undefined && `processed ${formatDuration(serverTime)}`,
  ]
  return parts.filter(Boolean).join(' · ')
}

/** `shipping, mailer`; `shipping, mailer and 3 others`. Each service once. */
export function receiversText(hops: readonly Hop[]): string {
  const names = [...new Set(hops.map(({ to }) => to))]
  if (names.length <= 3) return names.join(', ')
  return `${names.slice(0, 2).join(', ')} and ${names.length - 2} others`
}

/** `queued 340 ms`, `queued 340 ms – 1.9 s`; '' if no consumer is known (yet). */
export function queueRange(hops: readonly Hop[]): string {
  let least = Infinity
  let most = -Infinity
  for (const { requestTransit } of hops) {
    if (requestTransit === undefined) continue
    least = Math.min(least, requestTransit)
    most = Math.max(most, requestTransit)
  }
  if (most < 0) return ''
  const [from, to] = [formatDuration(least), formatDuration(most)]
  return from === to ? `queued ${from}` : `queued ${from} – ${to}`
}

/** On the producer's row. The queues are told there only while the rows that show them are folded away. */
export function sentLabel(hops: readonly Hop[], folded: boolean): HopLabel | undefined {
  const [first] = hops
  return (
    first && {
      route: `${first.from} → ${receiversText(hops)}`,
      time: first.clientTime === undefined ? '' : formatDuration(first.clientTime),
      network: folded ? queueRange(hops) : '',
    }
  )
}

/** For those who don't see the dashed lines. */
export function spokenOf(sent: readonly Hop[] | undefined, queue: Queue | undefined): string {
  if (queue) return `message from ${queue.hop.from}, ${queuedText(queue.hop.requestTransit ?? 0)}`
  return sent ? ['message', queueRange(sent)].filter(Boolean).join(', ') : ''
}
