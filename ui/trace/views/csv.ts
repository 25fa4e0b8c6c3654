// The span table as a file: comma-separated (RFC 4180), times in microseconds, the same in every language.
import { SPAN_KINDS, type TraceTable } from '@hopscope/model'
import { tagCount } from './span-columns.ts'

const HEAD = 'span_id,service,operation,kind,start_us,duration_us,self_us,critical_us,depth,error,tags'.split(
  ',',
)
/** Rows made without a pause. */
const SLICE = 5000

/**
 * A text as a cell. Spreadsheets run what begins like a formula, and a span may be called anything: such a text gets an
 * apostrophe before it, as OWASP has it ("CSV Injection").
 */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function csvLine(table: TraceTable, row: number): string {
  const { start, duration, selfTime, criticalTime, kind } = table.columns.rows
  return [
    table.spanId(row),
    csvCell(table.serviceName(row) ?? ''),
    csvCell(table.name(row) ?? ''),
    SPAN_KINDS[(kind[row] as number) - 1] ?? '',
    start[row],
    duration[row],
    selfTime[row],
    criticalTime[row],
    table.depth[row],
    table.error(row) ? 1 : 0,
    tagCount(table, row),
  ].join(',')
}

/** With pauses, so that a large trace holds nothing up. */
export async function csvOf(table: TraceTable, rows: Int32Array): Promise<Blob> {
  const parts = [`${HEAD.join(',')}\r\n`]
  for (let from = 0; from < rows.length; from += SLICE) {
    const lines = Array.from(rows.subarray(from, from + SLICE), (row) => `${csvLine(table, row)}\r\n`)
    parts.push(lines.join(''))
    await new Promise((done) => setTimeout(done, 0))
  }
  return new Blob(parts, { type: 'text/csv;charset=utf-8' })
}
