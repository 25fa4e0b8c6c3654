// The columns of the span table, what each sorts by, and the rows in that order. Columns are sorted, not objects.
import { compareText, ROW_FLAGS, type TraceTable } from '@hopscope/model'
import { sortedIndexes } from './sorted-indexes.ts'
import type { TableOrder } from './table-order.ts'

export const SPAN_COLUMNS = [
  'service',
  'operation',
  'kind',
  'start',
  'duration',
  'self',
  'critical',
  'depth',
  'error',
  'tags',
] as const
export type SpanColumn = (typeof SPAN_COLUMNS)[number]

export const tagCount = ({ columns: { rows } }: TraceTable, row: number): number =>
  (rows.tagEnds[row] as number) - (row === 0 ? 0 : (rows.tagEnds[row - 1] as number))

export interface RowsWanted {
  /** The row on top: only what is below it, and it. */
  readonly root: number
  /** Bytes a row; only those with 1, if given. */
  readonly found?: Uint8Array | undefined
  /** Bytes a row; only those with 0, if given. */
  readonly hidden?: Uint8Array | undefined
}

/** Reported spans only: a made-up root is no row of the table. */
export function rowsInOrder(
  table: TraceTable,
  { column, descending }: TableOrder<SpanColumn>,
  { root, found, hidden }: RowsWanted,
): Int32Array {
  const { flags, descendants } = table.columns.rows
  const end = table.size === 0 ? 0 : root + (descendants[root] as number)
  const order = sortedIndexes(keysOf(table, column), descending)
  let count = 0
  for (const row of order) {
    if (row < root || row > end || ((flags[row] as number) & ROW_FLAGS.synthetic) !== 0) continue
    if ((found && found[row] !== 1) || hidden?.[row] === 1) continue
    order[count++] = row
  }
  return order.subarray(0, count)
}

function keysOf(table: TraceTable, column: SpanColumn): Float64Array {
  const { rows, services } = table.columns
  switch (column) {
    case 'service': {
      const ranks = ranksOf(services.map(({ name }) => name))
      return Float64Array.from(rows.service, (service) => ranks[service] ?? -1)
    }
    case 'operation':
      return operationKeys(table)
    case 'error':
      return Float64Array.from(rows.flags, (flags) => flags & ROW_FLAGS.error)
    case 'tags':
      return Float64Array.from(rows.tagEnds, (_, row) => tagCount(table, row))
    case 'kind':
      return Float64Array.from(rows.kind)
    case 'depth':
      return Float64Array.from(table.depth)
    case 'start':
      return rows.start
    case 'duration':
      return rows.duration
    case 'self':
      return rows.selfTime
    case 'critical':
      return rows.criticalTime
  }
}

/** Each name is compared once, however many rows have it. */
function operationKeys(table: TraceTable): Float64Array {
  const names = [...new Set(table.columns.rows.name)]
  const ranks = ranksOf(names.map((name) => table.text(name).slice(0, 200)))
  const rankOf = new Map(names.map((name, i) => [name, ranks[i] ?? 0]))
  return Float64Array.from(table.columns.rows.name, (name) => rankOf.get(name) ?? 0)
}

/** The place of each text among all of them, sorted; the same for equal ones. */
export function ranksOf(texts: readonly string[]): Int32Array {
  const order = texts.map((_, i) => i)
  order.sort((a, b) => compareText(texts[a] ?? '', texts[b] ?? ''))
  const ranks = new Int32Array(texts.length)
  let rank = 0
  for (const [place, i] of order.entries()) {
    if (place > 0 && texts[i] !== texts[order[place - 1] as number]) rank++
    ranks[i] = rank
  }
  return ranks
}
