// Reads who called whom, trace by trace, from columns alone: what the linkers of the model are fed with.
// Traces come in the order of their ids, some hundred at a time, so that one page and one trace are in memory, whatever the window.
import { type EdgeSpan, MATCH_WITHIN, type SpanId, type SpanKind, type TraceId } from '@hopscope/model'
import { hexFromBase64 } from './base64.ts'
import type { Cluster } from './connection.ts'
import type { Days } from './days.ts'
import { allOf, anyOf, noneOf } from './bool-query.ts'
import { distinctTerms, type Hit, scan } from './scan.ts'

/** Traces read together: the columns of their spans are small, and mostly fit one page. */
const TOGETHER = 500
const PAGE = 10_000

/**
 * The traces that have a span from `from` to `to`, with those of their spans that are no more than an hour away from it. A
 * service's name that is too long for a term is its digest.
 */
export async function* tracesAround(
  { from, to }: { readonly from: number | undefined; readonly to: number | undefined },
  cluster: Cluster,
  days: Days,
): AsyncGenerator<readonly EdgeSpan[]> {
  const around = {
    ...(from !== undefined && { gte: from - MATCH_WITHIN }),
    ...(to !== undefined && { lte: to + MATCH_WITHIN }),
  }
  const near = anyOf([{ range: { ts: around } }, noneOf({ exists: { field: 'ts' } })])
  const indices = days.spanIndices(around.gte, around.lte)
  const inWindow = {
    field: 'trace',
    query: { range: { ts: { gte: from ?? 1, ...(to !== undefined && { lte: to }) } } },
    page: PAGE,
  }
  for await (const ids of distinctTerms(cluster, days.spanIndices(from, to), inWindow))
    for (let at = 0; at < ids.length; at += TOGETHER) {
      const query = allOf([{ terms: { trace: ids.slice(at, at + TOGETHER) } }, near])
      const sort = [{ trace: 'asc' }]
      let spans: EdgeSpan[] = []
      for await (const page of scan<never>(cluster, indices, { query, sort, fetch: COLUMNS, page: PAGE }))
        for (const { fields = {} } of page) {
          const span = spanOf(fields)
          if (span.traceId !== spans[0]?.traceId) {
            if (spans.length > 0) yield spans
            spans = []
          }
          spans.push(span)
        }
      if (spans.length > 0) yield spans
    }
}

const COLUMNS = {
  stored_fields: '_none_',
  docvalue_fields: ['trace', 'id', 'parent', 'kind', 'shared', 'service', 'remote', 'error', 'ts', 'dur'],
}

function spanOf(fields: NonNullable<Hit<never>['fields']>): EdgeSpan {
  const text = (field: string) => {
    const value = fields[field]?.[0]
    return typeof value === 'string' ? value : undefined
  }
  const number = (field: string) => {
    const value = fields[field]?.[0]
    return typeof value === 'number' ? value : undefined
  }
  const parent = text('parent')
  return {
    traceId: (text('trace') ?? '') as TraceId,
    id: hexFromBase64(text('id') ?? '') as SpanId,
    parentId: parent === undefined ? undefined : (hexFromBase64(parent) as SpanId),
    kind: text('kind') as SpanKind | undefined,
    shared: fields['shared']?.[0] === true,
    timestamp: number('ts'),
    duration: number('dur'),
    service: text('service'),
    remoteService: text('remote'),
    error: fields['error']?.[0] === true,
  }
}
