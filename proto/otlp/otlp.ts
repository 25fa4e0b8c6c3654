// OTLP's trace messages as plain data, values in the form of OTLP/JSON: what both readers give and the writer takes.
// Source: opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto.
import type { SpanKind } from '@hopscope/model'

/** AnyValue: at most one of these is given; none is an empty value. */
export interface OtlpValue {
  readonly stringValue?: string
  readonly boolValue?: boolean
  /** A signed 64-bit number in decimal. */
  readonly intValue?: string
  /** As text what JSON has no number for: `NaN`, `Infinity`, `-Infinity`, `-0`. */
  readonly doubleValue?: number | string
  /** Base64. */
  readonly bytesValue?: string
  readonly arrayValue?: { readonly values: readonly OtlpValue[] }
  readonly kvlistValue?: { readonly values: readonly OtlpKeyValue[] }
}

export interface OtlpKeyValue {
  readonly key: string
  readonly value: OtlpValue
}

/** Nanoseconds since the Unix epoch, which no JS number holds exactly; all zero is "not given". */
export interface OtlpTime {
  readonly micros: number
  /** 0 to 999, on top of the microseconds. */
  readonly nanos: number
}

export interface OtlpEvent {
  readonly time: OtlpTime
  readonly name: string
  readonly attributes: readonly OtlpKeyValue[]
  readonly droppedAttributesCount: number
}

export interface OtlpLink {
  /** This and the next: lower-hex, or as sent if it is no hex; at most {@link LONGEST_LINKED_ID} characters. They are only kept. */
  readonly traceId: string
  readonly spanId: string
  readonly traceState: string
  readonly attributes: readonly OtlpKeyValue[]
  readonly droppedAttributesCount: number
  readonly flags: number
}

export interface OtlpStatus {
  /** 0 unset, 1 ok, 2 error; others are of a later version. */
  readonly code: number
  readonly message: string
}

export interface OtlpSpan {
  /** This and the other ids: lower-hex, unchecked beyond that. */
  readonly traceId: string
  readonly spanId: string
  /** Empty or zeros for a root. */
  readonly parentSpanId: string
  readonly traceState: string
  readonly flags: number
  readonly name: string
  /** See {@link KIND_UNSPECIFIED}, {@link spanKindOf}; others are of a later version. */
  readonly kind: number
  readonly start: OtlpTime
  readonly end: OtlpTime
  readonly attributes: readonly OtlpKeyValue[]
  readonly droppedAttributesCount: number
  readonly events: readonly OtlpEvent[]
  readonly droppedEventsCount: number
  readonly links: readonly OtlpLink[]
  readonly droppedLinksCount: number
  readonly status: OtlpStatus
}

export interface OtlpResource {
  readonly attributes: readonly OtlpKeyValue[]
  readonly droppedAttributesCount: number
  readonly schemaUrl: string
}

export interface OtlpScope {
  readonly name: string
  readonly version: string
  readonly attributes: readonly OtlpKeyValue[]
  readonly droppedAttributesCount: number
  readonly schemaUrl: string
}

/** What both readers give where no value is. */
export const EMPTY_VALUE: OtlpValue = {}
/** Attributes, events and links of one span, each; SDKs keep 128 unless told otherwise. A body of nothing else may hold millions. */
export const MOST_PARTS = 65_536
/** Twice as long as any id of a link should be. */
export const LONGEST_LINKED_ID = 64

export const NO_ATTRIBUTES: readonly OtlpKeyValue[] = []
export const NO_EVENTS: readonly OtlpEvent[] = []
export const NO_LINKS: readonly OtlpLink[] = []
export const NO_TIME: OtlpTime = { micros: 0, nanos: 0 }
/** 2^64 - 1, which some send as the end of a span that hasn't ended. */
export const NEVER: OtlpTime = { micros: Infinity, nanos: 0 }
const NEVER_TEXT = '18446744073709551615'
const ALL_BITS = 0xffff_ffff
export const NO_STATUS: OtlpStatus = { code: 0, message: '' }
export const NO_RESOURCE: OtlpResource = {
  attributes: NO_ATTRIBUTES,
  droppedAttributesCount: 0,
  schemaUrl: '',
}
export const NO_SCOPE: OtlpScope = { name: '', version: '', ...NO_RESOURCE }

export const KIND_UNSPECIFIED = 0
export const KIND_INTERNAL = 1
const KINDS: readonly (SpanKind | undefined)[] = [
  undefined,
  undefined,
  'SERVER',
  'CLIENT',
  'PRODUCER',
  'CONSUMER',
]

export const STATUS_OK = 1
export const STATUS_ERROR = 2

/** Undefined for internal, unspecified and unknown ones. */
export function spanKindOf(kind: number): SpanKind | undefined {
  return KINDS[kind]
}

/** No kind is internal, by the specification's table. */
export function otlpKindOf(kind: SpanKind | undefined): number {
  return kind === undefined ? KIND_INTERNAL : KINDS.indexOf(kind)
}

const NANOS_TEXT = /^\d{1,20}$/

/** Of unsigned nanoseconds in two unsigned halves of 32 bits; inexact where the microseconds are beyond 2^53. */
export function timeFromHalves(low: number, high: number): OtlpTime {
  if (high === ALL_BITS && low === ALL_BITS) return NEVER
  // 2^32 = 4_294_967 * 1000 + 296
  const rest = high * 296 + low
  return { micros: high * 4_294_967 + Math.floor(rest / 1000), nanos: rest % 1000 }
}

/** Of nanoseconds in decimal; undefined if it isn't that. */
export function timeFromText(text: string): OtlpTime | undefined {
  if (!NANOS_TEXT.test(text)) return undefined
  if (text === NEVER_TEXT) return NEVER
  return { micros: Number(text.slice(0, -3)), nanos: Number(text.slice(-3)) }
}

/** Nanoseconds in decimal. */
export function timeText({ micros, nanos }: OtlpTime): string {
  if (micros === Infinity) return NEVER_TEXT
  return micros === 0 ? String(nanos) : `${micros}${String(nanos).padStart(3, '0')}`
}
