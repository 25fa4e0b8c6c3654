// Plain words as a query: `error checkout >500ms`. All conditions are on one span, in one {…}; beside each other all must
// hold, and `a OR b` binds more tightly than standing beside each other, as in web search.
//
//   error, ok                 status = error; its opposite
//   >500ms <1s >=2s <=3s      duration
//   key=value key!=value key>5 key=~expression  a field by its TraceQL name or one of ours (service, remote, trace, request, latency),
//                             else an attribute; blanks may stand around the operator
//   service:a name:b request:c trace:d kind:e status:f remote:g   the field; name: finds a part of the name
//   500, 5xx                  the HTTP status code, by its old and new tag
//   16 or 32 hex digits       the trace; a UUID is the request
//   "quoted words"            as one word, and a word in quotes is never special
//   -word !word NOT word      not
//   anything else             the service, a part of the span's name, or the request id
import type { FieldExpression, FieldReference, Literal, TraceQl } from './ast.ts'
import { KIND_NAMES } from './ast.ts'
import { Mistake } from './errors.ts'
import { numberOrDuration } from './lexer-literals.ts'
import { attributeField, intrinsicNamed } from './parser-names.ts'
import { typeOfIntrinsic, type Type } from './parser-types.ts'
import { STATUS_NAMES } from './suggest.ts'
import { cutWords, type Word } from './words-cut.ts'

type Comparison = '=' | '!=' | '>' | '>=' | '<' | '<=' | '=~' | '!~'

/** Short names of fields in words, beside those of TraceQL. */
const FIELDS = new Map<string, FieldReference>([
  ['service', { kind: 'intrinsic', name: 'service' }],
  ['remote', { kind: 'intrinsic', name: 'remoteService' }],
  ['request', { kind: 'intrinsic', name: 'requestId' }],
  ['trace', { kind: 'intrinsic', name: 'traceId' }],
  ['latency', { kind: 'intrinsic', name: 'duration' }],
])
const PREFIXED = new Set(['service', 'remote', 'request', 'trace', 'name', 'kind', 'status'])
const STATUS_CODES = ['http.status_code', 'http.response.status_code'] as const

/** The query that plain words ask for; without any, all spans. @throws Mistake */
export function queryOfWords(text: string): TraceQl {
  const all: FieldExpression[] = []
  let alternative = false
  for (const word of cutWords(text)) {
    if (word.joins === 'and') continue
    if (word.joins === 'or') {
      if (all.length === 0 || alternative)
        throw new Mistake('`OR` stands between two words.', word.at, word.end)
      alternative = true
      continue
    }
    const condition = word.not ? negated(conditionOf(word)) : conditionOf(word)
    const before = alternative ? all.pop() : undefined
    all.push(before === undefined ? condition : join('||', [before, condition]))
    alternative = false
  }
  if (alternative)
    throw new Mistake('After `OR` a word is missing.', text.trimEnd().length - 2, text.trimEnd().length)
  return {
    stages: [
      { kind: 'spans', of: { kind: 'filter', where: all.length === 0 ? undefined : join('&&', all) } },
    ],
  }
}

function join(op: '&&' | '||', all: readonly FieldExpression[]): FieldExpression {
  return all.reduce((left, right) => ({ kind: 'binary', op, left, right }))
}

function negated(of: FieldExpression): FieldExpression {
  return { kind: 'unary', op: '!', of }
}

function conditionOf(word: Word): FieldExpression {
  if (word.op !== undefined && word.key === '')
    return is(intrinsic('duration'), word.op as Comparison, duration(word))
  if (word.op !== undefined) return comparison(word, word.op as Comparison)
  return word.quoted ? anywhere(word.value) : meaning(word)
}

/** What a single word without an operator means. */
function meaning(word: Word): FieldExpression {
  const { value } = word
  if (/^errors?$/i.test(value)) return is(intrinsic('status'), '=', { type: 'status', value: 'error' })
  if (/^ok$/i.test(value)) return is(intrinsic('status'), '!=', { type: 'status', value: 'error' })
  if (/^[1-5]\d\d$/.test(value)) return ofStatusCode((field) => is(field, '=', number(Number(value))))
  if (/^[1-5]xx$/i.test(value)) {
    const from = Number(value.charAt(0)) * 100
    return ofStatusCode((field) =>
      join('&&', [is(field, '>=', number(from)), is(field, '<', number(from + 100))]),
    )
  }
  if (/^([\da-f]{16}|[\da-f]{32})$/i.test(value)) return is(intrinsic('traceId'), '=', traceId(value))
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value))
    return is(intrinsic('requestId'), '=', textOf(value))
  const colon = value.indexOf(':')
  const prefix = value.slice(0, colon)
  if (!PREFIXED.has(prefix) || colon === value.length - 1) return anywhere(value)
  const rest = value.slice(colon + 1)
  if (prefix === 'name') return is(intrinsic('name'), '=~', containing(rest))
  return comparison({ ...word, key: prefix, value: rest }, '=')
}

