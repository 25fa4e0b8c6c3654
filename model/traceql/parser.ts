// Parses TraceQL, the query language of Grafana Tempo, into the tree of ast.ts; types and bounds are checked at once.
import type { FieldReference, SpansetExpression, SpansetOperator, Stage, TraceQl } from './ast.ts'
import { SPANSET_OPERATORS } from './ast.ts'
import { Mistake, replaced, TraceQlError } from './errors.ts'
import type { Token } from './lexer.ts'
import { Cursor, said } from './parser-cursor.ts'
import { parseField, parseReference } from './parser-fields.ts'
import { isMetricsFunction } from './parser-names.ts'
import { beginsScalar, parseScalarFilter } from './parser-scalars.ts'
import { mentionsField, mustBeBoolean, shown } from './parser-types.ts'
import { isStageWord, isAggregate, metricsFunction, nearestStage, operatorWord } from './suggest.ts'

/** Mistakes that one suggestion puts right. */
const MOST_FIXES = 8

/**
 * Reads a query in TraceQL. A query that begins with `count() > 2` or `by(…)` begins with all spans, `{ }`.
 * @throws TraceQlError with the place of the mistake and, where it is clear what was meant, the corrected query
 */
export function parseTraceQl(text: string): TraceQl {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    throw new TraceQlError(error.message, error.at, error.end - error.at, corrected(text, error))
  }
}

/** The query with this mistake, and those that show up after it, put right; undefined if that isn't clear. */
function corrected(text: string, first: Mistake): string | undefined {
  let query = text
  let mistake = first
  for (let count = 0; count < MOST_FIXES; count++) {
    const { fix } = mistake
    if (fix === undefined) return undefined
    query = (query.slice(0, fix.at) + fix.text + query.slice(fix.end)).trim()
    try {
      parse(query)
      return query
    } catch (error) {
      if (!(error instanceof Mistake)) throw error
      mistake = error
    }
  }
  return undefined
}

function parse(text: string): TraceQl {
  const cursor = new Cursor(text)
  const token = cursor.peek()
  if (token.type === 'end') throw replaced('This query is empty. All traces are `{ }`.', token, '{ }')
  const query = parsePipeline(cursor)
  if (cursor.peek().type !== 'end') throw afterEnd(cursor)
  return query
}

function parsePipeline(cursor: Cursor): TraceQl {
  const stages: Stage[] = []
  do {
    const stage = parseStage(cursor)
    if (stages.length === 0 && stage.kind === 'coalesce') {
      const { at, end } = cursor.previous() ?? cursor.peek()
      throw new Mistake('`coalesce()` joins groups again: it stands after `by(…)`.', at, end)
    }
    if (stages.length === 0 && stage.kind !== 'spans')
      stages.push({ kind: 'spans', of: { kind: 'filter', where: undefined } })
    stages.push(stage)
  } while (acceptPipe(cursor))
  return { stages }
}

function acceptPipe(cursor: Cursor): boolean {
  const pipe = cursor.peek()
  if (!cursor.at('|')) return false
  cursor.next()
  cursor.count(pipe)
  const token = cursor.peek()
  if (token.type !== 'end' && !cursor.at('|') && !cursor.at(')')) return true
  const message = 'After `|` a stage is missing, such as `count() > 2`, `by(name)` or `select(name)`.'
  throw new Mistake(message, pipe.at, pipe.end, {
    at: cursor.previous(2)?.end ?? pipe.at,
    end: pipe.end,
    text: '',
  })
}

function parseStage(cursor: Cursor): Stage {
  const token = cursor.peek()
  if (token.type === 'word') {
    if (isMetricsFunction(token.text)) throw metricsFunction(token.text, token)
    if (isStageWord(token.text) && !isAggregate(token.text) && !cursor.at('(', 1)) {
      const brackets = cursor.at('coalesce') ? '()' : '(name)'
      const message = `\`${token.text}\` needs brackets, as in \`${token.text}${brackets}\`.`
      const fix = { at: token.end, end: token.end, text: brackets }
      throw new Mistake(message, token.at, token.end, brackets === '()' ? fix : undefined)
    }
    if (cursor.at('by')) return parseBy(cursor)
    if (cursor.at('select')) return parseSelect(cursor)
    if (cursor.at('coalesce')) return parseCoalesce(cursor)
  }
  if (beginsScalar(cursor) || (cursor.at('(') && bracketsAreScalar(cursor))) return parseScalarFilter(cursor)
  return { kind: 'spans', of: parseSpanset(cursor, 1) }
}

