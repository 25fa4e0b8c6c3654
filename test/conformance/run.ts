// Gives Zipkin and Hopscope the same spans, asks both the same things, and tells of each request how they differed.
import { rmSync } from 'node:fs'
import { startServer } from '../support/server-process.ts'
import { startZipkin } from '../backends/zipkin.ts'
import { ask, type Answer } from './answer.ts'
import { compare, type Comparison, type Difference } from './compare.ts'
import { type Intended, INTENDED, isIntended } from './intended.ts'
import { type Asked, GROUPS, type Group } from './requests.ts'
import { conformanceSpans } from './spans.ts'

export interface Outcome extends Comparison {
  readonly asked: Asked
  readonly zipkin: Answer
  readonly ours: Answer
  /** Those of `differences` that nobody meant. */
  readonly unmeant: readonly Difference[]
  readonly meant: readonly Intended[]
}

/** So long ago that all traces are over, and well within the default lookback. */
const AGO_MS = 600_000

/** Both servers start at once, and end before the next group. */
export async function* outcomes(requests: readonly Asked[]): AsyncGenerator<Outcome> {
  for (const group of Object.keys(GROUPS) as Group[]) {
    const mine = requests.filter((each) => each.group === group)
    if (mine.length > 0) yield* outcomesOf(mine, GROUPS[group])
  }
}

async function* outcomesOf(
  requests: readonly Asked[],
  env: Readonly<Record<string, string>>,
): AsyncGenerator<Outcome> {
  const [zipkin, ours] = await Promise.all([startZipkin(env), startServer({ env })])
  const t0 = Date.now() - AGO_MS
  const both = async (asked: Asked): Promise<Outcome> => {
    const sent = { ...asked, path: asked.path.replace(/T([+-]\d+)/g, (_, ms: string) => String(t0 + Number(ms))) }
    const [theirs, mine] = await Promise.all([ask(zipkin.url, sent), ask(ours.url, sent)])
    const comparison = compare(theirs, mine, asked.form)
    const meant = INTENDED.filter((each) => comparison.differences.some((one) => isIntended(each, asked, one)))
    const unmeant = comparison.differences.filter((one) => !meant.some((each) => isIntended(each, asked, one)))
    return { asked, zipkin: theirs, ours: mine, ...comparison, unmeant, meant }
  } // prettier-ignore
  try {
    for (const span of conformanceSpans(t0)) yield await both(posting(span, requests[0]?.group ?? 'default'))
    for (const asked of requests) yield await both(asked)
  } finally {
    await Promise.all([zipkin.remove(), ours.stop('SIGKILL')])
    rmSync(ours.dataDir, { recursive: true, force: true })
  }
}

function posting(span: Readonly<Record<string, unknown>>, group: Group): Asked {
  return {
    name: `span ${String(span['traceId'])} ${String(span['id'])}`,
    group,
    method: 'POST',
    path: '/api/v2/spans',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify([span]),
    form: 'plain',
  }
}