function anywhere(word: string): FieldExpression {
  return join('||', [
    is(intrinsic('service'), '=', textOf(word)),
    is(intrinsic('name'), '=~', containing(word)),
    is(intrinsic('requestId'), '=', textOf(word)),
  ])
}

function ofStatusCode(condition: (field: FieldReference) => FieldExpression): FieldExpression {
  return join(
    '||',
    STATUS_CODES.map((key) => condition({ kind: 'attribute', scope: undefined, key })),
  )
}

function comparison(word: Word, op: Comparison): FieldExpression {
  const field = fieldNamed(word.key)
  if (field.kind === 'intrinsic' && field.name === 'traceId' && (op === '=' || op === '!='))
    return is(field, op, traceId(word.value))
  const type = field.kind === 'attribute' ? 'any' : typeOfIntrinsic(field.name)
  return is(field, op, op === '=~' || op === '!~' ? textOf(word.value) : literalOf(word, type))
}

function fieldNamed(key: string): FieldReference {
  const name = intrinsicNamed(key)
  if (name !== undefined) return { kind: 'intrinsic', name }
  const scoped = /^(span|resource|)\.(.+)$/s.exec(key)
  const scope = scoped?.[1] === 'span' || scoped?.[1] === 'resource' ? scoped[1] : undefined
  return FIELDS.get(key) ?? attributeField(scope, scoped?.[2] ?? key)
}

function literalOf(word: Word, type: Type): Literal {
  const { value } = word
  if (type === 'duration') return duration(word)
  if (type === 'status' || type === 'kind') return named(word, type)
  if (word.quoted || type === 'text') return textOf(value)
  if (value === 'true' || value === 'false') return { type: 'boolean', value: value === 'true' }
  if (value === 'nil') return { type: 'nil' }
  // 007 and 1.50 are texts: the number would be written otherwise.
  return String(Number(value)) === value && Number.isFinite(Number(value))
    ? number(Number(value))
    : textOf(value)
}

function named(word: Word, type: 'status' | 'kind'): Literal {
  const lower = word.value.toLowerCase()
  const status = STATUS_NAMES.find((name) => name === lower)
  if (type === 'status' && status !== undefined) return { type, value: status }
  const kind = KIND_NAMES.find((name) => name === lower)
  if (type === 'kind' && kind !== undefined) return { type, value: kind }
  const names: readonly string[] = type === 'status' ? STATUS_NAMES : KIND_NAMES
  throw new Mistake(`\`${word.value}\` is no ${type}: one of ${names.join(', ')}.`, word.at, word.end)
}

function duration(word: Word): Literal {
  const { value } = word
  if (!/^\.?\d/.test(value))
    throw new Mistake('A duration is a number with a unit, such as `500ms` or `1.5s`.', word.at, word.end)
  let read: ReturnType<typeof numberOrDuration> | undefined
  try {
    read = numberOrDuration(value, 0)
  } catch (error) {
    // Its place is that in the value, not in the text.
    if (error instanceof Mistake) throw new Mistake(error.message, word.at, word.end)
    throw error
  }
  if (read.end !== value.length || (read.value.type === 'number' && read.value.value !== 0))
    throw new Mistake(`A duration needs a unit, as in \`${word.key}>500ms\`.`, word.at, word.end)
  return read.value
}

/** An id of 128 bits with nothing in the high half is kept as one of 64. */
function traceId(value: string): Literal {
  return textOf(value.toLowerCase().replace(/^0{16}(?=[\da-f]{16}$)/, ''))
}

function containing(part: string): Literal {
  return textOf(`(?i).*${part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}.*`)
}

function textOf(value: string): Literal {
  return { type: 'text', value }
}

function number(value: number): Literal {
  return { type: 'number', value }
}

function intrinsic(name: Extract<FieldReference, { kind: 'intrinsic' }>['name']): FieldReference {
  return { kind: 'intrinsic', name }
}

function is(field: FieldReference, op: Comparison, value: Literal): FieldExpression {
  return { kind: 'binary', op, left: { kind: 'field', field }, right: { kind: 'literal', value } }
}
