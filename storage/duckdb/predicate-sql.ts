// Turns a span predicate into SQL over the spans table. Values travel as parameters, never as text.
import {
  type Comparison,
  LONGEST_MATCHED,
  matchesPattern,
  patternFault,
  type SpanCondition,
  type SpanPredicate,
  SPAN_KINDS,
} from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import type { DuckDBValue } from '@duckdb/node-api'
import { FLAG_ERROR } from './columns.ts'

/** Collects parameters and gives each its placeholder. */
export class Parameters {
  readonly values: DuckDBValue[] = []

  add(value: DuckDBValue): string {
    return `$${this.values.push(value)}`
  }
}

/**
 * A boolean SQL expression over one row of `spans`. It is never NULL, so that `not` means the same as in JavaScript.
 * @throws HopscopeError `query-invalid` for a regular expression that isn't one
 */
export function sqlFromPredicate(predicate: SpanPredicate, parameters: Parameters): string {
  const sqlOf = (part: SpanPredicate) => sqlFromPredicate(part, parameters)
  if ('all' in predicate) return allSql(predicate.all.map(sqlOf))
  if ('any' in predicate) return anySql(predicate.any.map(sqlOf))
  if ('not' in predicate) return `(NOT ${sqlFromPredicate(predicate.not, parameters)})`
  return `(${sqlFromCondition(predicate, parameters)})`
}

/** Of nothing it holds. @param parts each in brackets, or a name */
export function allSql(parts: readonly string[]): string {
  return parts.length === 0 ? 'true' : `(${parts.join(' AND ')})`
}

/** Of nothing it doesn't hold. @param parts each in brackets, or a name */
export function anySql(parts: readonly string[]): string {
  return parts.length === 0 ? 'false' : `(${parts.join(' OR ')})`
}

const CODED = { service: 'service', remoteService: 'remote_service', operation: 'name' } as const
const ID = { id: 'id', parentId: 'parent_id' } as const

type TextCondition = Exclude<SpanCondition, { number: number }>

function sqlFromCondition(condition: SpanCondition, parameters: Parameters): string {
  if ('number' in condition) {
    const { field, is, number } = condition
    // See comparisonSql; the tag's key must not become a parameter that nothing uses.
    if (Number.isNaN(number)) return 'false'
    return field.on === 'duration'
      ? `duration <> 0 AND ${comparisonSql('duration', is, number)}`
      : tagSql(field.key, (text) => comparisonSql(decimalSql(text), is, number), parameters)
  }
  if (condition.is === '=~') checkPattern(condition.value)
  const { field } = condition
  switch (field.on) {
    case 'service':
    case 'remoteService':
    case 'operation':
      return codedSql(CODED[field.on], condition, parameters)
    case 'requestId':
      return textSql('request_id', `request_id <> ''`, condition, parameters)
    case 'kind':
      return kindSql(condition)
    case 'duration':
      return textSql('duration::VARCHAR', 'duration <> 0', condition, parameters)
    case 'id':
    case 'parentId':
      return idSql(ID[field.on], condition, parameters)
    case 'error':
      if (condition.is === 'present') return `flags & ${FLAG_ERROR} <> 0`
      return tagConditionSql('error', condition, parameters)
    case 'tag':
      return tagConditionSql(field.key, condition, parameters)
    case 'annotation':
      return annotationSql(condition, parameters)
  }
}

function checkPattern(pattern: string): void {
  const fault = patternFault(pattern)
  if (fault !== undefined)
    throw new HopscopeError('query-invalid', `A regular expression of the query can't be run: ${fault}`)
}

/** NaN compares with nothing in JavaScript, but is the greatest of all in SQL. */
export function comparisonSql(sql: string, is: Comparison, number: number): string {
  return Number.isNaN(number) ? 'false' : `${sql} ${is} ${numberSql(number)}`
}

/** Parameters would be bound as integers where they have no fraction, however big. */
export function numberSql(number: number): string {
  return Number.isSafeInteger(number) ? String(number) : `'${number}'::DOUBLE`
}

function codedSql(column: string, condition: TextCondition, parameters: Parameters): string {
  switch (condition.is) {
    case 'present':
      return `${column} <> 0`
    case '=':
      // A word that no span ever used has no code; -1 is no code either.
      return `${column} = coalesce((SELECT code FROM texts WHERE text = ${parameters.add(condition.value)}), -1)`
    case '=~':
      return `${column} IN (SELECT code FROM texts WHERE ${matchSql('text', condition.value, parameters)})`
  }
}

function kindSql(condition: TextCondition): string {
  if (condition.is === 'present') return 'kind <> 0'
  const codes = SPAN_KINDS.flatMap((kind, at) => {
    const holds = condition.is === '=' ? kind === condition.value : matchesPattern(kind, condition.value)
    return holds ? [at + 1] : []
  })
  return codes.length === 0 ? 'false' : `kind IN (${codes.join(', ')})`
}

