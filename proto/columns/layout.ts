// Which columns a trace in bytes has, of what type and how long: what is written, and what bytes are held against.
import type { TraceColumns } from '@hopscope/model'

export type Column = Uint8Array | Int32Array | Uint32Array | Float64Array

export const COLUMN_TYPES = { u8: Uint8Array, i32: Int32Array, u32: Uint32Array, f64: Float64Array } as const
type ColumnType = keyof typeof COLUMN_TYPES

/** Columns of one length: one value a row (two for ids), a hop, a piece of the critical path, a text, a tag, … */
export type Length = 'rows' | 'ids' | 'hops' | 'path' | 'texts' | 'tags' | 'annotations' | 'bytes'
export type Indexed = 'rows' | 'hops' | 'services' | 'texts'

/** A column that is neither of indexes nor of ends has times, flags or bytes. */
export interface ColumnLayout {
  readonly type: ColumnType
  readonly length: Length
  /** What its values are indexes of. */
  readonly indexOf?: Indexed
  /** -1 stands for none. */
  readonly orNone?: true
  /** Its values are where parts of those columns end. */
  readonly endsOf?: 'tags' | 'annotations' | 'bytes'
}

type Groups = 'texts' | 'rows' | 'hops' | 'criticalPath'
/** Of every column, `<group>.<column>` of {@link TraceColumns}. */
export type ColumnName = {
  [Group in Groups]: `${Group}.${keyof TraceColumns[Group] & string}`
}[Groups]

const column = (type: ColumnType, length: Length, more?: Partial<ColumnLayout>): ColumnLayout => ({
  type,
  length,
  ...more,
})
const text = (length: Length) => column('u32', length, { indexOf: 'texts' })

/** In the order in which they are written. */
export const LAYOUT: Readonly<Record<ColumnName, ColumnLayout>> = {
  'texts.ends': column('u32', 'texts', { endsOf: 'bytes' }),
  'texts.bytes': column('u8', 'bytes'),
  'rows.parent': column('i32', 'rows', { indexOf: 'rows', orNone: true }),
  'rows.descendants': column('i32', 'rows'),
  'rows.start': column('f64', 'rows'),
  'rows.duration': column('f64', 'rows'),
  'rows.selfTime': column('f64', 'rows'),
  'rows.criticalTime': column('f64', 'rows'),
  'rows.flags': column('u8', 'rows'),
  'rows.kind': column('u8', 'rows'),
  'rows.service': column('i32', 'rows', { indexOf: 'services', orNone: true }),
  'rows.name': text('rows'),
  'rows.hop': column('i32', 'rows', { indexOf: 'hops', orNone: true }),
  'rows.spanId': column('u32', 'ids'),
  'rows.parentId': column('u32', 'ids'),
  'rows.timestamp': column('f64', 'rows'),
  'rows.localEndpoint': text('rows'),
  'rows.remoteEndpoint': text('rows'),
  'rows.traceId': text('rows'),
  'rows.otel': text('rows'),
  'rows.tagEnds': column('u32', 'rows', { endsOf: 'tags' }),
  'rows.tagKeys': text('tags'),
  'rows.tagValues': text('tags'),
  'rows.annotationEnds': column('u32', 'rows', { endsOf: 'annotations' }),
  'rows.annotationTimes': column('f64', 'annotations'),
  'rows.annotationValues': text('annotations'),
  'hops.kind': column('u8', 'hops'),
  'hops.from': text('hops'),
  'hops.to': text('hops'),
  'hops.operation': text('hops'),
  'hops.client': column('i32', 'hops', { indexOf: 'rows', orNone: true }),
  'hops.server': column('i32', 'hops', { indexOf: 'rows', orNone: true }),
  'hops.clientTime': column('f64', 'hops'),
  'hops.serverTime': column('f64', 'hops'),
  'hops.networkTime': column('f64', 'hops'),
  'hops.requestTransit': column('f64', 'hops'),
  'hops.responseTransit': column('f64', 'hops'),
  'hops.share': column('f64', 'hops'),
  'hops.error': column('u8', 'hops'),
  'hops.retry': column('u32', 'hops'),
  'criticalPath.span': column('i32', 'path', { indexOf: 'rows' }),
  'criticalPath.start': column('f64', 'path'),
  'criticalPath.end': column('f64', 'path'),
}

export const COLUMN_NAMES = Object.keys(LAYOUT) as readonly ColumnName[]

export function columnOf(columns: TraceColumns, name: ColumnName): Column {
  const [group, field] = name.split('.') as [Groups, string]
  return (columns[group] as unknown as Readonly<Record<string, Column>>)[field] as Column
}
