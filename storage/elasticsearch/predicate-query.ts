// Translates a span predicate into an Elasticsearch query over one span document, exactly. Values are JSON values of the
// query, never part of its text.
import { type Comparison, REQUEST_ID_TAGS, type SpanCondition, type SpanPredicate } from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import { allOf, anyOf, depthOf, EVERYTHING, noneOf, NOTHING, type Query } from './bool-query.ts'
import { patternQuery } from './pattern-query.ts'
import { keyMark, keyToken, LONGEST_KEY_TOKEN, LONGEST_TERM, requestMark, tagToken, termOf } from './terms.ts'

interface Translated {
  /** Every span that passes the predicate passes this. */
  readonly query: Query
  /** Whether no other span does. */
  readonly exact: boolean
}

/** Levels of a query; Elasticsearch takes thirty (`indices.query.bool.max_nested_depth`), some of which go around it. */
const DEEPEST = 25

export function translate(predicate: SpanPredicate): Translated {
  const translated = translatedPart(predicate)
  return depthOf(translated.query) > DEEPEST ? INEXACT : translated
}

const INEXACT: Translated = { query: EVERYTHING, exact: false }

function translatedPart(predicate: SpanPredicate): Translated {
  if ('all' in predicate) return joined(predicate.all.map(translatedPart), allOf)
  if ('any' in predicate) return joined(predicate.any.map(translatedPart), anyOf)
  if ('not' in predicate) {
    const { query, exact } = translatedPart(predicate.not)
    return exact ? { query: noneOf(query), exact } : INEXACT
  }
  const query = queryFromCondition(predicate)
  return query === undefined ? INEXACT : { query, exact: true }
}

/**
 * @throws HopscopeError `query-invalid`: more levels than Elasticsearch takes
 * @throws TypeError if a condition isn't native
 */
export function queryFromPredicate(predicate: SpanPredicate): Query {
  const { query, exact } = translatedPart(predicate)
  if (!exact) throw new TypeError('Elasticsearch can not look for this condition')
  if (depthOf(query) > DEEPEST)
    throw new HopscopeError(
      'query-invalid',
      `Elasticsearch takes no more than ${DEEPEST} levels of brackets.`,
    )
  return query
}

/** Whether there is a query that says exactly this. */
export function isNative(condition: SpanCondition): boolean {
  return queryFromCondition(condition) !== undefined
}

function joined(parts: readonly Translated[], join: (queries: readonly Query[]) => Query): Translated {
  return { query: join(parts.map(({ query }) => query)), exact: parts.every(({ exact }) => exact) }
}

const TEXTS = {
  service: 'service',
  remoteService: 'remote',
  operation: 'name',
  kind: 'kind',
  annotation: 'notes',
} as const

/** Undefined where there is none. */
function queryFromCondition(condition: SpanCondition): Query | undefined {
  if ('number' in condition)
    return condition.field.on === 'duration' ? durationQuery(condition.is, condition.number) : undefined
  const { field } = condition
  switch (field.on) {
    case 'service':
    case 'remoteService':
    case 'operation':
    case 'kind':
    case 'annotation': {
      const name = TEXTS[field.on]
      if (condition.is === 'present') return present(name)
      return condition.is === '='
        ? { term: { [name]: termOf(condition.value) } }
        : patternQuery(condition.value, name)
    }
    case 'error':
      return condition.is === 'present' ? { term: { error: true } } : tagQuery('error', condition)
    case 'tag':
      return condition.is === 'present' ? tagPresent(field.key) : tagQuery(field.key, condition)
    case 'requestId':
      if (condition.is === 'present') return present('request')
      return condition.is === '=' ? requestQuery(condition.value) : undefined
    case 'duration': {
      if (condition.is === 'present') return present('dur')
      if (condition.is === '=~') return undefined
      const { value } = condition
      return String(Number(value)) === value ? durationQuery('=', Number(value)) : NOTHING
    }
    case 'id':
      return condition.is === 'present' ? EVERYTHING : undefined
    case 'parentId':
      return condition.is === 'present' ? present('parent') : undefined
  }
}

const present = (field: string): Query => ({ exists: { field } })

function tagPresent(key: string): Query {
  const marked = { term: { tags: keyMark(key) } }
  const token = keyToken(key)
  return token.length > LONGEST_TERM ? marked : anyOf([{ prefix: { tags: token } }, marked])
}

function tagQuery(
  key: string,
  { is, value }: { readonly is: '=' | '=~'; readonly value: string },
): Query | undefined {
  if (is === '=') return { term: { tags: termOf(tagToken(key, value)) } }
  const token = keyToken(key)
  if (token.length > LONGEST_KEY_TOKEN) return undefined
  const among = (field: string) => patternQuery(value, field, token)
  const [tags, wide] = [among('tags'), among('wide')]
  return tags && wide && anyOf([tags, wide])
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

/** Durations are whole and at least 1; a bound need not be. */
function durationQuery(is: Comparison, micros: number): Query {
  if (Number.isNaN(micros)) return NOTHING
  const from = is === '>' ? Math.floor(micros) + 1 : Math.ceil(micros)
  const to = is === '<' ? Math.ceil(micros) - 1 : Math.floor(micros)
  const least = is === '<' || is === '<=' ? 0 : Math.max(from, 0)
  const most = is === '>' || is === '>=' ? Number.MAX_SAFE_INTEGER : Math.min(to, Number.MAX_SAFE_INTEGER)
  return least > most ? NOTHING : { range: { dur: { gte: least, lte: most } } }
}
