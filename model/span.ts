// The span as Hopscope knows it, whatever format it came in; everything after the codecs speaks this type.

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** 16 or 32 lower-hex characters, never all zeros. A 128-bit id whose high half is zero is held as 16. */
export type TraceId = Brand<string, 'TraceId'>
/** 16 lower-hex characters, never all zeros. */
export type SpanId = Brand<string, 'SpanId'>
/** Microseconds since the Unix epoch; exact in a JS number until the year 2255. */
export type EpochMicros = Brand<number, 'EpochMicros'>
/** A length of time in microseconds. */
export type DurationMicros = Brand<number, 'DurationMicros'>

export const SPAN_KINDS = ['CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'] as const
export type SpanKind = (typeof SPAN_KINDS)[number]

/** The network context of one side of a span. At least one field is set. */
export interface Endpoint {
  /** Lower case. */
  readonly serviceName: string | undefined
  readonly ipv4: string | undefined
  readonly ipv6: string | undefined
  readonly port: number | undefined
}

export interface Annotation {
  readonly timestamp: EpochMicros
  readonly value: string
}

/**
 * Keys come from strangers: read one with {@link tagOf}, never with `tags[key]`, so that a key such as
 * `constructor` finds what was sent and not what JavaScript objects inherit.
 */
export type Tags = Readonly<Record<string, string>>

/**
 * One report of one span. Client and server may each report a half under the same id (`shared`).
 * All fields are always present, so that millions of spans share one object layout.
 * Shape and meaning: Zipkin's v2 API, https://zipkin.io/zipkin-api/#/default/post_spans
 */
export interface Span {
  readonly traceId: TraceId
  readonly id: SpanId
  readonly parentId: SpanId | undefined
  readonly kind: SpanKind | undefined
  /** Lower case. */
  readonly name: string | undefined
  readonly timestamp: EpochMicros | undefined
  /** At least 1. */
  readonly duration: DurationMicros | undefined
  readonly localEndpoint: Endpoint | undefined
  readonly remoteEndpoint: Endpoint | undefined
  readonly annotations: readonly Annotation[]
  readonly tags: Tags
  readonly debug: boolean
  readonly shared: boolean
  /**
   * What an OpenTelemetry span says beyond these fields (links, types of attributes, …): JSON that proto writes and reads
   * (proto/otlp/detail.ts), which nothing else looks into. Undefined for spans of any other format.
   */
  readonly otel: string | undefined
}

/** Every span a store holds under one trace id, in no promised order. */
export interface Trace {
  readonly traceId: TraceId
  readonly spans: readonly Span[]
}

export const NO_ANNOTATIONS: readonly Annotation[] = Object.freeze([])
export const NO_TAGS: Tags = Object.freeze({})

export function tagOf(span: Span, key: string): string | undefined {
  return Object.hasOwn(span.tags, key) ? span.tags[key] : undefined
}

/** Zipkin's rule: a span failed when it has a tag `error`, whatever its value. */
export function isError(span: Span): boolean {
  return Object.hasOwn(span.tags, 'error')
}

/** Where OpenTelemetry's status is among the tags, as its mapping to Zipkin has it. */
export const STATUS_CODE_TAG = 'otel.status_code'
export const STATUS_OK = 'OK'

export const SPAN_STATUSES = ['error', 'ok', 'unset'] as const
export type SpanStatus = (typeof SPAN_STATUSES)[number]

export function statusOf(span: Span): SpanStatus {
  if (isError(span)) return 'error'
  return tagOf(span, STATUS_CODE_TAG) === STATUS_OK ? 'ok' : 'unset'
}

export function serviceOf(span: Span): string | undefined {
  return span.localEndpoint?.serviceName
}

export function remoteServiceOf(span: Span): string | undefined {
  return span.remoteEndpoint?.serviceName
}

/** How long a span is when written out, about: the characters of those texts that may be long. */
export function textLengthOf({ name, localEndpoint, annotations, tags, otel }: Span): number {
  let length = (name?.length ?? 0) + (localEndpoint?.serviceName?.length ?? 0) + (otel?.length ?? 0)
  for (const key of Object.keys(tags)) length += key.length + (tags[key]?.length ?? 0)
  for (const { value } of annotations) length += value.length
  return length
}
