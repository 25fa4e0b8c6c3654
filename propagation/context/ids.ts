// Makes request, trace and span ids where a request enters, and the sampling decision that goes with a trace id.
import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

const ZERO_16 = '0'.repeat(16)
const ZERO_32 = '0'.repeat(32)

// Drawn in advance: asking for the bytes of each id alone costs more than all the rest of a span.
const pool = Buffer.alloc(4096)
let used = pool.length

const randomHex = (bytes: number): string => {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const start = used
  used += bytes
  return pool.toString('hex', start, used)
}

/** A UUIDv7: sorts by the time the request arrived. */
export const newRequestId = (): string => v7()

/** 128 random bits as 32 hex digits, never all zero. */
export const newTraceId = (): string => {
  const id = randomHex(16)
  return id === ZERO_32 ? newTraceId() : id
}

/** 64 random bits as 16 hex digits, never all zero. */
export const newSpanId = (): string => {
  const id = randomHex(8)
  return id === ZERO_16 ? newSpanId() : id
}

/**
 * Whether a trace is kept at a rate of 0 to 1. Decided from the trace id's low 52 bits alone, so that every process
 * with the same rate decides the same, a trace kept at a low rate is kept at every higher one, and the 16-digit form
 * of a trace id decides as its 32-digit form does.
 */
export const sampledAt = (rate: number, traceId: string): boolean =>
  rate >= 1 || (rate > 0 && Number.parseInt(traceId.slice(-13), 16) / 2 ** 52 < rate)
