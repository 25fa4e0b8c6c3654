// Says where two answers to one request differ.
import { isDeepStrictEqual } from 'node:util'
import { type Answer, HEADERS } from './answer.ts'
import type { Form } from './requests.ts'

export interface Difference {
  /** `status`, `body`, or the name of a header. */
  readonly of: string
  readonly zipkin: string
  readonly ours: string
}

export interface Comparison {
  readonly differences: readonly Difference[]
  /** What makes the bodies differ as texts, though they say the same. */
  readonly note: string | undefined
}

export function compare(zipkin: Answer, ours: Answer, form: Form): Comparison {
  const differences: Difference[] = []
  const differ = (of: string, theirs: string, mine: string) => {
    if (theirs !== mine) differences.push({ of, zipkin: theirs, ours: mine })
  }
  differ('status', String(zipkin.status), String(ours.status))
  for (const name of HEADERS) differ(name, zipkin.headers[name] ?? '', ours.headers[name] ?? '')
  if (zipkin.body === ours.body) return { differences, note: undefined }

  const [theirs, mine] = [settled(zipkin.body, form), settled(ours.body, form)]
  if (theirs.text === mine.text) return { differences, note: 'another order or spacing' }
  if (theirs.value !== undefined && isDeepStrictEqual(theirs.value, mine.value))
    return { differences, note: 'another order of keys' }
  differ('body', theirs.text, mine.text)
  return { differences, note: undefined }
}

/** A body without what is left to chance, as text, and as JSON where it is that. */
function settled(body: string, form: Form): { text: string; value?: unknown } {
  if (form === 'metrics') return { text: metricNames(body).join('\n') }
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    // Not JSON: an error in words, or a page.
    return { text: body }
  }
  const ordered = form === 'keys' ? shapeOf(value) : orderly(value, form)
  return { text: JSON.stringify(ordered), value: ordered }
}

/** Zipkin: spans are "in any order"; so are links. The order of traces counts. */
function orderly(value: unknown, form: Form): unknown {
  if (!Array.isArray(value)) return value
  if (form === 'spans' || form === 'links') return sorted(value)
  return form === 'traces' ? value.map((trace) => (Array.isArray(trace) ? sorted(trace) : (trace as unknown))) : value
} // prettier-ignore

function sorted(values: readonly unknown[]): unknown[] {
  return values
    .map((value) => ({ value, text: JSON.stringify(value) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ value }) => value)
}

/** Keys and types: what is behind them is each server's own. Small answers only: it recurses. */
function shapeOf(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shapeOf(each)]))
}

/** Of the families that Zipkin's dashboards use, without those of its gRPC and those of a Java. */
function metricNames(body: string): string[] {
  const names = body.startsWith('{')
    ? Object.keys(JSON.parse(body) as object)
    : [...body.matchAll(/^# TYPE (.+)$/gm)].map(([, name = '']) => name)
  return names.filter((name) => /zipkin_collector|^http_server/.test(name) && !name.endsWith('.grpc')).sort()
}