function idSql(column: string, condition: TextCondition, parameters: Parameters): string {
  if (condition.is === '=')
    // 0 is "none", which nobody can ask for.
    return /^(?!0{16})[0-9a-f]{16}$/.test(condition.value)
      ? `${column} = ${BigInt(`0x${condition.value}`)}`
      : 'false'
  return textSql(`lpad(lower(hex(${column})), 16, '0')`, `${column} <> 0`, condition, parameters)
}

/** @param present what holds where there is a text at all; `text` may be anything where there is none */
function textSql(text: string, present: string, condition: TextCondition, parameters: Parameters): string {
  switch (condition.is) {
    case 'present':
      return present
    case '=':
      return `${present} AND ${text} = ${parameters.add(condition.value)}`
    case '=~':
      return `${present} AND ${matchSql(text, condition.value, parameters)}`
  }
}

/**
 * Whether the expression matches the whole text, which is no longer than {@link LONGEST_MATCHED}. DuckDB's expressions are RE2's.
 * @param within a text that holds this one, or is it: if it is short, its part is
 */
function matchSql(text: string, pattern: string, parameters: Parameters, within = text): string {
  const matches = `regexp_full_match(${text}, ${parameters.add(pattern)})`
  return `CASE WHEN strlen(${within}) <= ${LONGEST_MATCHED} THEN ${matches} WHEN ${fitsSql(text, LONGEST_MATCHED)} THEN ${matches} ELSE false END`
}

/** Whether a text has at most so many UTF-16 units; of them a text has at most as many as bytes, and at least a third. */
export function fitsSql(text: string, units: number): string {
  const exactly = `length(regexp_replace(${text}, '[\\x{10000}-\\x{10FFFF}]', 'xx', 'g'))`
  return `CASE WHEN strlen(${text}) <= ${units} THEN true WHEN strlen(${text}) > ${3 * units} THEN false ELSE ${exactly} <= ${units} END`
}

function tagConditionSql(key: string, condition: TextCondition, parameters: Parameters): string {
  switch (condition.is) {
    case 'present':
      return tagPresentSql(key, parameters)
    case '=': {
      if (UNCLEAR.has(key))
        return tagSql(key, (text) => `${text} = ${parameters.add(condition.value)}`, parameters)
      return memberSql(key, JSON.stringify(condition.value), parameters)
    }
    case '=~':
      return tagSql(key, (text) => matchSql(text, condition.value, parameters, 'tags'), parameters)
  }
}

function tagPresentSql(key: string, parameters: Parameters): string {
  if (UNCLEAR.has(key)) return `${tagTextSql(key, parameters)} IS NOT NULL`
  return memberSql(key, '"', parameters)
}

/**
 * Whether the JSON of the tags has a member that begins so, told without parsing it. In a JSON text of strings every quote inside
 * of one is escaped. So a quote after `{` or `,` begins a string, or ends one and is followed by `,"` or `:"`; only with a key
 * of {@link UNCLEAR} does that look alike.
 */
function memberSql(key: string, beginning: string, parameters: Parameters): string {
  const member = `${JSON.stringify(key)}:${beginning}`
  return `(contains(tags, ${parameters.add(`,${member}`)}) OR starts_with(tags, ${parameters.add(`{${member}`)}))`
}

const UNCLEAR: ReadonlySet<string> = new Set([',', ':'])

function tagSql(key: string, test: (text: string) => string, parameters: Parameters): string {
  return `coalesce(${test(tagTextSql(key, parameters))}, false)`
}

/** A tag's value, NULL if there is none. To look for the key first would cost about what the parsing does. */
export function tagTextSql(key: string, parameters: Parameters): string {
  return `json_extract_string(nullif(tags, ''), ${parameters.add(pointerTo(key))})`
}

/** The JSON pointer (RFC 6901) to a member of an object. */
function pointerTo(key: string): string {
  return '/' + key.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** The number that model/search/decimal.ts sees in a text, NULL if none: what isn't all of the grammar becomes '', which is no number. */
function decimalSql(text: string): string {
  return `TRY_CAST(regexp_extract(${text}, '^[+-]?(\\d{1,30}(\\.\\d{0,30})?|\\.\\d{1,30})([eE][+-]?\\d{1,3})?$') AS DOUBLE)`
}

function annotationSql(condition: TextCondition, parameters: Parameters): string {
  const values = `json_extract_string(annotations, '$[*][1]')`
  switch (condition.is) {
    case 'present':
      return `annotations <> ''`
    case '=': {
      const json = parameters.add(JSON.stringify(condition.value))
      return `CASE WHEN contains(annotations, ${json}) THEN list_contains(${values}, ${parameters.add(condition.value)}) ELSE false END`
    }
    case '=~': {
      const matches = matchSql('value', condition.value, parameters)
      return `CASE WHEN annotations <> '' THEN len(list_filter(${values}, lambda value: ${matches})) > 0 ELSE false END`
    }
  }
}
