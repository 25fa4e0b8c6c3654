// A trace's columns as bytes that are read where they lie; README.md has the layout. Runs in browsers as in Node.
import type { TraceColumns } from '@hopscope/model'
import { HopscopeError, messageOf } from '../errors.ts'
import { checkColumns } from './check.ts'
import { type Column, COLUMN_NAMES, COLUMN_TYPES, type ColumnName, columnOf, LAYOUT } from './layout.ts'

/** The media type of the bytes. */
export const TRACE_COLUMNS_TYPE = 'application/vnd.hopscope.columns'
/** Of the layout; a reader refuses any other. */
export const TRACE_COLUMNS_VERSION = 1

const MAGIC = 'hopscols'
/** Magic, version, length of the header. */
const PREFIX = 16
/** Every column begins at a multiple of so many bytes, so that it can be read where it lies. */
const ALIGNMENT = 8
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

type Named = Pick<
  TraceColumns,
  'traceId' | 'requestIds' | 'start' | 'duration' | 'services' | 'clocks' | 'warnings'
>

interface PlacedColumn {
  readonly name: string
  readonly type: string
  /** Bytes, from where the columns begin. */
  readonly offset: number
  /** Values. */
  readonly length: number
}

interface Header extends Named {
  readonly columns: readonly PlacedColumn[]
}

/** The bytes of `application/vnd.hopscope.columns`; {@link decodeTraceColumns} reads them. */
export function encodeTraceColumns(columns: TraceColumns): Uint8Array<ArrayBuffer> {
  requireLittleEndian()
  const { traceId, requestIds, start, duration, services, clocks, warnings } = columns
  const placed: (PlacedColumn & { column: Column })[] = []
  let end = 0
  for (const name of COLUMN_NAMES) {
    const column = columnOf(columns, name)
    placed.push({ name, type: LAYOUT[name].type, offset: end, length: column.length, column })
    end = aligned(end + column.byteLength)
  }
  const listed = placed.map(({ name, type, offset, length }) => ({ name, type, offset, length }))
  const named: Named = { traceId, requestIds, start, duration, services, clocks, warnings }
  const header = new TextEncoder().encode(JSON.stringify({ ...named, columns: listed } satisfies Header))
  const begin = aligned(PREFIX + header.length)
  const bytes = new Uint8Array(begin + end)
  for (let i = 0; i < MAGIC.length; i++) bytes[i] = MAGIC.charCodeAt(i)
  const view = new DataView(bytes.buffer)
  view.setUint32(8, TRACE_COLUMNS_VERSION, true)
  view.setUint32(12, header.length, true)
  bytes.set(header, PREFIX)
  for (const { offset, column } of placed)
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), begin + offset)
  return bytes
}

/**
 * The columns are views of the bytes, nothing is copied; only bytes that begin at an odd place of their buffer are copied first.
 * Every index and every end is looked at: whoever works on the columns needs no check of their own.
 * @throws HopscopeError body-malformed, which says what of the bytes is wrong
 */
export function decodeTraceColumns(given: ArrayBuffer | Uint8Array): TraceColumns {
  requireLittleEndian()
  const bytes = alignedBytes(given)
  const headerLength = readPrefix(bytes)
  const header = readHeader(bytes.subarray(PREFIX, PREFIX + headerLength))
  const columns = placedColumns(bytes, aligned(PREFIX + headerLength), header.columns)
  const { traceId, requestIds, start, duration, services, clocks, warnings } = header
  const groups: Record<string, Record<string, Column>> = {}
  for (const name of COLUMN_NAMES) {
    const [group = '', field = ''] = name.split('.')
    ;(groups[group] ??= {})[field] = columns[name]
  }
  checkColumns(columns, services.length)
  const named: Named = { traceId, requestIds, start, duration, services, clocks, warnings }
  return { ...named, ...(groups as unknown as Omit<TraceColumns, keyof Named>) }
}

function alignedBytes(given: ArrayBuffer | Uint8Array): Uint8Array {
  if (!(given instanceof Uint8Array)) return new Uint8Array(given)
  return given.byteOffset % ALIGNMENT === 0 ? given : Uint8Array.from(given)
}

