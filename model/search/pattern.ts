// Regular expressions that strangers send, in RE2's syntax and linear time: none can hang the server.
import { RE2JS, RE2JSException } from 're2js'
import { patternSize, unknownToRe2 } from './pattern-parts.ts'
import { LONGEST_MATCHED } from './query.ts'

/** Compiled expressions kept: a query tests the same few on every span. */
const MOST_KEPT = 100
/** Each costs a step for every character of a text, or more. */
const MOST_INSTRUCTIONS = 1000
/** An expression so large by a rough count isn't compiled at all: that alone would take long. */
const MOST_COMPILED = 20_000
/** Texts whose results are kept of one expression, in characters; each counts some more for what else it takes. */
const REMEMBERED = 200_000
const FOR_EACH = 20

interface Kept {
  readonly expression: RE2JS
  /** Of the texts tested last: in a store values are few, and repeat. */
  readonly results: Map<string, boolean>
  room: number
}
const kept = new Map<string, Kept>()

/**
 * Whether the expression matches the whole text.
 * @param beforeWork called before a match that isn't remembered: it may take some 50 ms. May throw to prevent it.
 */
export function matchesPattern(text: string, pattern: string, beforeWork?: () => void): boolean {
  if (text.length > LONGEST_MATCHED) return false
  const known = compiled(pattern)
  const remembered = known.results.get(text)
  if (remembered !== undefined) return remembered
  beforeWork?.()
  const result = known.expression.testExact(text)
  const room = text.length + FOR_EACH
  if (room > known.room) {
    known.results.clear()
    known.room = REMEMBERED
  }
  known.room -= room
  known.results.set(text, result)
  return result
}

/** What is wrong with an expression, in a few words; undefined if nothing is, and every store can run it. */
export function patternFault(pattern: string): string | undefined {
  try {
    compiled(pattern)
    return unknownToRe2(pattern)
  } catch (error) {
    if (error instanceof RE2JSException) return error.message
    throw error
  }
}

/** @throws RE2JSException for what is no expression, or a larger one than may be run */
function compiled(pattern: string): Kept {
  let known = kept.get(pattern)
  if (known === undefined) {
    if (patternSize(pattern) > MOST_COMPILED) throw tooLarge()
    const expression = RE2JS.compile(pattern)
    if (expression.programSize() > MOST_INSTRUCTIONS) throw tooLarge()
    if (kept.size >= MOST_KEPT) kept.clear()
    kept.set(pattern, (known = { expression, results: new Map(), room: REMEMBERED }))
  }
  return known
}

const tooLarge = () => new RE2JSException('it is too large: it repeats too much')
