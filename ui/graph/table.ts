// The order of the table of calls.
import type { ServiceEdge } from '../api/graph-answer.ts'

export const COLUMNS = ['from', 'to', 'calls', 'rate', 'errors', 'p50', 'p95'] as const
export type Column = (typeof COLUMNS)[number]

export interface Order {
  readonly column: Column
  readonly descending: boolean
}

/** `-calls`: the highest first; what names no column is that. */
export function sortFrom(text: string): Order {
  const column = COLUMNS.find((name) => name === text.replace(/^-/, ''))
  return column ? { column, descending: text.startsWith('-') } : { column: 'calls', descending: true }
}

/** What isn't known comes last, whichever way; errors by their share, then their number. */
export function sorted(edges: readonly ServiceEdge[], { column, descending }: Order): readonly ServiceEdge[] {
  const way = descending ? -1 : 1
  const text = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return [...edges].sort((a, b) => {
    if (column === 'from' || column === 'to') return way * text(a[column], b[column])
    if (column === 'errors') return way * (a.errorRatio - b.errorRatio || a.errors - b.errors)
    const [left, right] = [a[column], b[column]]
    if (left === null || right === null) return Number(left === null) - Number(right === null)
    return way * (left - right)
  })
}
