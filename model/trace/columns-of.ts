// A trace explained, row by row, made into columns; TraceTable reads them back.
import { type Endpoint, serviceOf, SPAN_KINDS, type SpanKind } from '../span.ts'
import { wordAt } from './span-ids.ts'
import { TextWriter } from './text-column.ts'
import {
  type CriticalColumns,
  type HopColumns,
  ROW_FLAGS,
  type RowColumns,
  type TraceColumns,
} from './trace-columns.ts'
import type { CriticalSegment, Hop, SpanRow, TraceView } from './view.ts'

/** Linear in the trace. Half a surrogate pair in a text becomes U+FFFD. */
export function columnsOf(view: TraceView): TraceColumns {
  const { traceId, requestIds, start, duration, services, clocks, warnings } = view
  const texts = new TextWriter()
  return {
    traceId,
    requestIds,
    start,
    duration,
    services,
    clocks,
    warnings,
    rows: rowColumns(view, texts),
    hops: hopColumns(view.hops, texts),
    criticalPath: criticalColumns(view.criticalPath, start),
    texts: texts.finish(),
  }
}

function rowColumns({ spans: rows, services, start, traceId }: TraceView, texts: TextWriter): RowColumns {
  const count = rows.length
  const ints = () => new Int32Array(count)
  const words = () => new Uint32Array(count)
  const times = () => new Float64Array(count)
  const columns = {
    parent: ints(),
    descendants: ints(),
    start: times(),
    duration: times(),
    selfTime: times(),
    criticalTime: times(),
    flags: new Uint8Array(count),
    kind: new Uint8Array(count),
    service: ints(),
    name: words(),
    hop: ints(),
    spanId: new Uint32Array(2 * count),
    parentId: new Uint32Array(2 * count),
    timestamp: times(),
    localEndpoint: words(),
    remoteEndpoint: words(),
    traceId: words(),
    otel: words(),
    tagEnds: words(),
    annotationEnds: words(),
  }
  const serviceAt = new Map(services.map(({ name }, i) => [name, i]))
  const endpoints = new EndpointWriter(texts)
  const tagKeys: number[] = []
  const tagValues: number[] = []
  const annotationTimes: number[] = []
  const annotationValues: number[] = []
  for (let i = 0; i < count; i++) {
    const row = rows[i] as SpanRow
    const { span } = row
    const service = serviceOf(span)
    columns.parent[i] = row.parent
    columns.descendants[i] = row.descendants
    columns.start[i] = row.start - start
    columns.duration[i] = row.duration
    columns.selfTime[i] = row.selfTime
    columns.criticalTime[i] = row.criticalTime
    columns.flags[i] = flagsOf(row)
    columns.kind[i] = kindOf(span.kind)
    columns.service[i] = service === undefined ? -1 : (serviceAt.get(service) ?? -1)
    columns.name[i] = texts.add(span.name)
    columns.hop[i] = row.hop ?? -1
    writeId(columns.spanId, i, span.id)
    if (span.parentId !== undefined) writeId(columns.parentId, i, span.parentId)
    columns.timestamp[i] = span.timestamp ?? NaN
    columns.localEndpoint[i] = endpoints.add(span.localEndpoint)
    columns.remoteEndpoint[i] = endpoints.add(span.remoteEndpoint)
    columns.traceId[i] = span.traceId === traceId ? 0 : texts.add(span.traceId)
    columns.otel[i] = texts.add(span.otel)
    const { tags } = span
    for (const key of Object.keys(tags)) {
      tagKeys.push(texts.add(key))
      tagValues.push(texts.add(tags[key]))
    }
    columns.tagEnds[i] = tagKeys.length
    for (const { timestamp, value } of span.annotations) {
      annotationTimes.push(timestamp)
      annotationValues.push(texts.add(value))
    }
    columns.annotationEnds[i] = annotationTimes.length
  }
  return {
    ...columns,
    tagKeys: new Uint32Array(tagKeys),
    tagValues: new Uint32Array(tagValues),
    annotationTimes: new Float64Array(annotationTimes),
    annotationValues: new Uint32Array(annotationValues),
  }
}

