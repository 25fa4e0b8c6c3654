// Where the arrow keys lead in the icicle: along the tree, whose rows are in pre-order.
import type { TraceTable } from '@hopscope/model'
import type { Way } from './picture-props.ts'

/** -1 for nowhere. */
export function rowBeside(table: TraceTable, row: number, root: number, way: Way): number {
  const { parent, descendants } = table.columns.rows
  if (way === 'child') return (descendants[row] as number) > 0 ? row + 1 : -1
  if (row === root) return -1
  const above = parent[row] as number
  if (way === 'parent') return above
  if (way === 'next') {
    const next = row + (descendants[row] as number) + 1
    return next <= above + (descendants[above] as number) ? next : -1
  }
  // The row before is the last one below the sibling before; up from there.
  let at = row - 1
  if (at === above) return -1
  while (parent[at] !== above) at = parent[at] as number
  return at
}
