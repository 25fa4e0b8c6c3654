// The parameters of /rest/v1/metrics: what is counted, by what, and in which steps.
import type { Request } from 'express'
import { type GroupKey, type SpanPredicate, spanPredicateOf } from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import { DEFAULT_QUANTILES, ENTRY, type MetricsQuestion } from './metrics.ts'
import {
  choiceParameter,
  invalid,
  limitParameter,
  onlyParameters,
  shown,
  textParameter,
  textParameters,
} from '../parameters.ts'
import { type GivenQuery, queryParameter } from '../rest/query-parameter.ts'
import { slicesOf, stepParameter, windowParameters } from './window-query.ts'

const MOST_QUANTILES = 10
const MOST_KEYS = 5
const MOST_SERIES = 1_000
const DEFAULT_SERIES = 100
/** Of all series together. */
const MOST_POINTS = 200_000

/** Of a list with commas; a comma in a tag's key has a backslash before it, as has a backslash before such a comma. */
const NAME = /(?:\\[\\,]|[^,])+/g
const ESCAPED = /\\([\\,])/g

const SPAN_LABELS = ['service', 'operation', 'kind', 'remoteService'] as const
/** What is asked for. @throws HopscopeError `query-invalid` for a q that isn't about single spans */
export function metricsFromRest(request: Request): MetricsQuestion {
  onlyParameters(request, ['start', 'end', 'step', 'by', 'q', 'spans', 'quantiles', 'limit', 'format'])
  const window = windowParameters(request)
  const step = stepParameter(request, window)
  const quantiles = quantilesParameter(request)
  const slices = slicesOf(window, step)
  const most = Math.min(MOST_SERIES, Math.floor(MOST_POINTS / slices))
  const why = `, as an answer has at most ${MOST_POINTS} points, and a series has ${slices} of them: give a longer step`
  const limit = limitParameter(
    request,
    Math.min(DEFAULT_SERIES, most),
    most,
    most < MOST_SERIES ? why : undefined,
  )
  const names = namesIn(request)
  const given = queryParameter(request, 'q')
  const spans = choiceParameter(request, 'spans', ['entry', 'all'])
  const asked = { ...window, step, quantiles, limit, given }
  if (names.includes('hop')) {
    if (names.length > 1) throw invalid('by', 'hop goes with nothing else; it tells from, to and kind apart')
    for (const [name, value] of Object.entries({ q: given, spans }))
      if (value !== undefined) throw invalid(name, 'with by=hop all calls are counted; leave it out')
    return { ...asked, by: 'hop', of: { ...window, step, quantiles } }
  }
  const where = given === undefined ? undefined : predicateOf(given)
  const all = [...(spans === 'all' ? [] : [ENTRY]), ...(where === undefined ? [] : [where])]
  const by = names.map(keyNamed)
  return { ...asked, by: 'span', of: { ...window, step, quantiles, limit, where: { all }, by } }
}

function predicateOf({ query, text }: GivenQuery): SpanPredicate {
  const predicate = spanPredicateOf(query)
  if (predicate !== undefined) return predicate
  throw new HopscopeError(
    'query-invalid',
    `q: spans are counted one by one, so it can only be one { … } with conditions on the span itself: ` +
      `no pipeline, no operator between { … }, nothing about its trace or other spans, no arithmetic. It is ${shown(text)}.`,
  )
}

function namesIn(request: Request): string[] {
  const all = textParameters(request, 'by').flatMap((list) => list.match(NAME) ?? [])
  const names = [...new Set(all.map((name) => name.trim().replace(ESCAPED, '$1')))].filter(
    (name) => name !== '',
  )
  if (names.length > MOST_KEYS) throw invalid('by', `it has more than ${MOST_KEYS} names`)
  return names
}

function keyNamed(name: string): GroupKey {
  const on = SPAN_LABELS.find((label) => label === name)
  if (on !== undefined) return { on }
  if (name.startsWith('tag:') && name.length > 4) return { on: 'tag', key: name.slice(4) }
  throw invalid('by', `${shown(name)} is none of ${SPAN_LABELS.join(', ')}, tag:KEY, hop`)
}

function quantilesParameter(request: Request): readonly number[] {
  const text = textParameter(request, 'quantiles')
  if (text === undefined) return DEFAULT_QUANTILES
  const quantiles = [
    ...new Set(text.split(',').map((word) => (/^[01]?(\.\d{1,9})?$/.test(word) ? Number(word || NaN) : NaN))),
  ]
  if (quantiles.some((q) => !(q >= 0 && q <= 1)))
    throw invalid('quantiles', `${shown(text)} is no list of numbers between 0 and 1, such as 0.5,0.99`)
  if (quantiles.length > MOST_QUANTILES)
    throw invalid('quantiles', `there are more than ${MOST_QUANTILES} of them`)
  return quantiles
}
