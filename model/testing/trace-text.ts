// Traces for tests, written as indented text and read back as text. Not for production code.
//
//     % clock pay +40                                   pay's clock runs 40 ms ahead: its reports say so
//     web  get-/buy   0  100  SERVER  @10.0.0.1         service operation start duration, times in ms
//       web  charge  10   60  CLIENT  ->pay             indented: a child of the line above it with less indent
//         pay  charge 20  40  SERVER  shared error=no   shared: the id is its parent's, as a joining server's half
//       web  save    75   20  CLIENT  ->db  http.path="/a b"  note:76=retry
//     web  lost       5    1  id=b2  parent=ff          an orphan: ff is nobody's id
//
// `-` stands for nothing: no service, operation, start or duration; `0.25` is 250 µs, `30us` and `2s` work as well.
// Words after the times, in any order:
//   CLIENT SERVER PRODUCER CONSUMER   the kind            shared   debug
//   ->service                         the remote service  @10.1.2.3  the local IPv4
//   id=b2  parent=ff  parent=-        hex, padded to 16; otherwise ids count up from 1 by line, parents come from indent
//   trace=…                           the trace id of this one span
//   note:5=text                       an annotation at 5 ms
//   error                             the tag error=true; any other key=value is a tag ("…" lets a value have spaces)
// `#` starts a comment line.
import {
  type Annotation,
  type DurationMicros,
  type EpochMicros,
  type Span,
  type SpanId,
  type SpanKind,
  SPAN_KINDS,
  type Trace,
  type TraceId,
} from '../span.ts'
import { hexId, idOf, TEXT_EPOCH } from './make-span.ts'

export { idOf, makeSpan, TEXT_EPOCH } from './make-span.ts'
export * from './trace-shapes.ts'
export { viewText } from './view-text.ts'

export interface TraceTextOptions {
  /** Default: 000000000000000a. Padded to 16 hex digits. */
  readonly traceId?: string
  /** Microseconds of time 0; default {@link TEXT_EPOCH}. */
  readonly epoch?: number
}

interface Line {
  readonly indent: number
  readonly span: Span
}

export function traceFromText(text: string, options: TraceTextOptions = {}): Trace {
  const traceId = hexId(options.traceId ?? 'a') as TraceId
  const epoch = options.epoch ?? TEXT_EPOCH
  const clocks = new Map<string, number>()
  const open: Line[] = []
  const spans: Span[] = []
  for (const line of text.split('\n')) {
    const words = wordsOf(line)
    const [first] = words
    if (first === undefined || first.startsWith('#')) continue
    if (first === '%') {
      setClock(words, clocks)
      continue
    }
    const indent = line.search(/\S/)
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop()
    const span = spanFromWords(words, {
      traceId,
      epoch,
      clocks,
      parent: open.at(-1)?.span,
      number: spans.length + 1,
    })
    open.push({ indent, span })
    spans.push(span)
  }
  return { traceId, spans }
}

interface Context {
  readonly traceId: TraceId
  readonly epoch: number
  readonly clocks: ReadonlyMap<string, number>
  readonly parent: Span | undefined
  readonly number: number
}

function spanFromWords(words: readonly string[], context: Context): Span {
  const [service, operation, start, duration, ...rest] = words
  if (service === undefined || operation === undefined || start === undefined || duration === undefined) {
    throw new SyntaxError(`a span needs service, operation, start and duration: ${words.join(' ')}`)
  }
  const { parent } = context
  const base = context.epoch + (context.clocks.get(service) ?? 0)
  const timeAt = (text: string) => (base + microsFrom(text)) as EpochMicros
  const tags = new Map<string, string>()
  const annotations: Annotation[] = []
  let { traceId } = context
  let id: SpanId | undefined
  let parentId: SpanId | undefined | null = null
  let kind: SpanKind | undefined
  let remote: string | undefined
  let ipv4: string | undefined
  let shared = false
  let debug = false
  for (const word of rest) {
    const equals = word.indexOf('=')
    const key = equals < 0 ? word : word.slice(0, equals)
    const value = equals < 0 ? undefined : word.slice(equals + 1)
    if (word.startsWith('->')) remote = word.slice(2)
    else if (word.startsWith('@')) ipv4 = word.slice(1)
    else if (value === undefined && isKind(key)) kind = key
    else if (word === 'shared') shared = true
    else if (word === 'debug') debug = true
    else if (key === 'id' && value) id = idOf(value)
    else if (key === 'parent' && value) parentId = value === '-' ? undefined : idOf(value)
    else if (key === 'trace' && value) traceId = hexId(value) as TraceId
    else if (key.startsWith('note:') && value !== undefined)
      annotations.push({ timestamp: timeAt(key.slice(5)), value })
    else if (word === 'error') tags.set('error', 'true')
    else if (value !== undefined) tags.set(key, value)
    else throw new SyntaxError(`unknown word ${word} in: ${words.join(' ')}`)
  }
  const joins = shared && id === undefined && parent !== undefined
  return {
    traceId,
    id: joins ? parent.id : (id ?? idOf(context.number)),
    parentId: parentId === null ? (joins ? parent.parentId : parent?.id) : parentId,
    kind,
    name: optional(operation),
    timestamp: start === '-' ? undefined : timeAt(start),
    duration: duration === '-' ? undefined : (microsFrom(duration) as DurationMicros),
    localEndpoint: service === '-' && ipv4 === undefined ? undefined : endpoint(optional(service), ipv4),
    remoteEndpoint: remote === undefined ? undefined : endpoint(remote, undefined),
    annotations,
    tags: Object.fromEntries(tags),
    debug,
    shared,
    otel: undefined,
  }
}

const optional = (text: string) => (text === '-' ? undefined : text)
const endpoint = (serviceName: string | undefined, ipv4: string | undefined) => ({
  serviceName,
  ipv4,
  ipv6: undefined,
  port: undefined,
})

function isKind(word: string): word is SpanKind {
  return (SPAN_KINDS as readonly string[]).includes(word)
}

function setClock(words: readonly string[], clocks: Map<string, number>): void {
  const [, directive, service, offset] = words
  if (directive !== 'clock' || service === undefined || offset === undefined) {
    throw new SyntaxError(`unknown directive: ${words.join(' ')}`)
  }
  clocks.set(service, microsFrom(offset))
}

const UNITS: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1_000_000 }

function microsFrom(text: string): number {
  const match = /^([+-]?\d+(?:\.\d+)?)(us|ms|s)?$/.exec(text)
  if (match === null) throw new SyntaxError(`not a time: ${text}`)
  return Math.round(Number(match[1]) * (UNITS[match[2] ?? 'ms'] ?? 1))
}

/** Words between blanks; quotes hold one together and are dropped. */
function wordsOf(line: string): string[] {
  return (line.match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map((word) => word.replaceAll('"', ''))
}
