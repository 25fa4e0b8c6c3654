// Feeds the trace topology of a time window to the model's dependency linker, trace by trace, from columns alone.
// Traces come in the order of their ids, range by range, so that one page and one trace are in memory, whatever the window.
import {
  type DependencyLink,
  DependencyLinker,
  type LinkSpan,
  MATCH_WITHIN,
  type SpanKind,
} from '@hopscope/model'
import type { TimeWindow } from '../contract.ts'
import { hexFromBase64 } from './base64.ts'
import type { Cluster } from './connection.ts'
import type { Days } from './days.ts'
import type { Query } from './filter-query.ts'
import { type Hit, scan } from './scan.ts'

/** Spans wanted in one range: their columns are small, and a range that is a little larger still fits one page. */
const RANGE_SPANS = 6000
const PAGE = 10_000

export async function readDependencies(
  { from, to }: TimeWindow,
  cluster: Cluster,
  days: Days,
): Promise<DependencyLink[]> {
  // The spans of a trace around the window belong to the picture, up to an hour away.
  const bounds = {
    ...(from !== undefined && { gte: from - MATCH_WITHIN }),
    ...(to !== undefined && { lte: to + MATCH_WITHIN }),
  }
  const near: Query = {
    bool: {
      should: [{ range: { ts: bounds } }, { bool: { must_not: [{ exists: { field: 'ts' } }] } }],
      minimum_should_match: 1,
    },
  }
  const indices = days.spanIndices(bounds.gte, bounds.lte)
  const { count } = await cluster.ask<{ count: number }>('POST', `/${indices}/_count`, {
    body: { query: near },
    query: { ignore_unavailable: true, allow_no_indices: true },
  })
  const linker = new DependencyLinker()
  const inWindow = (timestamp: unknown) =>
    typeof timestamp === 'number' && timestamp >= (from ?? 1) && timestamp <= (to ?? Infinity)
  for (const range of idRanges(Math.ceil(count / RANGE_SPANS))) {
    const query = { bool: { filter: [near, { range: { trace: range } }] } }
    const sort = [{ trace: 'asc' }]
    let current = ''
    let spans: LinkSpan[] = []
    let counts = false
    for await (const page of scan<never>(cluster, indices, { query, sort, fetch: COLUMNS, page: PAGE }))
      for (const { fields = {} } of page) {
        const trace = String(fields['trace']?.[0])
        if (trace !== current) {
          if (counts) linker.addTrace(spans)
          current = trace
          spans = []
          counts = false
        }
        spans.push(linkSpanOf(fields))
        counts ||= inWindow(fields['ts']?.[0])
      }
    if (counts) linker.addTrace(spans)
  }
  return linker.links()
}

const COLUMNS = {
  stored_fields: '_none_',
  docvalue_fields: ['trace', 'id', 'parent', 'kind', 'shared', 'service', 'remote', 'error', 'ts'],
}

function linkSpanOf(fields: NonNullable<Hit<never>['fields']>): LinkSpan {
  const text = (field: string) => {
    const value = fields[field]?.[0]
    return typeof value === 'string' ? value : undefined
  }
  const parent = text('parent')
  return {
    id: hexFromBase64(text('id') ?? ''),
    parentId: parent === undefined ? undefined : hexFromBase64(parent),
    kind: text('kind') as SpanKind | undefined,
    shared: fields['shared']?.[0] === true,
    service: text('service'),
    remoteService: text('remote'),
    error: fields['error']?.[0] === true,
  }
}

/** Cuts all trace ids into so many ranges by their first four digits; mostly as good as random; where they aren't, some ranges have many pages. */
function* idRanges(wanted: number): Generator<{ gte?: string; lt?: string }> {
  const count = Math.max(1, Math.min(wanted, 65_536))
  const edge = (i: number) =>
    Math.round((i * 65_536) / count)
      .toString(16)
      .padStart(4, '0')
  for (let i = 0; i < count; i++)
    yield { ...(i > 0 && { gte: edge(i) }), ...(i < count - 1 && { lt: edge(i + 1) }) }
}
