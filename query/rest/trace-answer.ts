// A trace explained, as JSON: in pieces, since no text could hold a large one.
import type { SpanRow, TraceView } from '@hopscope/model'

/** A piece of a list is as long or longer by one item, but for the last. Characters. */
const PIECE_LENGTH = 2 ** 16

/** The JSON that `JSON.stringify` would make of it, with what OpenTelemetry says of a span as an object instead of its text. */
export function* viewPieces(view: TraceView): Generator<string> {
  let separator = '{'
  for (const [name, value] of Object.entries(view)) {
    yield `${separator}${JSON.stringify(name)}:`
    separator = ','
    if (name === 'spans') yield* listPieces(view.spans, withDetail)
    else if (Array.isArray(value)) yield* listPieces(value as readonly object[])
    else yield JSON.stringify(value)
  }
  yield '}'
}

function* listPieces<Item extends object>(
  items: readonly Item[],
  shown = (item: Item): object => item,
): Generator<string> {
  let text = '['
  for (const [at, item] of items.entries()) {
    text += (at === 0 ? '' : ',') + JSON.stringify(shown(item))
    if (text.length < PIECE_LENGTH) continue
    yield text
    text = ''
  }
  yield `${text}]`
}

function withDetail(row: SpanRow): object {
  const { otel } = row.span
  return otel === undefined ? row : { ...row, span: { ...row.span, otel: JSON.parse(otel) as unknown } }
}
