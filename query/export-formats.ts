// The formats that traces can be taken away in: as one JSON file, or as lines that a reader needs no end of.
import { requestIdOf, type Span, textLengthOf, type Trace } from '@hopscope/model'
import {
  encodeJaegerJson,
  encodeOtlpJson,
  encodeSpanJson,
  encodeZipkinV2Json,
  TRACES_DATA,
} from '@hopscope/proto'
import { invalid, shown } from './parameters.ts'
import { listOf, piecesOf } from './trace-stream.ts'

/** A JSON document of traces: `head`, what {@link items} gives of each, with commas between, and `tail`. */
interface FileFormat {
  readonly head: string
  readonly tail: string
  /** Each one or more items of the list, with commas between; a large trace takes several. */
  readonly items: (trace: Trace) => Iterable<string>
}

export const FILE_FORMATS = {
  zipkin: { head: '[', tail: ']', items: zipkinItems },
  otlp: { ...TRACES_DATA, items: otlpItems },
  jaeger: { head: '{"data":[', tail: ']}', items: ({ spans }) => [encodeJaegerJson(spans)] },
} as const satisfies Record<string, FileFormat>

/** Lines of JSON, each with its line feed; never more than one is held. */
export const LINE_FORMATS = {
  zipkin: function* ({ spans }) {
    for (const span of spans) yield `${encodeSpanJson(span)}\n`
  },
  otlp: function* ({ spans }) {
    for (const portion of portionsOf(spans)) yield `${encodeOtlpJson(portion)}\n`
  },
  hopscope: function* ({ spans }) {
    for (const span of spans) yield `${hopscopeLine(span)}\n`
  },
} as const satisfies Record<string, (trace: Trace) => Iterable<string>>

/** One document of the traces, piece by piece. */
export function fileOf(
  traces: Iterable<Trace> | AsyncIterable<Trace>,
  { head, tail, items }: FileFormat,
): AsyncGenerator<string> {
  return listOf(head, piecesOf(traces, items), () => tail)
}

/** A list of lists, as Zipkin gives traces; piece by piece. */
export async function* zipkinListsOf(traces: AsyncIterable<Trace>): AsyncGenerator<string> {
  let open = '[['
  for await (const trace of traces) {
    for (const item of zipkinItems(trace)) {
      yield open + item
      open = ','
    }
    open = '],['
  }
  yield open === '[[' ? '[]' : ']]'
}

function* zipkinItems({ spans }: Trace): Generator<string> {
  for (const portion of portionsOf(spans)) yield encodeZipkinV2Json(portion).slice(1, -1)
}

export function* otlpItems({ spans }: Pick<Trace, 'spans'>): Generator<string> {
  for (const portion of portionsOf(spans))
    yield encodeOtlpJson(portion).slice(TRACES_DATA.head.length, -TRACES_DATA.tail.length)
}

/**
 * Of a trace that is written at once: no text could hold a large one, no reader of lines should, and no intake takes it.
 * A larger span is a portion of its own.
 */
const PORTION_SPANS = 1000
const PORTION_LENGTH = 2 ** 20

function* portionsOf(spans: readonly Span[]): Generator<readonly Span[]> {
  let from = 0
  let length = 0
  for (const [at, span] of spans.entries()) {
    const own = textLengthOf(span)
    if (at > from && (at - from >= PORTION_SPANS || length + own > PORTION_LENGTH)) {
      yield spans.slice(from, at)
      from = at
      length = 0
    }
    length += own
  }
  if (from < spans.length) yield from === 0 ? spans : spans.slice(from)
}

/** Zipkin's JSON, and what it leaves out: the request id that we see in it, and the text of {@link Span.otel}. */
function hopscopeLine(span: Span): string {
  const requestId = requestIdOf(span)
  let json = encodeSpanJson(span).slice(0, -1)
  if (requestId !== undefined) json += `,"requestId":${JSON.stringify(requestId)}`
  if (span.otel !== undefined) json += `,"otel":${JSON.stringify(span.otel)}`
  return json + '}'
}

/** @returns undefined when the answer is to be our own */
export function fileFormatFrom(text: string | undefined): keyof typeof FILE_FORMATS | undefined {
  return text === undefined || text === 'hopscope' ? undefined : choiceFrom(text, FILE_FORMATS, ['hopscope'])
}

/** How one trace can be had: explained, as JSON or column by column; or as a file. */
export function traceFormatFrom(
  text: string | undefined,
): 'hopscope' | 'columns' | keyof typeof FILE_FORMATS {
  if (text === 'columns') return text
  return text === undefined || text === 'hopscope'
    ? 'hopscope'
    : choiceFrom(text, FILE_FORMATS, ['hopscope', 'columns'])
}

export function lineFormatFrom(text: string | undefined): keyof typeof LINE_FORMATS {
  return text === undefined ? 'zipkin' : choiceFrom(text, LINE_FORMATS, [])
}

function choiceFrom<Name extends string>(
  text: string,
  formats: Readonly<Record<Name, unknown>>,
  others: readonly string[],
): Name {
  if (Object.hasOwn(formats, text)) return text as Name
  throw invalid('format', `${shown(text)} is none of ${[...others, ...Object.keys(formats)].join(', ')}`)
}
