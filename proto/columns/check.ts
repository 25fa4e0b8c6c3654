// Holds columns that came from elsewhere against what they say of each other, so that nobody reads beside them.
import { SPAN_KINDS } from '@hopscope/model'
import { HopscopeError } from '../errors.ts'
import { type Column, COLUMN_NAMES, type ColumnName, type Indexed, LAYOUT, type Length } from './layout.ts'

/**
 * Linear in the columns.
 * @throws HopscopeError body-malformed, which names the column and the place in it
 */
export function checkColumns(columns: Readonly<Record<ColumnName, Column>>, services: number): void {
  const lengths: Record<Length, number> = {
    rows: columns['rows.parent'].length,
    ids: 2 * columns['rows.parent'].length,
    hops: columns['hops.kind'].length,
    path: columns['criticalPath.span'].length,
    texts: columns['texts.ends'].length,
    tags: columns['rows.tagKeys'].length,
    annotations: columns['rows.annotationTimes'].length,
    bytes: columns['texts.bytes'].length,
  }
  const counts: Record<Indexed, number> = {
    rows: lengths.rows,
    hops: lengths.hops,
    texts: lengths.texts,
    services,
  }
  if (columns['texts.ends'][0] !== 0) throw inconsistent('texts.ends', 0, 'is not the empty text')
  for (const name of COLUMN_NAMES) {
    const { length, indexOf, orNone, endsOf } = LAYOUT[name]
    const column = columns[name]
    if (column.length !== lengths[length])
      throw inconsistent(
        name,
        column.length,
        `is where it ends, and it should have ${lengths[length]} values`,
      )
    if (indexOf !== undefined) checkIndexes(name, column, orNone ? -1 : 0, counts[indexOf])
    if (endsOf !== undefined) checkEnds(name, column, lengths[endsOf])
  }
  checkTree(columns)
}

function checkIndexes(name: ColumnName, column: Column, least: number, count: number): void {
  for (let i = 0; i < column.length; i++) {
    const index = column[i] as number
    if (index < least || index >= count) throw inconsistent(name, i, `is ${index}, of ${count}`)
  }
}

function checkEnds(name: ColumnName, ends: Column, length: number): void {
  let last = 0
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i] as number
    if (end < last) throw inconsistent(name, i, `is ${end}, before the end of the one before it`)
    last = end
  }
  if (last !== length) throw inconsistent(name, ends.length - 1, `is ${last}, and the last end is ${length}`)
}

/** Row 0 is the root, each other row comes after its parent. */
function checkTree(columns: Readonly<Record<ColumnName, Column>>): void {
  const parents = columns['rows.parent']
  const descendants = columns['rows.descendants']
  const kinds = columns['rows.kind']
  for (let row = 0; row < parents.length; row++) {
    const parent = parents[row] as number
    if (parent >= row || parent < 0 !== (row === 0)) throw inconsistent('rows.parent', row, `is ${parent}`)
    const below = descendants[row] as number
    if (below < 0 || row + below >= parents.length)
      throw inconsistent('rows.descendants', row, `is ${below}, of ${parents.length} rows`)
    const kind = kinds[row] as number
    if (kind > SPAN_KINDS.length) throw inconsistent('rows.kind', row, `is ${kind}`)
  }
}

function inconsistent(name: ColumnName, place: number, what: string): HopscopeError {
  return new HopscopeError('body-malformed', `Not the columns of a trace: ${name}[${place}] ${what}.`)
}
