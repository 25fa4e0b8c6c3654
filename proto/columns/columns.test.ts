import { describe, expect, test } from '@jest/globals'
import { columnsOf, reconstruct, type Span, type TraceColumns, TraceTable } from '@hopscope/model'
import { brokenTrace, makeSpan, randomFrom, randomTrace } from '@hopscope/model/testing'
import fc from 'fast-check'
import { HopscopeError } from '../errors.ts'
import { arbitrarySpan } from '../testing/arbitrary.ts'
import { decodeTraceColumns, encodeTraceColumns } from './columns.ts'
import { COLUMN_NAMES, columnOf } from './layout.ts'

const viewOf = (spans: readonly Span[]) => reconstruct({ traceId: makeSpan().traceId, spans })
const columnsFrom = (spans: readonly Span[]) => columnsOf(viewOf(spans))
const sample = columnsOf(reconstruct(randomTrace({ spans: 60, random: randomFrom(7) })))
const encoded = encodeTraceColumns(sample)

function reasonOf(bytes: ArrayBuffer | Uint8Array): string {
  try {
    decodeTraceColumns(bytes)
  } catch (error) {
    if (error instanceof HopscopeError && error.code === 'body-malformed') return error.detail
    throw error
  }
  throw new Error('nothing was found wrong')
}

/** The bytes with their header changed; the columns stay. */
function withHeader(change: (header: Record<string, unknown>) => unknown): Uint8Array {
  const length = new DataView(encoded.buffer).getUint32(12, true)
  const header = JSON.parse(Buffer.from(encoded.subarray(16, 16 + length)).toString()) as Record<
    string,
    unknown
  >
  const text = Buffer.from(JSON.stringify(change(header)))
  const columns = encoded.subarray(Math.ceil((16 + length) / 8) * 8)
  const begin = Math.ceil((16 + text.length) / 8) * 8
  const bytes = new Uint8Array(begin + columns.length)
  bytes.set(encoded.subarray(0, 16))
  new DataView(bytes.buffer).setUint32(12, text.length, true)
  bytes.set(text, 16)
  bytes.set(columns, begin)
  return bytes
}

/** As it is written, with one value of a column changed. */
function withValue(name: (typeof COLUMN_NAMES)[number], place: number, value: number): Uint8Array {
  const columns = decodeTraceColumns(encoded.slice())
  columnOf(columns, name)[place] = value
  return encodeTraceColumns(columns)
}

/** With one field of a column's entry in the header changed. */
const withColumn = (at: number, change: (entry: Record<string, unknown>) => object) =>
  withHeader((header) => {
    const columns = header['columns'] as Record<string, unknown>[]
    return {
      ...header,
      columns: columns.map((entry, i) => (i === at ? { ...entry, ...change(entry) } : entry)),
    }
  })

const withByte = (at: number, value: number) => encoded.map((byte, i) => (i === at ? value : byte))

describe('what is written is read back', () => {
  test('of any spans, with lists of any length in the header', () => {
    fc.assert(
      fc.property(fc.array(arbitrarySpan, { maxLength: 10 }), (spans) => {
        const columns = columnsFrom(spans)
        expect(decodeTraceColumns(encodeTraceColumns(columns).buffer)).toEqual(columns)
      }),
    )
  })

  test('of a trace of no spans, and of broken ones', () => {
    for (let spans = 0; spans < 40; spans++) {
      const columns = columnsOf(reconstruct(brokenTrace({ spans, random: randomFrom(spans + 1) })))
      expect(decodeTraceColumns(encodeTraceColumns(columns))).toEqual(columns)
    }
  })

  test('of 50,000 services', () => {
    const spans = Array.from({ length: 50_000 }, (_, i) =>
      makeSpan({
        id: (i + 1).toString(16).padStart(16, '0') as Span['id'],
        localEndpoint: { serviceName: `service ${i} ä`, ipv4: undefined, ipv6: undefined, port: undefined },
      }),
    )
    const columns = columnsFrom(spans)
    const read = decodeTraceColumns(encodeTraceColumns(columns))
    expect(read.services).toEqual(columns.services)
    expect(new TraceTable(read).row(40_000)).toEqual(viewOf(spans).spans[40_000])
  })

  test('as views of the bytes, without a copy; from an odd place in a buffer as well', () => {
    const read = decodeTraceColumns(encoded)
    for (const name of COLUMN_NAMES) {
      const column = columnOf(read, name)
      expect([name, column.buffer === encoded.buffer]).toEqual([name, true])
      expect([name, column.byteOffset % 8]).toEqual([name, 0])
    }
    const shifted = new Uint8Array(encoded.length + 3)
    shifted.set(encoded, 3)
    expect(decodeTraceColumns(shifted.subarray(3))).toEqual(sample)
    const within = new Uint8Array(encoded.length + 24)
    within.set(encoded, 8)
    expect(decodeTraceColumns(within.subarray(8, 8 + encoded.length))).toEqual(sample)
  })
})

