// The story once it has happened: found in Hopscope with all of its spans, and told.
import { pause, type Stage } from './launch.ts'
import type { Visited } from './traffic.ts'

const FOUND_WITHIN_MS = 30_000
// web and its call, checkout and its basket, 3 reservations (call, serve, query), 2 charges and a transfer (call, serve).
const SPANS = 19
// The message as it is sent and as it is processed, a look at the stock (call, serve, query), the packing.
const SPANS_OVER_KAFKA = 6

/** A span as Zipkin's API gives it, as far as it is looked at. */
interface Found {
  traceId: string
  id: string
  parentId?: string
  kind?: string
  timestamp?: number
  duration?: number
}

/** The trace of a request, once all of its spans can be found. */
export const findStory = async (
  { hopscope }: Stage,
  story: Visited,
  distributed: boolean,
  isOver: () => boolean,
): Promise<Found[]> => {
  const query = new URLSearchParams({ annotationQuery: `request_id=${story.requestId}`, limit: '10' })
  const spans = SPANS + (distributed ? SPANS_OVER_KAFKA : 0)
  const limit = Date.now() + FOUND_WITHIN_MS
  let seen = 0
  while (Date.now() < limit && !isOver()) {
    const found = await spansAt(`${hopscope}/api/v2/traces?${query.toString()}`)
    const traceId = found?.at(0)?.traceId
    const trace = traceId ? await spansAt(`${hopscope}/api/v2/trace/${traceId}`) : undefined
    seen = trace?.length ?? 0
    if (trace && seen >= spans) return trace
    await pause(200)
  }
  throw new Error(`only ${seen} of ${spans} spans of request ${story.requestId} were found in Hopscope`)
}

const spansAt = async (url: string): Promise<Found[] | undefined> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) })
  if (response.ok) return ((await response.json()) as (Found | Found[])[]).flat()
  await response.arrayBuffer()
  return undefined
}

/** How long the message lay in Kafka: from the end of its PRODUCER span to the start of the CONSUMER span below. */
const queueTimeMs = (trace: readonly Found[]): number | undefined => {
  const consumer = trace.find((span) => span.kind === 'CONSUMER')
  const producer = trace.find((span) => span.kind === 'PRODUCER' && span.id === consumer?.parentId)
  if (!consumer?.timestamp || !producer?.timestamp || !producer.duration) return undefined
  // Taken up before the producer had its acknowledgement: it did not wait.
  return Math.max(0, consumer.timestamp - producer.timestamp - producer.duration) / 1000
}

/** What to look at, and where. */
export const linesOf = (
  { hopscope, web }: Stage,
  story: Visited,
  trace: readonly Found[],
  once: boolean,
): string[] => {
  const waited = queueTimeMs(trace)
  return [
    '',
    `Hopscope:    ${hopscope}/`,
    `Request id:  ${story.requestId}`,
    `             Paste it into the search box, or open ${hopscope}/requests/${story.requestId}`,
    `What to see: an order that ended with ${story.status}: three reservations side by side, one of them slow;`,
    '             a payment tried twice; a bank that failed, and whose clock is 40 ms ahead.',
    ...(waited === undefined
      ? []
      : [`             Over Kafka: shipping, whose message waited ${waited.toFixed(1)} ms to be taken up.`]),
    ...(once
      ? []
      : [`Your own:    curl -i ${web}/products/tea   (X-Request-ID in the answer is its request id)`]),
    '',
  ]
}
