// What is wrong with a query while it is typed. A file of its own: the language's parser is large, and nothing waits for it.
import { parseTraceQl, TraceQlError } from '@hopscope/model'

/** As far as a text is looked at. */
const LONGEST = 4000

export interface Mistake {
  readonly message: string
  readonly at: number
  readonly length: number
  readonly suggestion: string | undefined
}

/** What is wrong with a text that is TraceQL; not what is only not written yet. */
export function mistakeIn(text: string): Mistake | undefined {
  const typed = text.trimEnd()
  if (typed.length > LONGEST || !/^\s*[{(]/.test(typed)) return undefined
  try {
    parseTraceQl(typed)
    return undefined
  } catch (error) {
    if (!(error instanceof TraceQlError)) throw error
    const { message, at, length, suggestion } = error
    return at + length >= typed.length ? undefined : { message, at, length, suggestion }
  }
}
