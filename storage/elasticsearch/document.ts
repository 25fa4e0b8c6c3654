// A span as an Elasticsearch document and back. Every field is indexed from the document itself, nothing twice.
import {
  type Annotation,
  type DurationMicros,
  type Endpoint,
  type EpochMicros,
  hashSpan,
  isError,
  NO_ANNOTATIONS,
  NO_TAGS,
  REQUEST_ID_TAGS,
  requestIdOf,
  type Span,
  type SpanId,
  type SpanKind,
  tagOf,
  type Tags,
  type TraceId,
} from '@hopscope/model'
import { base64FromHex, base64UrlFromWords, hexFromBase64 } from './base64.ts'
import {
  fieldOf,
  isMark,
  isWide,
  keyMark,
  LONGEST_TERM,
  requestMark,
  tagOfToken,
  tagToken,
  termOf,
  textOfField,
} from './terms.ts'

type Field = string | readonly string[]
type Address = readonly [ipv4: string | null, ipv6: string | null, port: number | null]

/** The document's source; mapped in templates.ts. Absent means absent. */
export interface SpanDocument {
  readonly trace: string
  /** The last 64 bits of a longer trace id, where such spellings are to be one trace. */
  readonly low?: string | undefined
  /** Base64 of the 8 bytes, as Elasticsearch's binary fields are: half of what 16 characters take. */
  readonly id: string
  readonly parent?: string | undefined
  readonly root?: true | undefined
  readonly kind?: string | undefined
  readonly name?: Field | undefined
  readonly ts?: number | undefined
  readonly dur?: number | undefined
  readonly end?: number | undefined
  readonly service?: Field | undefined
  readonly local?: Address | undefined
  readonly remote?: Field | undefined
  readonly peer?: Address | undefined
  readonly request?: Field | undefined
  readonly error?: true | undefined
  readonly shared?: true | undefined
  readonly debug?: true | undefined
  /** `key=value`; see terms.ts. */
  readonly tags?: readonly string[] | undefined
  /** Tokens too long for `tags`, of values that an expression looks at. */
  readonly wide?: readonly string[] | undefined
  readonly notes?: readonly string[] | undefined
  readonly note_ts?: readonly number[] | undefined
  readonly otel?: string | undefined
  /** Epoch seconds of the arrival, on documents that no day's end takes away. */
  readonly stored?: number | undefined
}

/**
 * @param strictTraceId whether trace ids that differ in their first 64 bits are two
 * @param stored epoch seconds, for what has no day; otherwise undefined, so that the same span gives the same document
 */
export function documentFrom(span: Span, strictTraceId: boolean, stored: number | undefined): SpanDocument {
  const { timestamp, duration, parentId, localEndpoint, remoteEndpoint, annotations } = span
  const tags: string[] = []
  const wide: string[] = []
  for (const key in span.tags) {
    if (!Object.hasOwn(span.tags, key)) continue
    const value = span.tags[key] ?? ''
    const token = tagToken(key, value)
    tags.push(token)
    if (token.length > LONGEST_TERM) tags.push(termOf(token), keyMark(key))
    if (isWide(token, value)) wide.push(token)
  }
  const request = requestIdOf(span)
  if (request !== undefined && !REQUEST_ID_TAGS.some((key) => tagOf(span, key) === request))
    tags.push(requestMark(request))
  const noted = annotations.length > 0
  // One shape for all documents, which is made and written out fastest.
  return {
    trace: span.traceId,
    low: strictTraceId || span.traceId.length === 16 ? undefined : span.traceId.slice(16),
    id: base64FromHex(span.id),
    parent: parentId === undefined ? undefined : base64FromHex(parentId),
    root: parentId === undefined || undefined,
    kind: span.kind,
    name: fieldOf(span.name),
    ts: timestamp,
    dur: duration,
    end: timestamp === undefined || duration === undefined ? undefined : timestamp + duration,
    service: fieldOf(localEndpoint?.serviceName),
    local: addressOf(localEndpoint),
    remote: fieldOf(remoteEndpoint?.serviceName),
    peer: addressOf(remoteEndpoint),
    request: fieldOf(request),
    error: isError(span) || undefined,
    shared: span.shared || undefined,
    debug: span.debug || undefined,
    tags: tags.length > 0 ? tags : undefined,
    wide: wide.length > 0 ? wide : undefined,
    notes: noted ? notesFrom(annotations) : undefined,
    note_ts: noted ? annotations.map((annotation) => annotation.timestamp) : undefined,
    otel: span.otel,
    stored,
  }
}

export function spanFrom(document: SpanDocument): Span {
  return {
    traceId: document.trace as TraceId,
    id: hexFromBase64(document.id) as SpanId,
    parentId: document.parent === undefined ? undefined : (hexFromBase64(document.parent) as SpanId),
    kind: document.kind as SpanKind | undefined,
    name: textOfField(document.name),
    timestamp: document.ts as EpochMicros | undefined,
    duration: document.dur as DurationMicros | undefined,
    localEndpoint: endpointFrom(document.service, document.local),
    remoteEndpoint: endpointFrom(document.remote, document.peer),
    annotations: annotationsFrom(document),
    tags: tagsFrom(document.tags),
    debug: document.debug ?? false,
    shared: document.shared ?? false,
    otel: document.otel,
  }
}

const words = new Uint32Array(4)

/**
 * The document's id: the second of the timestamp, then 88 bits of the content's hash, so that a span delivered twice is
 * the same document. Ids of one time are neighbours: a look for a new one soon leaves the segments of other times alone.
 * 15 bytes are 20 characters of base64url, which Elasticsearch keeps as 15 bytes.
 */
export function documentId(span: Span): string {
  hashSpan(span, words, 0)
  const second = Math.floor((span.timestamp ?? 0) / 1e6)
  return base64UrlFromWords(second, words[0] ?? 0, words[1] ?? 0, words[2] ?? 0)
}

function addressOf(endpoint: Endpoint | undefined): Address | undefined {
  if (endpoint === undefined) return undefined
  const { ipv4 = null, ipv6 = null, port = null } = endpoint
  return ipv4 === null && ipv6 === null && port === null ? undefined : [ipv4, ipv6, port]
}

function endpointFrom(service: Field | undefined, address: Address | undefined): Endpoint | undefined {
  const serviceName = textOfField(service)
  if (serviceName === undefined && address === undefined) return undefined
  const [ipv4, ipv6, port] = address ?? [null, null, null]
  return { serviceName, ipv4: ipv4 ?? undefined, ipv6: ipv6 ?? undefined, port: port ?? undefined }
}

function notesFrom(annotations: readonly Annotation[]): readonly string[] {
  const notes = annotations.map(({ value }) => value)
  const digests = notes.filter((value) => value.length > LONGEST_TERM).map(termOf)
  return digests.length > 0 ? [...notes, ...digests] : notes
}

/** There are as many times as annotations; what follows in `notes` are digests. */
function annotationsFrom({ notes = [], note_ts = [] }: SpanDocument): readonly Annotation[] {
  if (note_ts.length === 0) return NO_ANNOTATIONS
  return note_ts.map((timestamp, i) => ({ timestamp: timestamp as EpochMicros, value: notes[i] ?? '' }))
}

function tagsFrom(tokens: readonly string[] | undefined): Tags {
  if (tokens === undefined) return NO_TAGS
  return Object.fromEntries(tokens.filter((token) => !isMark(token)).map(tagOfToken))
}
