// Finds what a word that TraceQL doesn't know was meant to be.
import { KIND_NAMES } from './ast.ts'
import { Mistake, replaced } from './errors.ts'
import { FIELD_WORDS, isMetricsFunction, unsupportedName } from './parser-names.ts'

interface Place {
  readonly at: number
  readonly end: number
}

export const STATUS_NAMES = ['error', 'ok', 'unset'] as const
const VALUE_WORDS = [...STATUS_NAMES, ...KIND_NAMES, 'true', 'false', 'nil']
export const AGGREGATES = ['count', 'avg', 'max', 'min', 'sum'] as const

export function isAggregate(word: string): boolean {
  return (AGGREGATES as readonly string[]).includes(word)
}

const STAGE_WORDS: readonly string[] = [...AGGREGATES, 'by', 'coalesce', 'select']

export function isStageWord(word: string): boolean {
  return STAGE_WORDS.includes(word)
}

/** The stage that a word was meant to be, with Tempo's and SQL's names. */
export function nearestStage(word: string): string | undefined {
  if (/^(average|mean)$/i.test(word)) return 'avg'
  if (/^group_?by$/i.test(word)) return 'by'
  return nearest(word, STAGE_WORDS)
}

/** Names of other tools, in lower case and without `_`, `-` and dots, and the field that they mean. */
const OTHER_NAMES = new Map([
  ['service', 'resource.service.name'],
  ['servicename', 'resource.service.name'],
  ['svc', 'resource.service.name'],
  ['app', 'resource.service.name'],
  ['operation', 'name'],
  ['operationname', 'name'],
  ['spanname', 'name'],
  ['latency', 'duration'],
  ['elapsed', 'duration'],
  ['spankind', 'kind'],
  ['trace', 'trace:id'],
  ['traceid', 'trace:id'],
  ['spanid', 'span:id'],
  ['parentid', 'span:parentID'],
  ['parentspanid', 'span:parentID'],
  ['request', 'requestId'],
  ['correlationid', 'requestId'],
  ['peerservice', 'remoteService'],
  ['rootspan', 'rootName'],
])

const NO_OPERATORS = new Map([
  ['and', '&&'],
  ['or', '||'],
  ['not', '!'],
])

/** Words of other languages for operators: `AND`. Undefined if it is none. */
export function operatorWord(word: string, place: Place): Mistake | undefined {
  const meant = NO_OPERATORS.get(word.toLowerCase())
  return meant === undefined
    ? undefined
    : replaced(`TraceQL writes \`${meant}\`, not \`${word}\`.`, place, meant)
}

/** `like`, `contains` and others between a field and a value. */
export function comparisonWord(word: string, place: Place): Mistake | undefined {
  if (!/^(like|ilike|contains|matches|regex|rlike|in|is|equals|between|startswith|endswith)$/i.test(word))
    return undefined
  if (/^(is|equals)$/i.test(word)) return replaced(`TraceQL writes \`=\`, not \`${word}\`.`, place, '=')
  if (/^(matches|regex|rlike)$/i.test(word))
    return replaced(`TraceQL writes \`=~\`, not \`${word}\`.`, place, '=~')
  const how = /^between$/i.test(word)
    ? '`duration > 1s && duration < 2s`'
    : '`name =~ ".*text.*"`, `name =~ "a|b"`'
  return new Mistake(`TraceQL has no \`${word}\`: write for example ${how}.`, place.at, place.end)
}

/** The mistake that an unknown word is where a field should stand. */
export function unknownField(word: string, place: Place): Mistake {
  const known = unsupportedName(word)
  if (known !== undefined) return new Mistake(known, place.at, place.end)
  if (isMetricsFunction(word)) return metricsFunction(word, place)
  if (isStageWord(word))
    return new Mistake(
      `\`${word}(…)\` stands after a \`|\`, as in \`{ … } | count() > 2\`, not in {…}.`,
      place.at,
      place.end,
    )
  const meant = OTHER_NAMES.get(word.toLowerCase().replace(/[_.-]/g, '')) ?? nearest(word, FIELD_WORDS)
  if (meant !== undefined)
    return replaced(`There is no field \`${word}\`. Did you mean \`${meant}\`?`, place, meant)
  const message = `There is no field \`${word}\`. An attribute begins with a dot or its scope: \`.${word}\` or \`span.${word}\`.`
  return replaced(message, place, `.${word}`)
}

