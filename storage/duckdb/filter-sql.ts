// Turns a span filter into SQL over the spans table. Values travel as parameters, never as text.
import { type AnyOf, type SpanCondition, type SpanFilter, SPAN_KINDS } from '@hopscope/model'
import type { DuckDBValue } from '@duckdb/node-api'
import { FLAG_ERROR } from './columns.ts'

/** Collects parameters and gives each its placeholder. */
export class Parameters {
  readonly values: DuckDBValue[] = []

  add(value: DuckDBValue): string {
    return `$${this.values.push(value)}`
  }
}

/** A boolean SQL expression over one row of `spans`. */
export function sqlFromFilter(filter: SpanFilter, parameters: Parameters): string {
  return filter.length === 0 ? 'true' : filter.map((part) => sqlFromPart(part, parameters)).join(' AND ')
}

function sqlFromPart(part: SpanCondition | AnyOf, parameters: Parameters): string {
  return 'anyOf' in part
    ? `(${part.anyOf.map((condition) => sqlFromCondition(condition, parameters)).join(' OR ') || 'false'})`
    : sqlFromCondition(part, parameters)
}

const CODED = { service: 'service', remoteService: 'remote_service', operation: 'name' } as const

function sqlFromCondition(condition: SpanCondition, parameters: Parameters): string {
  const { field } = condition
  switch (field.on) {
    case 'service':
    case 'remoteService':
    case 'operation': {
      const column = CODED[field.on]
      if (condition.is === 'present') return `${column} <> 0`
      // A word that no span ever used has no code; -1 is no code either.
      return `${column} = coalesce((SELECT code FROM texts WHERE text = ${parameters.add(String(condition.value))}), -1)`
    }
    case 'requestId':
      if (condition.is === 'present') return `request_id <> ''`
      // '' stands for "none", which nobody can ask for.
      return condition.value === '' ? 'false' : `request_id = ${parameters.add(String(condition.value))}`
    case 'kind':
      if (condition.is === 'present') return 'kind <> 0'
      return `kind = ${1 + SPAN_KINDS.findIndex((kind) => kind === condition.value) || -1}`
    case 'duration':
      if (condition.is === 'present') return 'duration <> 0'
      return durationSql(condition.is, Number(condition.value))
    case 'error':
      return condition.is === 'present'
        ? `flags & ${FLAG_ERROR} <> 0`
        : tagSql('error', String(condition.value), parameters)
    case 'tag':
      return tagSql(field.key, condition.is === 'present' ? undefined : String(condition.value), parameters)
    case 'annotation':
      if (condition.is === 'present') return `annotations <> ''`
      return annotationSql(String(condition.value), parameters)
  }
}

function durationSql(comparison: string, micros: number): string {
  return Number.isFinite(micros) ? `(duration <> 0 AND duration ${comparison} ${micros})` : 'false'
}

/**
 * Tags are one JSON text. Looking for the text of the pair first spares parsing nearly every row; the parse
 * then decides, as the same text may stand inside a value. CASE keeps that order; AND would not.
 */
function tagSql(key: string, value: string | undefined, parameters: Parameters): string {
  const jsonKey = JSON.stringify(key)
  const pointer = parameters.add(pointerTo(key))
  return value === undefined
    ? `CASE WHEN contains(tags, ${parameters.add(`${jsonKey}:`)}) THEN json_exists(tags, ${pointer}) ELSE false END`
    : `CASE WHEN contains(tags, ${parameters.add(`${jsonKey}:${JSON.stringify(value)}`)}) THEN json_extract_string(tags, ${pointer}) = ${parameters.add(value)} ELSE false END`
}

/** The JSON pointer (RFC 6901) to a member of an object. */
export function pointerTo(key: string): string {
  return '/' + key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function annotationSql(value: string, parameters: Parameters): string {
  const json = parameters.add(JSON.stringify(value))
  return `CASE WHEN contains(annotations, ${json}) THEN list_contains(json_extract_string(annotations, '$[*][1]'), ${parameters.add(value)}) ELSE false END`
}