function flagsOf({ error, synthetic, orphan, span }: SpanRow): number {
  return (
    (error ? ROW_FLAGS.error : 0) |
    (synthetic ? ROW_FLAGS.synthetic : 0) |
    (orphan ? ROW_FLAGS.orphan : 0) |
    (span.shared ? ROW_FLAGS.shared : 0) |
    (span.debug ? ROW_FLAGS.debug : 0) |
    (span.duration === undefined ? 0 : ROW_FLAGS.hasDuration)
  )
}

function kindOf(kind: SpanKind | undefined): number {
  return kind === undefined ? 0 : 1 + SPAN_KINDS.indexOf(kind)
}

function writeId(column: Uint32Array, row: number, id: string): void {
  column[2 * row] = wordAt(id, 0)
  column[2 * row + 1] = wordAt(id, 8)
}

/** Most spans share a few endpoints, and to put four fields together is cheaper than to write JSON. */
class EndpointWriter {
  readonly #texts: TextWriter
  readonly #places = new Map<string, number>()

  constructor(texts: TextWriter) {
    this.#texts = texts
  }

  add(endpoint: Endpoint | undefined): number {
    if (endpoint === undefined) return 0
    const { serviceName, ipv4, ipv6, port } = endpoint
    // What a field holds ends before the first blank, but for the last one.
    const key = `${port ?? ''} ${ipv4 ?? ''} ${ipv6 ?? ''} ${serviceName === undefined ? '' : `=${serviceName}`}`
    let place = this.#places.get(key)
    if (place === undefined) this.#places.set(key, (place = this.#texts.add(JSON.stringify(endpoint))))
    return place
  }
}

function hopColumns(hops: readonly Hop[], texts: TextWriter): HopColumns {
  const count = hops.length
  const flag = (of: (hop: Hop) => boolean) => filled(new Uint8Array(count), hops, (hop) => Number(of(hop)))
  const text = (of: (hop: Hop) => string) => filled(new Uint32Array(count), hops, (hop) => texts.add(of(hop)))
  const time = (of: (hop: Hop) => number | undefined) =>
    filled(new Float64Array(count), hops, (hop) => of(hop) ?? NaN)
  const row = (of: (hop: Hop) => number | undefined) =>
    filled(new Int32Array(count), hops, (hop) => of(hop) ?? -1)
  return {
    kind: flag(({ kind }) => kind === 'messaging'),
    from: text(({ from }) => from),
    to: text(({ to }) => to),
    operation: text(({ operation }) => operation),
    client: row(({ client }) => client),
    server: row(({ server }) => server),
    clientTime: time(({ clientTime }) => clientTime),
    serverTime: time(({ serverTime }) => serverTime),
    networkTime: time(({ networkTime }) => networkTime),
    requestTransit: time(({ requestTransit }) => requestTransit),
    responseTransit: time(({ responseTransit }) => responseTransit),
    share: time(({ share }) => share),
    error: flag(({ error }) => error),
    retry: filled(new Uint32Array(count), hops, ({ retry }) => retry),
  }
}

function criticalColumns(path: readonly CriticalSegment[], traceStart: number): CriticalColumns {
  const time = (of: (segment: CriticalSegment) => number) =>
    filled(new Float64Array(path.length), path, (segment) => of(segment) - traceStart)
  return {
    span: filled(new Int32Array(path.length), path, ({ span }) => span),
    start: time(({ start }) => start),
    end: time(({ end }) => end),
  }
}

/** What `from` does with a list, without its iterator: several times faster. */
function filled<Item, Column extends Uint8Array | Int32Array | Uint32Array | Float64Array>(
  column: Column,
  items: readonly Item[],
  of: (item: Item) => number,
): Column {
  for (let i = 0; i < items.length; i++) column[i] = of(items[i] as Item)
  return column
}