/** A bracket opens next: whether it holds only arithmetic, and no stage or spans. */
function bracketsAreScalar(cursor: Cursor): boolean {
  let ahead = 0
  while (cursor.at('(', ahead)) ahead++
  if (!beginsScalar(cursor, ahead)) return false
  for (let depth = ahead; depth > 0; ahead++) {
    const token = cursor.peek(ahead)
    if (token.type === 'end' || (token.type === 'operator' && /[{|<>=&~]/.test(token.text)))
      return token.type === 'end'
    if (cursor.at('(', ahead)) depth++
    if (cursor.at(')', ahead)) depth--
  }
  return true
}

function parseBy(cursor: Cursor): Stage {
  cursor.next()
  const open = cursor.peek()
  const of = cursor.within(() => parseField(cursor))
  if (cursor.at(',')) {
    const { at } = cursor.next()
    const end = cursor.peek().at
    throw replaced('`by(…)` takes one field: group again for the next.', { at, end }, ') | by(')
  }
  cursor.close(')', open)
  if (!mentionsField(of.node))
    throw new Mistake('`by(…)` needs a field of the span, such as `by(name)`.', of.at, of.end)
  return { kind: 'by', of: of.node }
}

function parseSelect(cursor: Cursor): Stage {
  cursor.next()
  const open = cursor.peek()
  const fields: FieldReference[] = []
  cursor.within(() => {
    do {
      cursor.count(cursor.peek(), 'fields in `select(…)`')
      fields.push(parseReference(cursor))
    } while (cursor.accept(','))
  })
  if (cursor.peek().type !== 'end' && !cursor.at(')')) {
    const token = cursor.peek()
    const message = `\`select(…)\` takes fields with commas between them, not ${said(token)}.`
    const fix = { at: cursor.previous()?.end ?? token.at, end: token.at, text: ', ' }
    throw new Mistake(message, token.at, token.end, fix)
  }
  cursor.close(')', open)
  return { kind: 'select', fields }
}

function parseCoalesce(cursor: Cursor): Stage {
  cursor.next()
  const open = cursor.next()
  if (!cursor.at(')'))
    throw new Mistake('`coalesce()` takes nothing in its brackets.', open.at, cursor.peek().end)
  cursor.next()
  return { kind: 'coalesce' }
}

/** Operators between {…}: `&&` and `||` bind less than those for structure, all go from the left. */
function parseSpanset(cursor: Cursor, least: number): SpansetExpression {
  let left = parseSpans(cursor)
  for (;;) {
    const token = cursor.peek()
    const op = token.type === 'operator' ? SPANSET_OPERATORS.find((each) => each === token.text) : undefined
    if (op === undefined) {
      if (token.type === 'operator' && /^(=|!=|>=|<=)$/.test(token.text)) throw countMeant(token)
      return left
    }
    const level = spansetLevel(op)
    if (level < least) return left
    cursor.next()
    cursor.count(token)
    cursor.count(token, 'operators between `{ … }`')
    const after = cursor.peek()
    if (after.type === 'literal' && /^[<>]$/.test(op)) throw countMeant(token)
    left = { kind: 'operation', op, left, right: parseSpanset(cursor, level + 1) }
  }
}

/** How tightly an operator between {…} binds. */
export function spansetLevel(op: SpansetOperator): number {
  return op === '&&' || op === '||' ? 1 : 2
}

function countMeant(token: Token): Mistake {
  const message = `\`${token.text}\` can’t compare spans with a value: count them, as in \`| count() ${token.text} 1\`.`
  return new Mistake(message, token.at, token.end, { at: token.at, end: token.at, text: '| count() ' })
}

function parseSpans(cursor: Cursor): SpansetExpression {
  const open = cursor.peek()
  if (cursor.at('{')) {
    const where = cursor.within(() => (cursor.at('}') ? undefined : parseField(cursor)))
    cursor.close('}', open)
    if (where === undefined) return { kind: 'filter', where }
    mustBeBoolean(cursor.text, where)
    return { kind: 'filter', where: where.node }
  }
  if (!cursor.at('(')) throw notSpans(cursor)
  const query = cursor.within(() => parsePipeline(cursor))
  if (cursor.peek().type !== 'end' && !cursor.at(')')) throw afterEnd(cursor)
  cursor.close(')', open)
  const [first, second] = query.stages
  return first?.kind === 'spans' && second === undefined ? first.of : { kind: 'pipeline', query }
}

function notSpans(cursor: Cursor): Mistake {
  const token = cursor.peek()
  const previous = cursor.previous()
  if (token.type === 'end' && previous !== undefined) {
    const message = `The query ends after \`${previous.text}\`: a \`{ … }\` is missing.`
    return new Mistake(message, previous.at, previous.end)
  }
  if (cursor.at('!'))
    return new Mistake('A `{ … }` can’t be negated: put `!( … )` inside its braces.', token.at, token.end)
  if (cursor.at('}') || cursor.at(')')) return replaced(`This \`${token.text}\` closes nothing.`, token, '')
  const stage = token.type === 'word' && cursor.at('(', 1) ? nearestStage(token.text) : undefined
  if (stage !== undefined)
    return replaced(`There is no \`${token.text}(…)\`. Did you mean \`${stage}\`?`, token, stage)
  if (token.type === 'word' && cursor.at('(', 1)) {
    const message = `There is no stage \`${token.text}(…)\`: TraceQL has count, avg, max, min, sum, by, coalesce and select.`
    return new Mistake(message, token.at, token.end)
  }
  let ahead = 0
  while (cursor.peek(ahead).type !== 'end' && !cursor.at('|', ahead) && !cursor.at('{', ahead)) ahead++
  const end = cursor.peek(ahead - 1).end
  const fix =
    token.type === 'operator'
      ? undefined
      : { at: token.at, end, text: `{ ${cursor.text.slice(token.at, end)} }` }
  return new Mistake('Conditions on a span stand in braces: `{ … }`.', token.at, token.end, fix)
}

function afterEnd(cursor: Cursor): Mistake {
  const token = cursor.peek()
  const blank = { at: cursor.previous()?.end ?? token.at, end: token.at }
  if (token.type === 'word') {
    const operator = operatorWord(token.text, token)
    if (operator !== undefined) return operator
    if (cursor.at('with')) return new Mistake('Hints, `with(…)`, aren’t supported.', token.at, token.end)
    if (isMetricsFunction(token.text)) return metricsFunction(token.text, token)
    if (isStageWord(token.text))
      return new Mistake(`A \`|\` is missing before \`${token.text}\`.`, token.at, token.end, {
        ...blank,
        text: ' | ',
      })
  }
  if (cursor.at('{'))
    return new Mistake(
      'An operator such as `&&`, `||` or `>>` is missing between the `{ … }`.',
      token.at,
      token.end,
      {
        ...blank,
        text: ' && ',
      },
    )
  if (cursor.at('}') || cursor.at(')')) return replaced(`This \`${token.text}\` closes nothing.`, token, '')
  if (cursor.at('&&') || cursor.at('||')) {
    const message = `\`${token.text}\` joins \`{ … }\`, not what follows a \`|\`: put that into brackets, \`({ … } | count() > 2) ${token.text} { … }\`.`
    return new Mistake(message, token.at, token.end)
  }
  if (token.type === 'operator' && cursor.previous()?.text === ')')
    return new Mistake(
      `${said(token)} can’t follow here: to compare the spans of a set, write \`{ … } | count() > 2\`, without brackets.`,
      token.at,
      token.end,
    )
  const rest = { at: token.at, end: cursor.text.length }
  return new Mistake(`The query should end before \`${shown(cursor.text, rest)}\`.`, rest.at, rest.end)
}
