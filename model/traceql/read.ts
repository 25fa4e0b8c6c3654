// Reads what stands in the search field: TraceQL or plain words.
import type { TraceQl } from './ast.ts'
import { Mistake, TraceQlError } from './errors.ts'
import { LONGEST_QUERY } from './parser-cursor.ts'
import { parseTraceQl } from './parser.ts'
import { printTraceQl } from './print.ts'
import { queryOfWords } from './words.ts'

export interface ReadQuery {
  readonly query: TraceQl
  /** The query as canonical TraceQL. */
  readonly text: string
  /** Whether it was not written as TraceQL: `text` should be shown then. */
  readonly fromWords: boolean
}

/** A text that begins so is TraceQL, as are brackets of other widths and `!{`, which the parser explains. */
const TRACEQL =
  /^\s*(?:(?:!\s*)?[{(｛（]|(?:count|avg|max|min|sum|by|select|coalesce|rate|[a-z]+_over_time)\s*\()/

/** Without a comparison it is words: `true` and `.a` are conditions, too. */
const COMPARISON = /[=<>]/

/**
 * Reads TraceQL, a condition without its braces (`name = "a" && duration > 1s`), or plain words (see words.ts).
 * An empty text is `{ }`, all spans.
 * @throws TraceQlError
 */
export function readQuery(text: string): ReadQuery {
  if (text.length <= LONGEST_QUERY && !TRACEQL.test(text)) {
    const query = condition(text) ?? fromWords(text)
    const printed = printTraceQl(query)
    if (printed.length > LONGEST_QUERY)
      throw new TraceQlError('These words make too long a query.', 0, text.length)
    return { query: checked(printed, text), text: printed, fromWords: true }
  }
  const query = parseTraceQl(text)
  return { query, text: printTraceQl(query), fromWords: false }
}

/** The words as a condition of TraceQL, if they are one. */
function condition(text: string): TraceQl | undefined {
  if (!COMPARISON.test(text) || text.length + 4 > LONGEST_QUERY) return undefined
  try {
    const query = parseTraceQl(`{ ${text} }`)
    return query.stages.length === 1 ? query : undefined
  } catch (error) {
    if (error instanceof TraceQlError) return undefined
    throw error
  }
}

function fromWords(text: string): TraceQl {
  try {
    return queryOfWords(text)
  } catch (error) {
    if (error instanceof Mistake) throw new TraceQlError(error.message, error.at, error.end - error.at)
    throw error
  }
}

/** Words can ask for what TraceQL refuses (`kind>5`, a wrong expression): its message says so, of the whole text. */
function checked(printed: string, text: string): TraceQl {
  try {
    return parseTraceQl(printed)
  } catch (error) {
    if (error instanceof TraceQlError) throw new TraceQlError(error.message, 0, text.length, error.suggestion)
    throw error
  }
}
