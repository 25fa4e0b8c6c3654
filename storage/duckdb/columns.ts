// Spans as columns: the form in which they cross between the HTTP thread and the store's thread, and the
// form DuckDB takes them in. Numbers are typed arrays, repeated texts are codes into a list of their own.
import {
  type Annotation,
  type Endpoint,
  hashSpan,
  isError,
  NO_ANNOTATIONS,
  NO_TAGS,
  requestIdOf,
  type Span,
  SPAN_KINDS,
  type Tags,
} from '@hopscope/model'
import { hexFromWords, wordsFromHex } from './hex.ts'

/**
 * `count` spans. 64-bit columns are pairs of uint32 (low word first), so that no BigInt is made for a span.
 * 0 stands for "absent" in every numeric column, '' in every text column.
 */
export interface SpanColumns {
  readonly count: number
  /** Words that recur. Code 0 is "absent", code n is `texts[n - 1]`. */
  readonly texts: readonly string[]
  /** High and low half of the trace id; the high half of a 64-bit id is 0. */
  readonly traceHigh: Uint32Array
  readonly traceLow: Uint32Array
  readonly id: Uint32Array
  readonly parentId: Uint32Array
  /** 64 bits of the content hash: with the trace id, the span's identity. */
  readonly hash: Uint32Array
  /** Epoch microseconds. */
  readonly timestamp: Float64Array
  /** Microseconds. */
  readonly duration: Float64Array
  /** 0, or 1 + the place in SPAN_KINDS. */
  readonly kind: Uint8Array
  readonly flags: Uint8Array
  readonly service: Uint32Array
  readonly name: Uint32Array
  readonly localIp: Uint32Array
  readonly localPort: Uint16Array
  readonly remoteService: Uint32Array
  readonly remoteIp: Uint32Array
  readonly remotePort: Uint16Array
  readonly requestId: readonly string[]
  /** JSON `[[timestamp, value], …]`. */
  readonly annotations: readonly string[]
  /** JSON object. */
  readonly tags: readonly string[]
  /** As {@link Span.otel}. */
  readonly otel: readonly string[]
}

const FLAG_DEBUG = 1
export const FLAG_SHARED = 2
export const FLAG_ERROR = 4

/** The memory of these columns, to be handed over instead of copied when they change threads. */
export function transferablesOf(columns: SpanColumns): ArrayBuffer[] {
  return Object.values(columns).flatMap((column: unknown) =>
    ArrayBuffer.isView(column) && column.buffer instanceof ArrayBuffer ? [column.buffer] : [],
  )
}

/** Characters of the long texts: what these spans weigh in memory and in the log. */
export function charactersOf({ requestId, annotations, tags, otel, texts }: SpanColumns): number {
  let characters = 0
  for (const column of [requestId, annotations, tags, otel, texts])
    for (const text of column) characters += text.length
  return characters
}

export function emptyColumns(count: number, texts: readonly string[]) {
  return {
    count,
    texts,
    traceHigh: new Uint32Array(2 * count),
    traceLow: new Uint32Array(2 * count),
    id: new Uint32Array(2 * count),
    parentId: new Uint32Array(2 * count),
    hash: new Uint32Array(2 * count),
    timestamp: new Float64Array(count),
    duration: new Float64Array(count),
    kind: new Uint8Array(count),
    flags: new Uint8Array(count),
    service: new Uint32Array(count),
    name: new Uint32Array(count),
    localIp: new Uint32Array(count),
    localPort: new Uint16Array(count),
    remoteService: new Uint32Array(count),
    remoteIp: new Uint32Array(count),
    remotePort: new Uint16Array(count),
    requestId: new Array<string>(count).fill(''),
    annotations: new Array<string>(count).fill(''),
    tags: new Array<string>(count).fill(''),
    otel: new Array<string>(count).fill(''),
  } satisfies SpanColumns
}

/** Codes for texts in the order they are first met. */
class TextCodes {
  readonly texts: string[] = []
  readonly #codes = new Map<string, number>()

  codeOf(text: string | undefined): number {
    if (!text) return 0
    let code = this.#codes.get(text)
    if (code === undefined) {
      code = this.texts.push(text)
      this.#codes.set(text, code)
    }
    return code
  }
}

const KIND_CODES = new Map(SPAN_KINDS.map((kind, at) => [kind, at + 1]))
const hashWords = new Uint32Array(4)

export function columnsFromSpans(spans: readonly Span[]): SpanColumns {
  const codes = new TextCodes()
  const columns = emptyColumns(spans.length, codes.texts)
  for (let row = 0; row < spans.length; row++) {
    const span = spans[row]
    if (span !== undefined) fillRow(columns, row, span, codes)
  }
  return columns
}

