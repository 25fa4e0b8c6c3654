// Reads the columns of a trace: a row, a span or a text at a time, made when asked for.
import { item } from '../columns.ts'
import {
  type Annotation,
  type DurationMicros,
  type Endpoint,
  type EpochMicros,
  NO_ANNOTATIONS,
  NO_TAGS,
  type Span,
  SPAN_KINDS,
  type SpanId,
  type Tags,
  type TraceId,
} from '../span.ts'
import { TextReader } from './text-column.ts'
import { ROW_FLAGS, type TraceColumns } from './trace-columns.ts'
import type { Hop, SpanRow } from './view.ts'

/** Rows and hops are asked for by an index that is in range. Each answer is an object of its own. */
export class TraceTable {
  readonly columns: TraceColumns
  /** By row; 0 for the root. */
  readonly depth: Int32Array
  /** By row. */
  readonly childCount: Int32Array
  readonly #texts: TextReader

  constructor(columns: TraceColumns) {
    const { parent } = columns.rows
    const depth = new Int32Array(parent.length)
    const childCount = new Int32Array(parent.length)
    for (let row = 0; row < parent.length; row++) {
      const above = parent[row] as number
      if (above < 0) continue
      depth[row] = (depth[above] as number) + 1
      childCount[above] = (childCount[above] as number) + 1
    }
    this.columns = columns
    this.depth = depth
    this.childCount = childCount
    this.#texts = new TextReader(columns.texts)
  }

  /** Rows. */
  get size(): number {
    return this.columns.rows.parent.length
  }

  get hopCount(): number {
    return this.columns.hops.kind.length
  }

  text(index: number): string {
    return this.#texts.text(index)
  }

  name(row: number): string | undefined {
    return this.#texts.optional(at(this.columns.rows.name, row))
  }

  serviceName(row: number): string | undefined {
    const service = at(this.columns.rows.service, row)
    return service < 0 ? undefined : item(this.columns.services, service).name
  }

  /** 16 lower-hex characters; of a made-up root, zeros. */
  spanId(row: number): SpanId {
    return idAt(this.columns.rows.spanId, row)
  }

  error(row: number): boolean {
    return this.#has(row, ROW_FLAGS.error)
  }

  /** As `TraceView.spans` has it. */
  row(row: number): SpanRow {
    const { start, rows } = this.columns
    const hop = at(rows.hop, row)
    return {
      index: row,
      parent: at(rows.parent, row),
      depth: at(this.depth, row),
      descendants: at(rows.descendants, row),
      childCount: at(this.childCount, row),
      synthetic: this.#has(row, ROW_FLAGS.synthetic),
      orphan: this.#has(row, ROW_FLAGS.orphan),
      span: this.span(row),
      start: (start + at(rows.start, row)) as EpochMicros,
      duration: at(rows.duration, row) as DurationMicros,
      selfTime: at(rows.selfTime, row) as DurationMicros,
      criticalTime: at(rows.criticalTime, row) as DurationMicros,
      error: this.error(row),
      hop: hop < 0 ? undefined : hop,
    }
  }

  span(row: number): Span {
    const { traceId, rows } = this.columns
    const texts = this.#texts
    const timestamp = at(rows.timestamp, row)
    const { parentId } = rows
    return {
      traceId: (texts.optional(at(rows.traceId, row)) as TraceId | undefined) ?? traceId,
      id: this.spanId(row),
      parentId: parentId[2 * row] === 0 && parentId[2 * row + 1] === 0 ? undefined : idAt(parentId, row),
      kind: SPAN_KINDS[at(rows.kind, row) - 1],
      name: this.name(row),
      timestamp: Number.isNaN(timestamp) ? undefined : (timestamp as EpochMicros),
      duration: this.#has(row, ROW_FLAGS.hasDuration)
        ? (at(rows.duration, row) as DurationMicros)
        : undefined,
      localEndpoint: endpointFrom(texts.text(at(rows.localEndpoint, row))),
      remoteEndpoint: endpointFrom(texts.text(at(rows.remoteEndpoint, row))),
      annotations: this.#annotations(row),
      tags: this.#tags(row),
      debug: this.#has(row, ROW_FLAGS.debug),
      shared: this.#has(row, ROW_FLAGS.shared),
      otel: texts.optional(at(rows.otel, row)),
    }
  }

  hop(index: number): Hop {
    const { hops } = this.columns
    const time = (column: Float64Array) => known(at(column, index)) as DurationMicros | undefined
    const client = at(hops.client, index)
    const server = at(hops.server, index)
    return {
      index,
      kind: hops.kind[index] === 1 ? 'messaging' : 'rpc',
      from: this.text(at(hops.from, index)),
      to: this.text(at(hops.to, index)),
      operation: this.text(at(hops.operation, index)),
      client: client < 0 ? undefined : client,
      server: server < 0 ? undefined : server,
      clientTime: time(hops.clientTime),
      serverTime: time(hops.serverTime),
      networkTime: time(hops.networkTime),
      requestTransit: time(hops.requestTransit),
      responseTransit: time(hops.responseTransit),
      share: at(hops.share, index),
      error: hops.error[index] === 1,
      retry: at(hops.retry, index),
    }
  }

  #has(row: number, flag: number): boolean {
    return (at(this.columns.rows.flags, row) & flag) !== 0
  }

  #tags(row: number): Tags {
    const { tagEnds, tagKeys, tagValues } = this.columns.rows
    const from = row === 0 ? 0 : at(tagEnds, row - 1)
    const end = at(tagEnds, row)
    if (from === end) return NO_TAGS
    const entries: [string, string][] = []
    for (let i = from; i < end; i++) entries.push([this.text(at(tagKeys, i)), this.text(at(tagValues, i))])
    // Makes own properties, whatever their names: to assign `__proto__` would set the prototype.
    return Object.fromEntries(entries)
  }

  #annotations(row: number): readonly Annotation[] {
    const { annotationEnds, annotationTimes, annotationValues } = this.columns.rows
    const from = row === 0 ? 0 : at(annotationEnds, row - 1)
    const end = at(annotationEnds, row)
    if (from === end) return NO_ANNOTATIONS
    const annotations: Annotation[] = []
    for (let i = from; i < end; i++)
      annotations.push({
        timestamp: at(annotationTimes, i) as EpochMicros,
        value: this.text(at(annotationValues, i)),
      })
    return annotations
  }
}

function at(column: Int32Array | Uint32Array | Uint8Array | Float64Array, index: number): number {
  return column[index] as number
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value
}

function idAt(ids: Uint32Array, row: number): SpanId {
  const word = (place: number) => at(ids, place).toString(16).padStart(8, '0')
  return (word(2 * row) + word(2 * row + 1)) as SpanId
}

/** With all fields, as every endpoint has them. */
function endpointFrom(json: string): Endpoint | undefined {
  if (json === '') return undefined
  const { serviceName, ipv4, ipv6, port } = JSON.parse(json) as Partial<Endpoint>
  return { serviceName, ipv4, ipv6, port }
}
