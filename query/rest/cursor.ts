// Where a listing stopped, as one opaque word that a client hands back to continue.
import type { EpochMicros, TraceCursor, TraceId, TraceSort } from '@hopscope/model'

/** @param sort what the listing is sorted by: its cursor is no place in a listing sorted otherwise */
export function encodeCursor({ start, traceId, value }: TraceCursor, sort: TraceSort = 'time'): string {
  const place = `${start}.${traceId}`
  return Buffer.from(sort === 'time' ? place : `${place}.${sort}.${value}`).toString('base64url')
}

/** @returns undefined when the text is not a cursor of ours, or one of a listing sorted otherwise */
export function decodeCursor(text: string, sort: TraceSort = 'time'): TraceCursor | undefined {
  const [, start, traceId, sorted = 'time', value] =
    /^(\d{1,16})\.([0-9a-f]{16}|[0-9a-f]{32})(?:\.(duration|spans|errors)\.(\d{1,17}))?$/.exec(
      Buffer.from(text, 'base64url').toString(),
    ) ?? []
  if (start === undefined || traceId === undefined || sorted !== sort) return undefined
  const place = { start: Number(start) as EpochMicros, traceId: traceId as TraceId }
  return value === undefined ? place : { ...place, value: Number(value) }
}
