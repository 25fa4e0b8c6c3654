// What the search page says about a query: how much it found, what was looked at, and what is wrong with it.
import { ApiError, type Scanned } from '../api/api.ts'
import { printable } from '../design/text.ts'
import { texts } from '../language/texts.svelte.ts'
import type { SortId } from '../routing/search-url.ts'
import { timeText, type Zone } from '../routing/times.ts'

/** The list in words: `Slowest 50 traces`. */
export function foundText(
  traces: number,
  { sort, more, complete }: { sort: SortId; more: boolean; complete: boolean },
): string {
  if (!complete) return texts.search.foundSoFar(traces)
  return traces > 0 && more ? texts.search.found(traces, sort) : texts.search.foundAll(traces)
}

interface Progress {
  readonly scanned: Scanned
  readonly stoppedAt: number | undefined
  /** Traces left out. */
  readonly skipped: number
  /** Whether it can go on. */
  readonly more: boolean
  readonly zone: Zone
}

/** How far a search has come that is not complete. */
export function scannedText({
  scanned: { traces, spans },
  stoppedAt,
  skipped,
  more,
  zone,
}: Progress): string {
  const back = stoppedAt === undefined ? undefined : timeText(stoppedAt / 1e3, zone)
  const left = skipped === 0 ? '' : texts.search.leftOut(skipped)
  return `${texts.search.lookedAt(traces, spans, back, more)}${left}`
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
