// Which types TraceQL's operators take, as in Tempo; what it would let pass but nothing can ever match, is refused too.
import type { FieldExpression, IntrinsicName, Literal } from './ast.ts'
import { KIND_NAMES } from './ast.ts'
import { Mistake, replaced } from './errors.ts'
import { patternFault } from '../search/pattern.ts'
import { STATUS_NAMES } from './suggest.ts'

/** `any` is that of an attribute: it may hold text, a number or a boolean. */
export type Type = 'any' | 'text' | 'number' | 'duration' | 'boolean' | 'status' | 'kind' | 'nil'

/** A part of a query with its place in the text. */
export interface Typed {
  readonly node: FieldExpression
  readonly type: Type
  readonly at: number
  readonly end: number
}

const LONGEST_PATTERN = 1000

const SAID: Readonly<Record<Type, string>> = {
  any: 'an attribute',
  text: 'text',
  number: 'a number',
  duration: 'a duration',
  boolean: 'true or false',
  status: 'a status',
  kind: 'a kind',
  nil: 'nil',
}

const NEVER_MISSING = new Set<IntrinsicName>(['status', 'kind', 'traceId', 'spanId', 'childCount'])

export function typeOfIntrinsic(name: IntrinsicName): Type {
  if (name === 'status' || name === 'kind') return name
  if (name === 'duration' || name === 'traceDuration') return 'duration'
  return name === 'childCount' ? 'number' : 'text'
}

/** The type that an operator gives. @throws Mistake if it doesn't take these operands */
export function typeOfBinary(text: string, op: string, left: Typed, right: Typed): Type {
  if (op === '&&' || op === '||') {
    for (const side of [left, right]) mustBeBoolean(text, side)
    return 'boolean'
  }
  if ('+-*/%^'.includes(op)) {
    for (const side of [left, right]) mustBeNumeric(text, side, `\`${op}\``)
    return arithmeticType(op, left.type, right.type)
  }
  compare(text, op, left, right)
  return 'boolean'
}

/** The type of a sum, product and so on of numbers and durations. */
export function arithmeticType(op: string, left: Type, right: Type): Type {
  const durations = (left === 'duration' ? 1 : 0) + (right === 'duration' ? 1 : 0)
  if (op === '/' && right === 'duration') return 'number'
  if (durations > 0) return op === '^' ? 'number' : 'duration'
  return left === 'any' && right === 'any' ? 'any' : 'number'
}

/** Checks what stands in braces, and beside `&&` and `||`, and after `!`. */
export function mustBeBoolean(text: string, of: Typed): void {
  if (of.type === 'any' || of.type === 'boolean') return
  const source = shown(text, of)
  const { node } = of
  if (node.kind === 'literal' && node.value.type === 'status')
    throw replaced(`\`${source}\` alone is no condition: compare it.`, of, `status = ${node.value.value}`)
  if (node.kind === 'literal' && node.value.type === 'kind')
    throw replaced(`\`${source}\` alone is no condition: compare it.`, of, `kind = ${node.value.value}`)
  const example = node.kind === 'field' ? `, as in \`${source} = ${EXAMPLES[of.type]}\`` : ''
  throw new Mistake(
    `\`${source}\` is ${SAID[of.type]}, not a condition: compare it${example}.`,
    of.at,
    of.end,
  )
}

const EXAMPLES: Readonly<Record<Type, string>> = {
  any: '1',
  text: '"text"',
  number: '1',
  duration: '1s',
  boolean: 'true',
  status: 'error',
  kind: 'server',
  nil: 'nil',
}

export function mustBeNumeric(text: string, of: Typed, where: string): void {
  if (of.type === 'any' || of.type === 'number' || of.type === 'duration') return
  throw new Mistake(
    `${where} takes numbers and durations; \`${shown(text, of)}\` is ${SAID[of.type]}.`,
    of.at,
    of.end,
  )
}

function compare(text: string, op: string, left: Typed, right: Typed): void {
  if (op === '=~' || op === '!~') return regular(text, left, right)
  if (left.type === 'nil' || right.type === 'nil') return compareNil(op, left, right)
  chained(text, op, left, right)
  negated(text, left, right)
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    quotesOrNot(text, one, other)
    unit(one, other)
  }
  if (!alike(left.type, right.type))
    throw new Mistake(
      `\`${shown(text, left)}\` is ${SAID[left.type]} and \`${shown(text, right)}\` ${SAID[right.type]}: they can’t be compared.`,
      left.at,
      right.end,
    )
  const unordered = [left, right].find(
    ({ type }) => type === 'status' || type === 'kind' || type === 'boolean',
  )
  if (op !== '=' && op !== '!=' && unordered !== undefined)
    throw new Mistake(
      `\`${shown(text, unordered)}\` is ${SAID[unordered.type]}, which has no order: use \`=\` or \`!=\`, not \`${op}\`.`,
      left.at,
      right.end,
    )
}

function alike(left: Type, right: Type): boolean {
  const numeric = (type: Type) => type === 'number' || type === 'duration'
  return left === right || left === 'any' || right === 'any' || (numeric(left) && numeric(right))
}

