// The formats that traces can be taken away in: as one JSON file, or as lines that a reader needs no end of.
import { requestIdOf, type Span, type Trace } from '@hopscope/model'
import { encodeJaegerJson, encodeOtlpJson, encodeSpanJson, encodeZipkinV2Json } from '@hopscope/proto'
import { invalid, shown } from './parameters.ts'

/** A JSON document of traces: `head`, what {@link items} gives of each, with commas between, and `tail`. */
export interface FileFormat {
  readonly head: string
  readonly tail: string
  /** One or more items, with commas between; never empty. */
  readonly items: (trace: Trace) => string
}

const OTLP_HEAD = '{"resourceSpans":['
const OTLP_TAIL = ']}'

export const FILE_FORMATS = {
  zipkin: {
    head: '[',
    tail: ']',
    items: ({ spans }) => encodeZipkinV2Json(spans).slice(1, -1),
  },
  otlp: {
    head: OTLP_HEAD,
    tail: OTLP_TAIL,
    items: ({ spans }) => encodeOtlpJson(spans).slice(OTLP_HEAD.length, -OTLP_TAIL.length),
  },
  jaeger: {
    head: '{"data":[',
    tail: ']}',
    items: ({ spans }) => encodeJaegerJson(spans),
  },
} as const satisfies Record<string, FileFormat>

/** Spans of a line of OTLP: no reader of lines has to hold all of a large trace, nor an intake to take it at once. */
const SPANS_OF_LINE = 1000

/** A trace as lines of JSON, each with its line feed. */
export const LINE_FORMATS = {
  zipkin: ({ spans }) => spans.map((span) => `${encodeSpanJson(span)}\n`).join(''),
  otlp: ({ spans }) => {
    let lines = ''
    for (let at = 0; at < spans.length; at += SPANS_OF_LINE)
      lines += `${encodeOtlpJson(spans.slice(at, at + SPANS_OF_LINE))}\n`
    return lines
  },
  hopscope: ({ spans }) => spans.map((span) => `${hopscopeLine(span)}\n`).join(''),
} as const satisfies Record<string, (trace: Trace) => string>

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
