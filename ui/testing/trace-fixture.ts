// For tests: a trace written as indented text becomes the TraceView that the server would send. The arithmetic
// is the plainest that fits tidy traces; the real reconstruction is the server's (model/).
import {
  columnsOf,
  type CriticalSegment,
  type DurationMicros,
  type EpochMicros,
  type Hop,
  type ServiceShare,
  type Span,
  type SpanId,
  type SpanRow,
  type TraceId,
  TraceTable,
  type TraceView,
} from '@hopscope/model'

/** An order that is charged by a call and told to two others by a message; one of them gets it late, and fails. */
export const MESSAGES = `
web SERVER post_/orders 0 120000
  web CLIENT post_/orders 5000 110000
    checkout SERVER post_/orders 8000 104000
      checkout PRODUCER send_orders 100000 2000 peer=kafka
        shipping CONSUMER receive_orders 442000 25000 peer=kafka
          shipping CLIENT insert 445000 15000 peer=stock-db
        mailer CONSUMER receive_orders 2002000 80000 peer=kafka error=mailbox_is_full
`

export const FIXTURE_START = 1_763_676_434_482_000

/** The same as the viewer has it. */
export const tableFromText = (text: string) => new TraceTable(columnsOf(traceFromText(text)))

/** The rows that are marked with 1. */
export const markedRows = (marks: Uint8Array) => [...marks.keys()].filter((row) => marks[row] === 1)

/** A chain: each row the only child of the one before. */
export function chainOf(length: number, errors: (row: number) => boolean = () => false): TraceTable {
  const view = traceFromText('web SERVER get_/ 0 100')
  const [row] = view.spans
  if (!row) throw new Error('the fixture has a row')
  const spans = Array.from({ length }, (_, index) => ({
    ...row,
    index,
    parent: index - 1,
    depth: index,
    descendants: length - index - 1,
    childCount: index < length - 1 ? 1 : 0,
    error: errors(index),
  }))
  return new TraceTable(columnsOf({ ...view, spans }))
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
type Row = Writable<SpanRow>

/**
 * One line a span (`-` for a service that names none): `service KIND operation start duration key=value…`, two spaces a level, times in
 * microseconds from the trace's start, `_` in an operation for a space. A CLIENT or PRODUCER line followed by
 * its SERVER or its CONSUMER children is a hop (one for each consumer); `orphan` and `retry=1` are marks rather than
 * tags, `peer=kafka` is the remote service too.
 */
export function traceFromText(text: string, traceId = '5af7183fb1d4cf5f', start = FIXTURE_START): TraceView {
  const rows: Row[] = []
  const stack: number[] = []
  const retries = new Map<number, number>()
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const depth = (line.length - line.trimStart().length) / 2
    const index = rows.length
    stack.length = depth
    const parent = stack.at(-1) ?? -1
    stack.push(index)
    const row = rowFromLine(line.trim(), {
      index,
      parent,
      depth,
      start,
      traceId,
      parentId: rows[parent]?.span.id,
    })
    const retry = /(?:^| )retry=(\d+)/.exec(line)
    if (retry) retries.set(index, Number(retry[1]))
    rows.push(row)
    for (let at = parent; at >= 0; at = rows[at]?.parent ?? -1) {
      const above = rows[at]
      if (above) above.descendants += 1
    }
    const above = rows[parent]
    if (above) above.childCount += 1
  }
  const end = Math.max(start, ...rows.map((row) => row.start + row.duration))
  const duration = (end - start) as DurationMicros
  const hops = hopsOf(rows, duration, retries)
  const criticalPath = criticalOf(rows)
  for (const segment of criticalPath) {
    const row = rows[segment.span]
    if (row) row.criticalTime = (row.criticalTime + segment.end - segment.start) as DurationMicros
  }
  return {
    traceId: traceId as TraceId,
    requestIds: [...new Set(rows.flatMap((row) => row.span.tags['request_id'] ?? []))],
    start: start as EpochMicros,
    duration,
    services: servicesOf(rows),
    spans: rows,
    hops,
    criticalPath,
    clocks: [],
    warnings: [],
  }
}

interface Place {
  readonly index: number
  readonly parent: number
  readonly depth: number
  readonly start: number
  readonly traceId: string
  readonly parentId: SpanId | undefined
}