function fillRow(columns: ReturnType<typeof emptyColumns>, row: number, span: Span, codes: TextCodes): void {
  const { traceId, localEndpoint: local, remoteEndpoint: remote } = span
  const wide = traceId.length > 16
  if (wide) wordsFromHex(traceId, 0, columns.traceHigh, 2 * row)
  wordsFromHex(traceId, wide ? 16 : 0, columns.traceLow, 2 * row)
  wordsFromHex(span.id, 0, columns.id, 2 * row)
  if (span.parentId !== undefined) wordsFromHex(span.parentId, 0, columns.parentId, 2 * row)
  hashSpan(span, hashWords, 0)
  columns.hash[2 * row] = hashWords[0] ?? 0
  columns.hash[2 * row + 1] = hashWords[1] ?? 0
  columns.timestamp[row] = span.timestamp ?? 0
  columns.duration[row] = span.duration ?? 0
  columns.kind[row] = span.kind === undefined ? 0 : (KIND_CODES.get(span.kind) ?? 0)
  columns.flags[row] =
    (span.debug ? FLAG_DEBUG : 0) | (span.shared ? FLAG_SHARED : 0) | (isError(span) ? FLAG_ERROR : 0)
  columns.name[row] = codes.codeOf(span.name)
  if (local !== undefined) {
    columns.service[row] = codes.codeOf(local.serviceName)
    columns.localIp[row] = codes.codeOf(ipTextOf(local))
    columns.localPort[row] = local.port ?? 0
  }
  if (remote !== undefined) {
    columns.remoteService[row] = codes.codeOf(remote.serviceName)
    columns.remoteIp[row] = codes.codeOf(ipTextOf(remote))
    columns.remotePort[row] = remote.port ?? 0
  }
  columns.requestId[row] = requestIdOf(span) ?? ''
  if (span.annotations.length > 0)
    columns.annotations[row] = JSON.stringify(
      span.annotations.map(({ timestamp, value }) => [timestamp, value]),
    )
  const tags = JSON.stringify(span.tags)
  if (tags !== '{}') columns.tags[row] = tags
  if (span.otel !== undefined) columns.otel[row] = span.otel
}

/** Most endpoints have one address or none; one text holds both. */
function ipTextOf({ ipv4, ipv6 }: Endpoint): string | undefined {
  return ipv6 === undefined ? ipv4 : `${ipv4 ?? ''},${ipv6}`
}

export function spansFromColumns(columns: SpanColumns): Span[] {
  const text = (codes: Uint32Array, row: number) => columns.texts[(codes[row] ?? 0) - 1]
  const spans = new Array<Span>(columns.count)
  for (let row = 0; row < columns.count; row++) {
    const flags = columns.flags[row] ?? 0
    const high = hexFromWords(columns.traceHigh, 2 * row)
    const low = hexFromWords(columns.traceLow, 2 * row)
    const parentId = hexFromWords(columns.parentId, 2 * row)
    spans[row] = {
      traceId: (high === undefined ? (low ?? '') : high + (low ?? ZEROS)) as Span['traceId'],
      id: (hexFromWords(columns.id, 2 * row) ?? '') as Span['id'],
      parentId: parentId as Span['parentId'],
      kind: SPAN_KINDS[(columns.kind[row] ?? 0) - 1],
      name: text(columns.name, row),
      timestamp: (columns.timestamp[row] || undefined) as Span['timestamp'],
      duration: (columns.duration[row] || undefined) as Span['duration'],
      localEndpoint: endpointFrom(
        text(columns.service, row),
        text(columns.localIp, row),
        columns.localPort[row],
      ),
      remoteEndpoint: endpointFrom(
        text(columns.remoteService, row),
        text(columns.remoteIp, row),
        columns.remotePort[row],
      ),
      annotations: annotationsFrom(columns.annotations[row]),
      tags: tagsFrom(columns.tags[row]),
      debug: (flags & FLAG_DEBUG) !== 0,
      shared: (flags & FLAG_SHARED) !== 0,
      otel: columns.otel[row] || undefined,
    }
  }
  return spans
}

const ZEROS = '0'.repeat(16)

function endpointFrom(
  serviceName: string | undefined,
  ips: string | undefined,
  port: number | undefined,
): Endpoint | undefined {
  if (serviceName === undefined && ips === undefined && !port) return undefined
  const comma = ips?.indexOf(',') ?? -1
  return {
    serviceName,
    ipv4: comma < 0 ? ips : ips?.slice(0, comma) || undefined,
    ipv6: comma < 0 ? undefined : ips?.slice(comma + 1),
    port: port || undefined,
  }
}

function tagsFrom(json: string | undefined): Tags {
  return json ? (JSON.parse(json) as Tags) : NO_TAGS
}

function annotationsFrom(json: string | undefined): readonly Annotation[] {
  if (!json) return NO_ANNOTATIONS
  const pairs = JSON.parse(json) as [Annotation['timestamp'], string][]
  return pairs.map(([timestamp, value]) => ({ timestamp, value }))
}