/** @returns the length of the header, which is there */
function readPrefix(bytes: Uint8Array): number {
  for (let i = 0; i < MAGIC.length; i++)
    if (bytes[i] !== MAGIC.charCodeAt(i))
      throw malformed(
        i < bytes.length
          ? `byte ${i} is ${String(bytes[i])}: the columns of a trace begin with ${JSON.stringify(MAGIC)}`
          : `there are only ${bytes.length} bytes`,
      )
  if (bytes.length < PREFIX) throw malformed(`there are only ${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, PREFIX)
  const version = view.getUint32(8, true)
  if (version !== TRACE_COLUMNS_VERSION)
    throw malformed(`they are of version ${version}, and only ${TRACE_COLUMNS_VERSION} is known here`)
  const length = view.getUint32(12, true)
  if (PREFIX + length > bytes.length)
    throw malformed(`the header should end at byte ${PREFIX + length}, and all ends at ${bytes.length}`)
  return length
}

function readHeader(bytes: Uint8Array): Header {
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw malformed(`the header is not JSON: ${messageOf(error).slice(0, 200)}`, error)
  }
  if (!isObject(parsed)) throw malformed('the header is no object')
  const header = parsed
  if (typeof header['traceId'] !== 'string') throw malformed('the header has no traceId')
  for (const name of ['start', 'duration'])
    if (typeof header[name] !== 'number') throw malformed(`the header has no ${name}`)
  const listOf = (name: string, fits: (each: unknown) => boolean) => {
    const list = header[name]
    if (!Array.isArray(list)) throw malformed(`the header has no list of ${name}`)
    const wrong = list.findIndex((each) => !fits(each))
    if (wrong >= 0) throw malformed(`entry ${wrong} of the header's ${name} is not what it should be`)
  }
  listOf('requestIds', (id) => typeof id === 'string')
  listOf('services', (service) => isObject(service) && typeof service['name'] === 'string')
  listOf('clocks', (clock) => isObject(clock) && typeof clock['service'] === 'string')
  listOf('warnings', (warning) => isObject(warning) && typeof warning['code'] === 'string')
  listOf('columns', (each) => isObject(each) && typeof each['name'] === 'string')
  return header as unknown as Header
}

/** All that {@link LAYOUT} has, each within the bytes. @param begin where the first of them is */
function placedColumns(
  bytes: Uint8Array,
  begin: number,
  placed: readonly PlacedColumn[],
): Record<ColumnName, Column> {
  const columns = {} as Record<ColumnName, Column>
  const places = new Map(placed.map((each) => [each.name, each]))
  let end = 0
  for (const name of COLUMN_NAMES) {
    const place = places.get(name)
    if (place === undefined) throw malformed(`the column ${name} is missing`)
    const { type, offset, length } = place
    if (type !== LAYOUT[name].type)
      throw malformed(`the column ${name} is of type ${type}, and should be of ${LAYOUT[name].type}`)
    const Type = COLUMN_TYPES[LAYOUT[name].type]
    if (!isCount(length) || offset !== end)
      throw malformed(`the column ${name} is of ${String(length)} values at ${String(offset)}, not at ${end}`)
    const last = begin + offset + length * Type.BYTES_PER_ELEMENT
    if (last > bytes.length)
      throw malformed(`the column ${name} should end at byte ${last}, and all ends at ${bytes.length}`)
    columns[name] = new Type(bytes.buffer as ArrayBuffer, bytes.byteOffset + begin + offset, length)
    end = aligned(offset + length * Type.BYTES_PER_ELEMENT)
  }
  if (begin + end !== bytes.length)
    throw malformed(`the columns end at byte ${begin + end}, and all ends at ${bytes.length}`)
  return columns
}

const aligned = (offset: number) => Math.ceil(offset / ALIGNMENT) * ALIGNMENT
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

function malformed(what: string, cause?: unknown): HopscopeError {
  return new HopscopeError('body-malformed', `Not the columns of a trace: ${what}.`, { cause })
}

function requireLittleEndian(): void {
  if (!LITTLE_ENDIAN)
    throw new Error('the columns of a trace are little endian, and so must be the machine that reads them')
}
