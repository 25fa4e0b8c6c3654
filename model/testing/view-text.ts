// A reconstructed trace as text, so that a test's expectation reads like the trace it was given. Times in ms.
import { isError, serviceOf } from '../span.ts'
import type { Hop, SpanRow, TraceView } from '../trace/view.ts'

/**
 * One line a row: `service operation start duration KIND` as in a trace text, the start corrected and counted from the
 * trace's, then `self` and `critical` time; `hop from->to` on a calling row, with the time on the network
 * as `net request+response` (or `queue`), `retry` and `error`. Calls whose caller wasn't reported, moved clocks and
 * warnings follow.
 */
export function viewText(view: TraceView): string {
  const lines = view.spans.map((row) => rowText(row, view))
  for (const hop of view.hops) if (hop.client === undefined) lines.push(`called by ${hopText(hop)}`)
  for (const { service, ip, offset } of view.clocks) {
    lines.push(
      `clock ${service}${ip === undefined ? '' : `@${ip}`} ${offset > 0 ? '+' : ''}${millis(offset)}`,
    )
  }
  for (const { code, count } of view.warnings) lines.push(`warning ${code} ${count}`)
  return lines.join('\n')
}

function rowText(row: SpanRow, view: TraceView): string {
  const { span } = row
  const words = [
    '  '.repeat(row.depth) + (row.synthetic ? '(root)' : (serviceOf(span) ?? '-')),
    span.name ?? '-',
  ]
  words.push(millis(row.start - view.start), millis(row.duration))
  if (span.kind !== undefined) words.push(span.kind)
  words.push(`self ${millis(row.selfTime)}`)
  if (row.criticalTime > 0) words.push(`critical ${millis(row.criticalTime)}`)
  if (row.orphan) words.push('orphan')
  if (isError(span)) words.push('error')
  if (row.hop !== undefined) {
    for (const hop of view.hops) if (hop.client === row.index) words.push(`hop ${hopText(hop)}`)
  }
  return words.join(' ')
}

function hopText(hop: Hop): string {
  const words = [`${hop.from}->${hop.to}`]
  if (hop.networkTime !== undefined) {
    const { requestTransit, responseTransit } = hop
    const split = requestTransit !== undefined && responseTransit !== undefined
    words.push(
      `net ${split ? `${millis(requestTransit)}+${millis(responseTransit)}` : millis(hop.networkTime)}`,
    )
  }
  if (hop.kind === 'messaging' && hop.requestTransit !== undefined)
    words.push(`queue ${millis(hop.requestTransit)}`)
  if (hop.retry > 0) words.push(`retry ${hop.retry}`)
  if (hop.error) words.push('failed')
  return words.join(' ')
}

function millis(micros: number): string {
  return String(micros / 1000)
}