describe('bytes that are not so are refused, and it is said why', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /only 0 bytes/],
    ['JSON', Buffer.from('{"traceId":"a"}'), /byte 0 is 123: .* begin with "hopscols"/],
    ['only the magic', encoded.slice(0, 12), /only 12 bytes/],
    ['another version', withByte(8, 9), /version 9, and only 1 /],
    ['half a header', encoded.slice(0, 100), /header should end at byte \d+, and all ends at 100/],
    ['a header of no JSON', withByte(16, 0), /header is not JSON/],
    ['a header that is null', withHeader(() => 0), /header is no object/],
    ['half of the columns', encoded.slice(0, encoded.length / 2), /column [\w.]+ should end at byte \d+, and all ends at/],
    ['a byte too few', encoded.slice(0, -1), /all ends at/],
    ['bytes that follow', new Uint8Array([...encoded, 0]), /columns end at byte \d+, and all ends at/],
    ['no trace id', withHeader((header) => ({ ...header, traceId: 5 })), /no traceId/],
    ['no start', withHeader((header) => ({ ...header, start: null })), /no start/],
    ['no services', withHeader((header) => ({ ...header, services: {} })), /no list of services/],
    ['a service without name', withHeader((header) => ({ ...header, services: [null] })), /entry 0 of the header's services/],
    ['too few services', withHeader((header) => ({ ...header, services: [] })), /rows.service\[\d+\] is \d+, of 0/],
    ['no columns', withHeader((header) => ({ ...header, columns: [] })), /column texts.ends is missing/],
    ['a column of another type', withColumn(2, () => ({ type: 'f64' })), /rows.parent is of type f64/],
    ['a column elsewhere', withColumn(2, ({ offset }) => ({ offset: Number(offset) + 8 })), /rows.parent is of 60 values at \d+, not/],
    ['a column of no length', withColumn(0, () => ({ length: -1 })), /texts.ends is of -1 values/],
    ['a row that is its own parent', withValue('rows.parent', 5, 5), /rows.parent\[5\] is 5/],
    ['a second root', withValue('rows.parent', 5, -1), /rows.parent\[5\] is -1/],
    ['a row that is not there', withValue('criticalPath.span', 0, 60), /criticalPath.span\[0\] is 60, of 60/],
    ['rows below the last', withValue('rows.descendants', 59, 1), /rows.descendants\[59\] is 1, of 60 rows/],
    ['a text that is not there', withValue('rows.name', 3, 4_000_000), /rows.name\[3\] is 4000000, of/],
    ['a text that ends before it begins', withValue('texts.ends', 2, 0), /texts.ends\[2\] is 0, before/],
    ['tags beyond the last', withValue('rows.tagEnds', 59, 9999), /rows.tagEnds\[59\] is 9999/],
    ['a kind that is none', withValue('rows.kind', 1, 5), /rows.kind\[1\] is 5/],
    ['a hop that is not there', withValue('rows.hop', 1, -2), /rows.hop\[1\] is -2/],
  ])('%s', (_, bytes, reason) => {
    expect(reasonOf(bytes)).toMatch(reason)
  }) // prettier-ignore

  test('wherever they are cut, and whichever byte is another, none of it throws anything else', () => {
    for (let end = 0; end < encoded.length; end += 31)
      expect(reasonOf(encoded.slice(0, end))).toMatch(/^Not the/)
    const random = randomFrom(3)
    for (let round = 0; round < 600; round++) {
      const bytes = encoded.slice()
      bytes[Math.floor(random() * (round % 2 ? bytes.length : 4000))] = Math.floor(random() * 256)
      let columns: TraceColumns
      try {
        columns = decodeTraceColumns(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(HopscopeError)
        continue
      }
      expect(columns.rows.parent).toHaveLength(60)
    }
  })
})
