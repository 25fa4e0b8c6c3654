// What the search page says about a query: how much it found, what was looked at, and what is wrong with it.
import { ApiError, type Scanned } from '../api/api.ts'
import { count, formatTime } from '../design/format.ts'
import { printable } from '../design/text.ts'
import type { SortId } from '../routing/urls.ts'

/** The list in words: `Slowest 50 traces`. */
export function foundText(
  traces: number,
  { sort, more, complete }: { sort: SortId; more: boolean; complete: boolean },
): string {
  const number = count(traces, 'trace')
  if (!complete) return traces === 0 ? 'No traces found so far' : `${number} found so far`
  if (traces === 0) return 'No traces'
  if (!more) return number
  return {
    time: `Newest ${number}`,
    duration: `Slowest ${number}`,
    spans: `${number} with the most spans`,
    errors: `${number} with the most errors`,
  }[sort]
}

interface Progress {
  readonly scanned: Scanned
  readonly stoppedAt: number | undefined
  /** Traces left out. */
  readonly skipped: number
  /** Whether it can go on. */
  readonly more: boolean
}

/** How far a search has come that is not complete. */
export function scannedText({ scanned: { traces, spans }, stoppedAt, skipped, more }: Progress): string {
  const back = stoppedAt === undefined ? '' : `, back to ${formatTime(stoppedAt)}`
  const rest = more ? '; there is more to look at' : ''
  const left =
    skipped === 0 ? '' : ` ${count(skipped, 'trace')} took too long to look at, and may be missing.`
  return `Looked at ${count(traces, 'trace')} with ${count(spans, 'span')}${back}${rest}.${left}`
}

export interface QueryMistake {
  readonly message: string
  /** UTF-16 offsets in the query; the length is 0 where something is missing. */
  readonly at: number
  readonly length: number
  readonly suggestion: string | undefined
  /** The suggestion is a query by itself, not a word of one. */
  readonly isWhole: boolean
}

export function mistakeOf(error: unknown): QueryMistake | undefined {
  if (!(error instanceof ApiError) || error.code !== 'query-invalid') return undefined
  const { at, length, suggestion } = error.members
  // The detail goes on with the place and the suggestion, for those who have nothing but text.
  const [message = ''] = error.detail.replace(/^q: /, '').split(' Here: ')
  return {
    message,
    at: typeof at === 'number' ? at : 0,
    length: typeof length === 'number' ? length : 0,
    suggestion: typeof suggestion === 'string' ? suggestion : undefined,
    isWhole: typeof suggestion === 'string' && /^\s*(?:[{(]|\w+\s*\()/.test(suggestion),
  }
}

/** Characters shown on either side of a mistake. */
const AROUND = 300

/** The query cut at a mistake, made printable; of a long one what is near it. */
export function markedQuery(
  q: string,
  { at, length }: Pick<QueryMistake, 'at' | 'length'>,
): { before: string; mistake: string; after: string } {
  const end = at + length
  const shownEnd = Math.min(end, at + AROUND)
  const before = q.slice(Math.max(0, at - AROUND), at)
  const after = q.slice(end, end + AROUND)
  return {
    before: (at > AROUND ? '…' : '') + printable(before),
    mistake: printable(q.slice(at, shownEnd)) + (shownEnd < end ? '…' : ''),
    after: printable(after) + (q.length > end + AROUND ? '…' : ''),
  }
}
