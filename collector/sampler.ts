// Keeps a share of traces, whole: the decision is made from the trace id alone, so every collector agrees.
import type { Span } from '@hopscope/model'

export type Sampler = (span: Span) => boolean

/**
 * @param rate share of traces to keep, 0..1; debug spans are always kept
 *
 * As Zipkin's CollectorSampler: the low 64 bits, read as a signed number, are kept when their magnitude is
 * within the rate. Their upper 31 bits decide here: a rate is honoured to one in two billion.
 */
export function traceIdSampler(rate: number): Sampler {
  if (rate >= 1) return () => true
  const boundary = rate * 2 ** 31
  return (span) => {
    if (span.debug) return true
    const signed = Number.parseInt(span.traceId.slice(-16, -8), 16) | 0
    return Math.abs(signed) < boundary
  }
}
