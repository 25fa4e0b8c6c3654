// Gives the server's half of a call an id of its own: Zipkin's halves share one, Jaeger's and OTLP's readers expect it unique.
// After the adjuster DeduplicateClientServerSpanIDs of Jaeger's query service.
import type { Span, SpanId } from '@hopscope/model'

/**
 * A server's span that has the id of a client's becomes that client's child under an id that no span of the trace has or names,
 * and the children of that id become its own, as in Jaeger. The ids count up from 1, so that each answer is the same.
 * @param spans of one trace; those that need no change are returned as they are
 */
export function withServerIds(spans: readonly Span[]): readonly Span[] {
  const used = new Set<SpanId>()
  const clients = new Set<SpanId>()
  for (const { id, parentId, kind } of spans) {
    used.add(id)
    // A parent that is missing would be found in the new id.
    if (parentId !== undefined) used.add(parentId)
    if (kind === 'CLIENT') clients.add(id)
  }
  const servers = new Map<Span, SpanId>()
  const newIds = new Map<SpanId, SpanId>()
  let last = 0
  for (const span of spans) {
    const isServer = span.kind === 'SERVER' || (span.shared && span.kind === undefined)
    if (!isServer || !clients.has(span.id)) continue
    let id: SpanId
    do id = (++last).toString(16).padStart(16, '0') as SpanId
    while (used.has(id))
    servers.set(span, id)
    newIds.set(span.id, id)
  }
  if (servers.size === 0) return spans
  return spans.map((span) => {
    const id = servers.get(span)
    if (id !== undefined) return { ...span, id, parentId: span.id, shared: false }
    const parentId = span.parentId === undefined ? undefined : newIds.get(span.parentId)
    return parentId === undefined ? span : { ...span, parentId }
  })
}
