// What is wrong with a query, where, and how it could be said instead.

/** A query that can't be read. The message is a sentence for the one who typed it. */
export class TraceQlError extends Error {
  /** Where the mistake begins and how long it is, in UTF-16 units of the text. */
  readonly at: number
  readonly length: number
  /** A whole query that parses, if it is clear what was meant. */
  readonly suggestion: string | undefined

  constructor(message: string, at: number, length: number, suggestion?: string) {
    super(message)
    this.name = 'TraceQlError'
    this.at = at
    this.length = length
    this.suggestion = suggestion
  }
}

/** What stands from `at` to `end` could be `text`. */
interface Fix {
  readonly at: number
  readonly end: number
  readonly text: string
}

/** A mistake as the lexer or the parser meets it; parseTraceQl makes a TraceQlError of it. */
export class Mistake extends Error {
  readonly at: number
  readonly end: number
  readonly fix: Fix | undefined

  constructor(message: string, at: number, end: number, fix?: Fix) {
    super(message)
    this.at = at
    this.end = end
    this.fix = fix
  }
}

/** A mistake whose cure is another text in its place. */
export function replaced(message: string, { at, end }: { at: number; end: number }, text: string): Mistake {
  return new Mistake(message, at, end, { at, end, text })
}