function regular(text: string, left: Typed, right: Typed): void {
  if (left.type !== 'any' && left.type !== 'text')
    throw new Mistake(
      `A regular expression needs text; \`${shown(text, left)}\` is ${SAID[left.type]}.`,
      left.at,
      left.end,
    )
  if (right.node.kind !== 'literal' || right.node.value.type !== 'text') {
    const message = 'A regular expression is a text in quotes.'
    throw right.node.kind === 'literal'
      ? replaced(message, right, JSON.stringify(shown(text, right)))
      : new Mistake(message, right.at, right.end)
  }
  const pattern = right.node.value.value
  if (pattern.length > LONGEST_PATTERN)
    throw new Mistake(`A regular expression has at most ${LONGEST_PATTERN} characters.`, right.at, right.end)
  const fault = patternFault(pattern)
  if (fault === undefined) return
  const hint = /\(\?(?:[=!]|<[=!])/.test(pattern)
    ? ' RE2 has no look-around; `!~` and `&&` can often say it.'
    : ''
  const glob = pattern.replace(/(^|[^.\])}])\*/g, '$1.*')
  const message = `This regular expression is wrong: ${fault.replace('error parsing regexp: ', '')}.${hint}`
  if (glob === pattern) throw new Mistake(message, right.at, right.end)
  throw replaced(`${message} Any text is \`.*\`.`, right, JSON.stringify(glob))
}

function compareNil(op: string, left: Typed, right: Typed): void {
  if (op !== '=' && op !== '!=')
    throw new Mistake('`nil` is compared only by `=` and `!=`.', left.at, right.end)
  for (const { node, at, end } of [left, right])
    if (
      op === '=' &&
      node.kind === 'field' &&
      node.field.kind === 'intrinsic' &&
      NEVER_MISSING.has(node.field.name)
    )
      throw new Mistake(`A span always has its ${node.field.name}: nothing can match.`, at, end)
}

/** `1s < duration < 2s` */
function chained(text: string, op: string, left: Typed, right: Typed): void {
  if (
    left.node.kind !== 'binary' ||
    left.type !== 'boolean' ||
    right.type === 'boolean' ||
    right.type === 'any'
  )
    return
  if (text.charAt(left.at) === '(' || /^[&|]/.test(left.node.op)) return
  const [, middle = ''] = /[=<>~]([^=<>~]+)$/.exec(text.slice(left.at, left.end)) ?? []
  const message = 'Comparisons can’t be chained: join them by `&&`.'
  const fix = { at: left.end, end: left.end, text: ` && ${middle.trim()}` }
  throw new Mistake(message, left.at, right.end, middle === '' || op === '=' ? undefined : fix)
}

/** `!.a = "x"`: `!` takes only `.a`. */
function negated(text: string, left: Typed, right: Typed): void {
  if (left.node.kind !== 'unary' || left.node.op !== '!' || right.type === 'boolean' || right.type === 'any')
    return
  const source = text.slice(left.at, right.end).replace(/^!\s*/, '')
  throw replaced(
    '`!` negates only what follows at once: put the comparison into brackets.',
    { at: left.at, end: right.end },
    `!(${source})`,
  )
}

/** Text where a word, a duration or a number belongs, and the other way round. */
function quotesOrNot(text: string, one: Typed, other: Typed): void {
  if (other.node.kind !== 'literal') return
  const value = other.node.value
  const source = shown(text, other)
  if (value.type === 'text' && one.type !== 'text' && one.type !== 'any') {
    const bare = value.value.trim()
    if (!bareFits(one.type, bare)) return
    throw replaced(
      `${bare} is written without quotes here, as it is ${SAID[one.type]}.`,
      other,
      bare.toLowerCase(),
    )
  }
  if (one.type === 'any' && (value.type === 'status' || value.type === 'kind'))
    throw replaced(
      `\`${source}\` without quotes is ${SAID[value.type]} and never the value of an attribute; a text needs quotes.`,
      other,
      JSON.stringify(source),
    )
  if (one.type === 'text' && one.node.kind === 'field' && value.type !== 'text' && value.type !== 'nil')
    throw replaced(`\`${shown(text, one)}\` is text: the value needs quotes.`, other, JSON.stringify(source))
}

function bareFits(type: Type, bare: string): boolean {
  const lower = bare.toLowerCase()
  if (type === 'status') return (STATUS_NAMES as readonly string[]).includes(lower)
  if (type === 'kind') return (KIND_NAMES as readonly string[]).includes(lower)
  if (type === 'duration') return /^\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d)$/i.test(bare)
  if (type === 'number') return /^\d+(\.\d+)?$/.test(bare)
  return type === 'boolean' && (lower === 'true' || lower === 'false')
}

/** Tempo takes a number beside a duration for nanoseconds, which hardly anyone means. */
function unit(one: Typed, other: Typed): void {
  const { node } = other
  if (one.type === 'duration' && mentionsField(one.node) && node.kind === 'literal')
    numberNeedsUnit(node.value, other)
}

/** @throws Mistake for a number that is compared with a duration */
export function numberNeedsUnit(value: Literal, place: { at: number; end: number }): void {
  if (value.type !== 'number' || value.value === 0) return
  const meant = `${value.value}${Math.abs(value.value) < 100_000 ? 'ms' : 'ns'}`
  const message = `A duration needs a unit: ns, us, ms, s, m or h, as in \`${meant}\`. (Tempo takes a bare number for nanoseconds.)`
  throw replaced(message, place, meant)
}

/** The text of a part, for a message. */
export function shown(text: string, { at, end }: { at: number; end: number }): string {
  return end - at > 60 ? `${text.slice(at, at + 60)}…` : text.slice(at, end)
}

/** Whether an expression says anything about a span. */
export function mentionsField(node: FieldExpression): boolean {
  if (node.kind === 'field') return true
  if (node.kind === 'literal') return false
  if (node.kind === 'unary') return mentionsField(node.of)
  return mentionsField(node.left) || mentionsField(node.right)
}
