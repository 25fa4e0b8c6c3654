// Messages: hops that nobody waits for. Where their queue lies on the time line, and how they are told in words.
import type { Hop, TraceTable } from '@hopscope/model'
import { formatDuration } from '../../design/format.ts'
import { texts } from '../../language/texts.svelte.ts'
import type { HopLabel } from './hop-label.ts'

/** Of `HopColumns.kind`. */
const MESSAGING = 1

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

export function messagesOf(table: TraceTable): Messages {
  const sent = new Map<number, Hop[]>()
  const queues = new Map<number, Queue>()
  const lasts = new Map<number, number>()
  const { kind, client, server, requestTransit } = table.columns.hops
  for (let i = 0; i < kind.length; i++) {
    const producer = client[i] as number
    if (kind[i] !== MESSAGING || producer < 0) continue
    const hop = table.hop(i)
    const list = sent.get(producer)
    if (list) list.push(hop)
    else sent.set(producer, [hop])
    const consumer = server[i] as number
    const waited = requestTransit[i] as number
    if (consumer < 0 || !(waited > 0)) continue
    const to = table.columns.rows.start[consumer] as number
    queues.set(consumer, { hop, from: to - waited, to })
    lasts.set(producer, Math.max(lasts.get(producer) ?? -1, consumer))
  }
  return { sent, queues, lasts, trunks: trunksOf(table, lasts) }
}

/** One walk over the rows: what leads past a row is shared with its neighbours, however deep messages nest. */
function trunksOf(table: TraceTable, lasts: ReadonlyMap<number, number>): Map<number, Trunk> {
  const trunks = new Map<number, Trunk>()
  if (lasts.size === 0) return trunks
  const { start, duration } = table.columns.rows
  const open: { readonly trunk: Trunk; readonly last: number }[] = []
  for (let row = 0; row < table.size; row++) {
    while ((open.at(-1)?.last ?? Infinity) <= row) open.pop()
    const inner = open.at(-1)?.trunk
    if (inner) trunks.set(row, inner)
    const last = lasts.get(row)
    if (last === undefined) continue
    open.push({ last, trunk: { at: (start[row] as number) + (duration[row] as number), outer: inner } })
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

export const queuedText = (micros: number) => texts.trace.queued(formatDuration(micros))

/** `sent 2 ms · queued 340 ms · processed 25 ms`, of which what is known. */
export function messageWords({ clientTime, requestTransit, serverTime }: Hop): string {
  const parts = [
    clientTime !== undefined && texts.trace.sent(formatDuration(clientTime)),
    requestTransit !== undefined && queuedText(requestTransit),
    serverTime !== undefined && texts.trace.processed(formatDuration(serverTime)),
  ]
  return parts.filter(Boolean).join(' · ')
}

/** `shipping, mailer`; `shipping, mailer and 3 others`. Each service once. */
export function receiversText(hops: readonly Hop[]): string {
  const names = [...new Set(hops.map(({ to }) => to))]
  if (names.length <= 3) return names.join(', ')
  return texts.trace.namesAndOthers(names.slice(0, 2).join(', '), names.length - 2)
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
  return texts.trace.queued(from === to ? from : `${from} – ${to}`)
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
  if (queue) return `${texts.trace.messageFrom(queue.hop.from)}, ${queuedText(queue.hop.requestTransit ?? 0)}`
  return sent ? [texts.trace.message, queueRange(sent)].filter(Boolean).join(', ') : ''
}