function rowFromLine(line: string, place: Place): Row {
  const [service = '', kind = '', operation = '', start = '0', duration = '0', ...rest] = line.split(' ')
  const words = rest.filter((word) => word !== 'orphan' && !word.startsWith('retry='))
  const tags = Object.fromEntries(
    words.map((word) => [word.split('=')[0] ?? word, word.slice(word.indexOf('=') + 1).replaceAll('_', ' ')]),
  )
  const at = (place.start + Number(start)) as EpochMicros
  const peer = tags['peer']
  const span: Span = {
    traceId: place.traceId as TraceId,
    id: (place.index + 1).toString(16).padStart(16, '0') as SpanId,
    parentId: place.parentId,
    kind:
      kind === 'CLIENT' || kind === 'SERVER' || kind === 'PRODUCER' || kind === 'CONSUMER' ? kind : undefined,
    name: operation.replaceAll('_', ' '),
    timestamp: at,
    duration: Number(duration) as DurationMicros,
    localEndpoint: {
      serviceName: service === '-' ? undefined : service,
      ipv4: '10.0.0.7',
      ipv6: undefined,
      port: undefined,
    },
    remoteEndpoint:
      peer === undefined
        ? undefined
        : { serviceName: peer, ipv4: undefined, ipv6: undefined, port: undefined },
    annotations: [],
    tags,
    debug: false,
    shared: false,
    otel: undefined,
  }
  return {
    index: place.index,
    parent: place.parent,
    depth: place.depth,
    descendants: 0,
    childCount: 0,
    synthetic: false,
    orphan: rest.includes('orphan'),
    span,
    start: at,
    duration: span.duration ?? (0 as DurationMicros),
    selfTime: 0 as DurationMicros,
    criticalTime: 0 as DurationMicros,
    error: Object.hasOwn(tags, 'error'),
    hop: undefined,
  }
}

function hopsOf(rows: Row[], total: number, retries: ReadonlyMap<number, number>): Hop[] {
  const hops: Hop[] = []
  for (const row of rows) {
    const { kind } = row.span
    if (kind !== 'CLIENT' && kind !== 'PRODUCER') continue
    row.hop = hops.length
    const below = rows.filter(({ parent }) => parent === row.index)
    for (const called of kind === 'PRODUCER' && below.length > 0 ? below : [below[0]]) {
      hops.push(hopOf(row, called, hops.length, total, retries.get(row.index) ?? 0))
    }
  }
  return hops
}

function hopOf(row: Row, called: Row | undefined, index: number, total: number, retry: number): Hop {
  const micros = (value: number) => value as DurationMicros
  const rpc = row.span.kind === 'CLIENT'
  const before = called && micros(called.start - row.start - (rpc ? 0 : row.duration))
  const network = rpc && called ? micros(row.duration - called.duration) : undefined
  return {
    index,
    kind: rpc ? 'rpc' : 'messaging',
    from: row.span.localEndpoint?.serviceName ?? '',
    to: called?.span.localEndpoint?.serviceName ?? row.span.tags['peer'] ?? 'database',
    operation: row.span.name ?? '',
    client: row.index,
    server: called?.index,
    clientTime: row.duration,
    serverTime: called?.duration,
    networkTime: network,
    requestTransit: before,
    responseTransit: network !== undefined && before !== undefined ? micros(network - before) : undefined,
    share: row.duration / total,
    error: row.error || (called?.error ?? false),
    retry,
  }
}

/** Walks back from the end: the child that ended last holds the time before it; fills self times by the way. */
function criticalOf(rows: Row[]): CriticalSegment[] {
  const children = new Map<number, Row[]>()
  for (const row of rows) {
    const list = children.get(row.parent)
    if (list) list.push(row)
    else children.set(row.parent, [row])
  }
  const segments: CriticalSegment[] = []
  const add = (span: number, start: number, end: number) => {
    if (end > start) segments.push({ span, start: start as EpochMicros, end: end as EpochMicros })
  }
  const walk = (row: Row, until: number): void => {
    let at = Math.min(until, row.start + row.duration)
    for (const child of (children.get(row.index) ?? []).toSorted(
      (a, b) => b.start + b.duration - a.start - a.duration,
    )) {
      const end = Math.min(child.start + child.duration, row.start + row.duration)
      if (child.span.kind === 'CONSUMER' || end > at || child.start >= at) continue
      add(row.index, end, at)
      walk(child, end)
      at = child.start
    }
    add(row.index, row.start, at)
  }
  for (const row of rows) {
    let covered = 0
    let last: number = row.start
    for (const child of children.get(row.index) ?? []) {
      const end = Math.min(child.start + child.duration, row.start + row.duration)
      covered += Math.max(0, end - Math.max(last, child.start))
      last = Math.max(last, end)
    }
    row.selfTime = Math.max(0, row.duration - covered) as DurationMicros
  }
  const root = rows[0]
  if (root) walk(root, root.start + root.duration)
  return segments.reverse()
}

function servicesOf(rows: readonly Row[]): ServiceShare[] {
  const byName = new Map<string, Writable<ServiceShare>>()
  for (const row of rows) {
    const name = row.span.localEndpoint?.serviceName ?? ''
    const zero = 0 as DurationMicros
    const share = byName.get(name) ?? {
      name,
      spanCount: 0,
      errorCount: 0,
      selfTime: zero,
      criticalTime: zero,
    }
    share.spanCount += 1
    share.errorCount += row.error ? 1 : 0
    share.selfTime = (share.selfTime + row.selfTime) as DurationMicros
    share.criticalTime = (share.criticalTime + row.criticalTime) as DurationMicros
    byName.set(name, share)
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
