// What a row is called in the views: bounded, on one line, whatever was reported.
import { ROW_FLAGS, type TraceTable } from '@hopscope/model'
import { oneLine } from '../../design/text.ts'
import { texts } from '../../language/texts.svelte.ts'

export const isSynthetic = (table: TraceTable, row: number): boolean =>
  ((table.columns.rows.flags[row] as number) & ROW_FLAGS.synthetic) !== 0

/** '' for a made-up root, which no service reported. */
export function serviceText(table: TraceTable, row: number, limit = 60): string {
  if (isSynthetic(table, row)) return ''
  return oneLine(table.serviceName(row) ?? texts.trace.unknownService, limit)
}

/** Characters. */
const NAME_LENGTH = 160
const NAMES_KEPT = 4096
/** Names by text: a picture asks for a thousand of them sixty times a second, and one may be a megabyte. */
const kept = new WeakMap<TraceTable, Map<number, string>>()

export function operationText(table: TraceTable, row: number): string {
  if (isSynthetic(table, row)) return texts.trace.noCommonRoot
  const name = table.columns.rows.name[row] as number
  if (name === 0) return texts.trace.unnamed
  let names = kept.get(table)
  if (names === undefined || names.size >= NAMES_KEPT) kept.set(table, (names = new Map()))
  let text = names.get(name)
  if (text === undefined) names.set(name, (text = oneLine(table.text(name), NAME_LENGTH)))
  return text
}

/** For a box: with the service where it is another than the parent's. */
export function boxName(table: TraceTable, row: number): string {
  const { service, parent } = table.columns.rows
  const above = parent[row] as number
  const operation = operationText(table, row)
  return above >= 0 && service[above] === service[row]
    ? operation
    : `${serviceText(table, row)} ${operation}`.trim()
}
