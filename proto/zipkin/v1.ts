// A Zipkin v1 span as plain data, whatever bytes it came in.
import type { Annotation, Endpoint, SpanId, TraceId } from '@hopscope/model'

export interface V1Annotation extends Annotation {
  /** Who wrote it. */
  readonly endpoint: Endpoint | undefined
}

export interface V1BinaryAnnotation {
  readonly key: string
  readonly value: string
  /** Who wrote it; of {@link isAddress} the other side. */
  readonly endpoint: Endpoint | undefined
}

export interface V1Span {
  readonly traceId: TraceId
  readonly id: SpanId
  readonly parentId: SpanId | undefined
  /** Lower case. */
  readonly name: string | undefined
  /** Microseconds since the epoch; 0 when not given. */
  readonly timestamp: number
  /** Microseconds; 0 when not given. */
  readonly duration: number
  readonly annotations: readonly V1Annotation[]
  readonly binaryAnnotations: readonly V1BinaryAnnotation[]
  readonly debug: boolean
}

/** Server, client or message broker address: their endpoint is what they say, their value only a mark. */
export function isAddress(key: string): boolean {
  return key === 'sa' || key === 'ca' || key === 'ma'
}
