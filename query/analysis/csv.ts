// Tables as comma-separated values (RFC 4180), safe to open in a spreadsheet.
import type { ServerResponse } from 'node:http'
import { sendPieces } from '../trace-stream.ts'

/** What is missing is an empty cell; a text without anything is one of two quotes. */
export type Cell = string | number | boolean | null | undefined

export interface Table {
  readonly name: 'graph' | 'metrics' | 'compare' | 'profile'
  readonly columns: readonly string[]
  readonly rows: Iterable<readonly Cell[]>
}

/** A table has no place for "not all of it": that is said in a header, and in the name of the file. */
export async function sendTable(
  response: ServerResponse,
  { name, columns, rows }: Table,
  complete: boolean,
): Promise<void> {
  response.setHeader('Hopscope-Complete', String(complete))
  await sendPieces(response, linesOf(columns, rows), {
    type: 'text/csv; charset=utf-8; header=present',
    fileName: `${name}${complete ? '' : '-incomplete'}.csv`,
  })
}

function* linesOf(columns: readonly string[], rows: Iterable<readonly Cell[]>): Generator<string> {
  yield lineOf(columns)
  for (const row of rows) yield lineOf(row)
}

export function lineOf(cells: readonly Cell[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`
}

/**
 * Spreadsheets take a text that begins like a formula for one, and run it; an apostrophe before it says that it is text
 * (OWASP, "CSV Injection"). Numbers are left as they are.
 */
function cellOf(cell: Cell): string {
  if (typeof cell !== 'string') return cell === null || cell === undefined ? '' : String(cell)
  const text = /^[=+\-@\t\r\n＝＋－＠]/.test(cell) ? `'${cell}` : cell
  // Some programs take a semicolon or a tab for the comma.
  return text === '' || /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
