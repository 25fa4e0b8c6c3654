// Which rows of a trace are on the screen, and how the keyboard moves between them. No recursion: a chain may
// be 50,000 deep, and the pre-order of TraceView.spans makes every question here a loop.
import type { SpanRow, TraceView } from '@hopscope/model'

export type Rows = readonly SpanRow[]

/** Indexes of the rows not hidden under a collapsed one, in order. */
export function visibleRows(rows: Rows, collapsed: ReadonlySet<number>): number[] {
  const visible: number[] = []
  for (let i = 0; i < rows.length; i++) {
    visible.push(i)
    if (collapsed.has(i)) i += Math.max(0, rows[i]?.descendants ?? 0)
  }
  return visible
}

/** Every row that has something to hide, less the root. */
export function collapsible(rows: Rows): Set<number> {
  const set = new Set<number>()
  for (const row of rows) if (row.childCount > 0 && row.parent >= 0) set.add(row.index)
  return set
}

/** The collapsed set with every ancestor of `index` opened, so that its row is shown. */
export function revealed(rows: Rows, collapsed: ReadonlySet<number>, index: number): ReadonlySet<number> {
  let next: Set<number> | undefined
  // Bounded by the row count: a parent always comes before its child, so a broken answer can't loop.
  for (let at = rows[index]?.parent ?? -1; at >= 0;) {
    if (collapsed.has(at)) (next ??= new Set(collapsed)).delete(at)
    const up = rows[at]?.parent ?? -1
    at = up < at ? up : -1
  }
  return next ?? collapsed
}

export type Move = 'up' | 'down' | 'first' | 'last' | 'pageUp' | 'pageDown'

/** Where the cursor goes; `visible` is sorted, and a cursor that isn't in it starts from its place there. */
export function moved(visible: readonly number[], cursor: number, move: Move, page: number): number {
  const at = placeOf(visible, cursor)
  const step = { up: -1, down: 1, pageUp: -page, pageDown: page, first: -Infinity, last: Infinity }[move]
  const target = Math.min(Math.max(at + step, 0), visible.length - 1)
  return visible[target] ?? -1
}

/** The place of `index` in sorted `visible`, or of the nearest row above it. */
export function placeOf(visible: readonly number[], index: number): number {
  let low = 0
  let high = visible.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((visible[middle] ?? 0) <= index) low = middle
    else high = middle - 1
  }
  return low
}

export interface Slice {
  readonly first: number
  readonly end: number
}

/** Which of `total` rows of one height are in sight, with a few above and below. */
export function sliceInSight(
  total: number,
  top: number,
  height: number,
  rowHeight: number,
  spare = 8,
): Slice {
  const first = Math.max(0, Math.floor(top / rowHeight) - spare)
  const end = Math.min(total, Math.ceil((top + height) / rowHeight) + spare)
  return { first: Math.min(first, Math.max(0, end)), end }
}

/**
 * A row's name in the URL: its span id, with `~n` behind it for the n-th other row of the same id (span ids
 * are only unique if the reporters behave).
 */
export function spanKeys(rows: Rows): { keyOf(index: number): string; indexOf(key: string): number } {
  const seen = new Map<string, number>()
  const keys: string[] = []
  const places = new Map<string, number>()
  for (const row of rows) {
    const times = seen.get(row.span.id) ?? 0
    seen.set(row.span.id, times + 1)
    const key = times === 0 ? row.span.id : `${row.span.id}~${times}`
    keys.push(key)
    places.set(key, row.index)
  }
  return { keyOf: (index) => keys[index] ?? '', indexOf: (key) => places.get(key) ?? -1 }
}

/** Rows whose service, operation, kind, ids or tags hold the text, whatever its case. */
export function foundRows(rows: Rows, text: string): number[] {
  const needle = text.trim().toLowerCase()
  if (!needle) return []
  return rows.filter((row) => holds(row, needle)).map((row) => row.index)
}

function holds({ span, synthetic }: SpanRow, needle: string): boolean {
  if (synthetic) return false
  const has = (value: string | undefined) => value !== undefined && value.toLowerCase().includes(needle)
  if (has(span.name) || has(span.localEndpoint?.serviceName) || has(span.id) || has(span.kind)) return true
  if (has(span.remoteEndpoint?.serviceName)) return true
  return Object.entries(span.tags).some(([key, value]) => has(key) || has(value) || has(`${key}=${value}`))
}

/** The next of sorted `indexes` after (or before) the cursor, round the end; -1 if there is none. */
export function nextOf(indexes: readonly number[], cursor: number, back = false): number {
  if (back) return indexes.findLast((index) => index < cursor) ?? indexes.at(-1) ?? -1
  return indexes.find((index) => index > cursor) ?? indexes[0] ?? -1
}

/**
 * Failed rows below which nothing failed: where a failure came from, not where it was passed on. Who sent a message
 * didn't wait for it, so a failed receiver explains no failure above it.
 */
export function errorOrigins(rows: Rows): number[] {
  const passedOn = new Set<number>()
  const origins: number[] = []
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i]
    if (!row) continue
    const below = passedOn.has(i)
    if (row.error && !below) origins.push(i)
    if ((row.error || below) && !isReceiver(rows, row)) passedOn.add(row.parent)
  }
  return origins.reverse()
}

const isReceiver = (rows: Rows, { parent, span }: SpanRow) =>
  span.kind === 'CONSUMER' || rows[parent]?.span.kind === 'PRODUCER'

/** What a failed span says of it, where that is more than that it failed; '' otherwise. */
export function failureOf({ error, span }: SpanRow): string {
  const text = error ? (span.tags['error'] ?? '').trim() : ''
  return /^(?:true|error|1)$/i.test(text) ? '' : text
}

/** Retry number of each row that is one side of a retried call. */
export function retriesByRow(view: TraceView): ReadonlyMap<number, number> {
  const retries = new Map<number, number>()
  for (const hop of view.hops) {
    const row = hop.client ?? hop.server
    if (hop.retry > 0 && row !== undefined) retries.set(row, hop.retry)
  }
  return retries
}
