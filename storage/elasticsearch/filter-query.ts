// Translates a span filter into an Elasticsearch query over one span document, exactly. Values are JSON values of the
// query, never part of its text.
import { type AnyOf, REQUEST_ID_TAGS, type SpanCondition, type SpanFilter } from '@hopscope/model'
import { keyMark, keyToken, LONGEST_TERM, requestMark, tagToken, termOf } from './terms.ts'

export type Query = Readonly<Record<string, unknown>>

const NOTHING: Query = { match_none: {} }

export function queryFromFilter(filter: SpanFilter): Query {
  return allOf(filter.map(queryFromPart))
}

export function allOf(queries: readonly Query[]): Query {
  return queries.length === 1 && queries[0] ? queries[0] : { bool: { filter: queries } }
}

function queryFromPart(part: SpanCondition | AnyOf): Query {
  if (!('anyOf' in part)) return queryFromCondition(part)
  return part.anyOf.length === 0
    ? NOTHING
    : { bool: { should: part.anyOf.map(queryFromCondition), minimum_should_match: 1 } }
}

const TEXTS = {
  service: 'service',
  remoteService: 'remote',
  operation: 'name',
  kind: 'kind',
} as const

function queryFromCondition(condition: SpanCondition): Query {
  const { field } = condition
  switch (field.on) {
    case 'service':
    case 'remoteService':
    case 'operation':
    case 'kind': {
      const name = TEXTS[field.on]
      return condition.is === 'present'
        ? present(name)
        : { term: { [name]: termOf(String(condition.value)) } }
    }
    case 'requestId':
      return condition.is === 'present' ? present('request') : requestQuery(String(condition.value))
    case 'duration':
      return condition.is === 'present'
        ? present('dur')
        : durationQuery(condition.is, Number(condition.value))
    case 'error':
      return condition.is === 'present'
        ? { term: { error: true } }
        : tagQuery('error', String(condition.value))
    case 'tag':
      return condition.is === 'present' ? tagPresent(field.key) : tagQuery(field.key, String(condition.value))
    case 'annotation':
      return condition.is === 'present'
        ? present('notes')
        : { term: { notes: termOf(String(condition.value)) } }
  }
}

const present = (field: string): Query => ({ exists: { field } })

function tagPresent(key: string): Query {
  const marked = { term: { tags: keyMark(key) } }
  const token = keyToken(key)
  return token.length > LONGEST_TERM
    ? marked
    : { bool: { should: [{ prefix: { tags: token } }, marked], minimum_should_match: 1 } }
}

function tagQuery(key: string, value: string): Query {
  return { term: { tags: termOf(tagToken(key, value)) } }
}

/**
 * The column alone would do, but isn't indexed: the tags that a request id comes from are, and lead to it. Which of
 * several such tags counts, the column knows.
 */
function requestQuery(request: string): Query {
  const leads = REQUEST_ID_TAGS.map((key) => termOf(tagToken(key, request)))
  return allOf([
    { terms: { tags: [...leads, requestMark(request)] } },
    { term: { request: termOf(request) } },
  ])
}

function durationQuery(comparison: '=' | '>=' | '<=', micros: number): Query {
  // Durations are whole; a bound need not be.
  const most = Math.min(Math.floor(micros), Number.MAX_SAFE_INTEGER)
  const least = Math.max(Math.ceil(micros), 0)
  if (Number.isNaN(micros)) return NOTHING
  if (comparison === '>=')
    return least > Number.MAX_SAFE_INTEGER ? NOTHING : { range: { dur: { gte: least } } }
  if (comparison === '<=') return most < 0 ? NOTHING : { range: { dur: { lte: most } } }
  return Number.isSafeInteger(micros) ? { term: { dur: micros } } : NOTHING
}