/** `http.method`, `trace.duration`, `Span.a` */
export function unknownDotted(text: string, place: Place): Mistake {
  const [head = '', ...rest] = text.split('.')
  const scope = ['span', 'resource'].find((each) => each === head.toLowerCase())
  if (scope !== undefined && rest.join('.') !== '')
    return replaced(`The scope is \`${scope}\`, in lower case.`, place, `${scope}.${rest.join('.')}`)
  return unknownField(text.replace(/\.+$/, ''), place)
}

/** `span:nme`, `resource:service.name` */
export function unknownScoped(scope: string, name: string, place: Place): Mistake {
  const text = `${scope}:${name}`
  const known = unsupportedName(text)
  if (known !== undefined) return new Mistake(known, place.at, place.end)
  const names = FIELD_WORDS.flatMap((each) =>
    each.startsWith(`${scope}:`) ? each.slice(scope.length + 1) : [],
  )
  const near = (scope === 'trace' ? TRACE_NAMES.get(name) : undefined) ?? nearest(name, names)
  const meant = near === undefined ? undefined : `${scope}:${near}`
  if (meant !== undefined)
    return replaced(`There is no field \`${text}\`. Did you mean \`${meant}\`?`, place, meant)
  if (scope === 'span' || scope === 'resource')
    return replaced(`An attribute is \`${scope}.${name}\`, with a dot.`, place, `${scope}.${name}`)
  return new Mistake(`There is no field \`${text}\`.`, place.at, place.end)
}

const TRACE_NAMES = new Map([
  ['name', 'rootName'],
  ['service', 'rootService'],
  ['rootServiceName', 'rootService'],
])

/** A word that stands for a value, after a comparison of `field`. */
export function unknownValue(word: string, field: string, place: Place): Mistake {
  const lower = word.toLowerCase()
  const status = /(^|:)status$/.test(field)
  if (status || /(^|:)kind$/.test(field)) {
    const names: readonly string[] = status ? STATUS_NAMES : KIND_NAMES
    const meant = nearest(word, names)
    if (meant !== undefined)
      return replaced(`\`${word}\` is no ${field}. Did you mean \`${meant}\`?`, place, meant)
    return new Mistake(`\`${word}\` is no ${field}: one of ${names.join(', ')}.`, place.at, place.end)
  }
  if (/^(null|none|undefined)$/.test(lower))
    return replaced('TraceQL writes `nil` for what is missing.', place, 'nil')
  if (VALUE_WORDS.includes(lower)) return replaced(`\`${lower}\` is written in lower case.`, place, lower)
  return replaced(`A text needs quotes: \`"${word}"\`.`, place, JSON.stringify(word))
}

export function metricsFunction(word: string, { at, end }: Place): Mistake {
  const message = `\`${word}(…)\` computes metrics, which a search can’t: GET /rest/v1/metrics does, with the {…} as its q.`
  return new Mistake(message, at, end)
}

/** The one of the names that a word most likely is: the same but for case, or with few letters changed. */
function nearest(word: string, names: readonly string[]): string | undefined {
  const lower = word.toLowerCase()
  const key = lower.replaceAll('_', '').replaceAll('.', ':')
  const same = names.find((name) => name.toLowerCase() === lower || name.toLowerCase() === key)
  if (same !== undefined || word.length > 30) return same
  let best: string | undefined
  let least = word.length < 4 ? 1 : word.length < 6 ? 2 : 3
  for (const name of names) {
    const distance = editDistance(lower, name.toLowerCase())
    if (distance < least) [best, least] = [name, distance]
  }
  return best
}

/** How many letters are added, left out, changed or swapped with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      next.push(cost)
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
