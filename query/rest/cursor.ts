// Where a listing stopped, as one opaque word that a client hands back to continue.
import type { EpochMicros, TraceCursor, TraceId } from '@hopscope/model'

export function encodeCursor({ start, traceId }: TraceCursor): string {
  return Buffer.from(`${start}.${traceId}`).toString('base64url')
}

/** @returns undefined when the text is not a cursor of ours */
export function decodeCursor(text: string): TraceCursor | undefined {
  const [, start, traceId] =
    /^(\d{1,16})\.([0-9a-f]{16}|[0-9a-f]{32})$/.exec(Buffer.from(text, 'base64url').toString()) ?? []
  return start === undefined || traceId === undefined
    ? undefined
    : { start: Number(start) as EpochMicros, traceId: traceId as TraceId }
}
