// By which column a table is sorted, as the URL says it: `sort=duration`, `sort=-duration` for the largest first.
export interface TableOrder<Column extends string> {
  readonly column: Column
  readonly descending: boolean
}

/** The fallback for what names no column of this table. */
export function orderFrom<Column extends string>(
  text: string | null,
  columns: readonly Column[],
  fallback: TableOrder<Column>,
): TableOrder<Column> {
  const name = (text ?? '').replace(/^-/, '')
  const column = columns.find((each) => each === name)
  return column === undefined ? fallback : { column, descending: text?.startsWith('-') ?? false }
}

/** What `sort=` is after a click on a column's head: the other way round, or by it, as its kind is mostly looked for. */
export function turnedOrder<Column extends string>(
  { column, descending }: TableOrder<Column>,
  clicked: Column,
  largestFirst: boolean,
): string {
  const down = clicked === column ? !descending : largestFirst
  return `${down ? '-' : ''}${clicked}`
}
