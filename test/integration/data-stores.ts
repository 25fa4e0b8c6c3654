// What the tests of the data stores share: a tracer that keeps its spans, requests, and what all spans of stores have.
import { createTracer, currentContext, type Span } from '@hopscope/propagation'
import { afterAll, beforeEach, expect } from '@jest/globals'

/** Fetching a server for the first time takes its time. */
export const SLOW = 600_000
/** Stored, asked for and told in the stores' errors; in no span. */
export const SECRET = 'ann@example.com'
/** Of tables, databases, keys and indices of this test file. */
export const own = `t${process.pid}${Date.now()}`

export const spans: Span[] = []

export const tracer = createTracer({
  service: 'shop',
  reporter: {
    report: (span) => void spans.push(span),
    flush: () => Promise.resolve(true),
    close: () => Promise.resolve(),
    stats: () => ({
      accepted: 0,
      sent: 0,
      refused: 0,
      lost: 0,
      queued: 0,
      queuedBytes: 0,
      dropped: 0,
      retries: 0,
    }),
  },
})

beforeEach(() => void spans.splice(0))
// Jest runs the next file in the same process: its calls are not to be traced by this one.
afterAll(() => tracer.close())

/** Runs it as a request, whose span comes after those of what it did. */
export const request = <T>(fn: () => T): T => tracer.withSpan('request', fn)

/** The CLIENT spans, in the order they ended; calls by HTTP would be among them. */
export const calls = (): Span[] => spans.filter((span) => span.kind === 'CLIENT')

/** The same, each of which must be whole and below one of the requests, and of the store at this address. */
export const commands = (service: string, url: string): Span[] => {
  const { hostname, port } = new URL(url)
  for (const span of calls()) {
    const parent = spans.find((other) => other.id === span.parentId)
    expect(parent).toMatchObject({ name: 'request', traceId: span.traceId })
    expect(span.tags['request_id']).toBe(parent?.tags['request_id'])
    expect(span.remoteEndpoint).toEqual({ serviceName: service, ipv4: '127.0.0.1', port: Number(port) })
    expect(span.tags).toMatchObject({ 'peer.service': service, 'peer.host': hostname, 'peer.port': port })
  }
  expect(JSON.stringify(calls())).not.toContain(SECRET)
  return calls()
}

export const named = (found: readonly Span[]): string[] => found.map((span) => span.name)

/** Runs it outside of any request; what it opened is there before, by a request of its own. */
export const openedByAnother = async <T>(open: () => Promise<T>): Promise<T> => {
  const opened = await request(open)
  spans.splice(0)
  return opened
}

/** A callback as a promise, with the context that it ran in. */
export const called = <T>(
  ask: (callback: (error: Error | null | undefined, result?: T) => void) => unknown,
): Promise<{ error: Error | null | undefined; result: T | undefined; spanId: string | undefined }> =>
  new Promise((resolve) => {
    ask((error, result) => resolve({ error, result, spanId: currentContext()?.spanId }))
  })
