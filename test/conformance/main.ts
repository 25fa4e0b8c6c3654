// `npm run conformance`: prints where we answer otherwise than Zipkin's own server, and ends with 1 if that was not meant.
import { parseArgs } from 'node:util'
import { whyNot } from '../backends/distribution.ts'
import { ZIPKIN } from '../backends/zipkin.ts'
import { INTENDED, type Intended } from './intended.ts'
import { REQUESTS } from './requests.ts'
import { type Outcome, outcomes } from './run.ts'

const USAGE = `npm run conformance [-- options]
  --only NAME   only requests whose name has this in it
  --show        every request with both answers, not only those that differ
`

/** Of a body that differs: so much before the difference is shown, and so much in all. */
const CONTEXT = 60
const MOST = 600

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    show: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const chosen = REQUESTS.filter(({ name }) => name.includes(values.only))
const trouble = whyNot(ZIPKIN)

if (values.help) process.stdout.write(USAGE)
else if (chosen.length === 0 || trouble !== undefined) {
  process.stderr.write(trouble === undefined ? USAGE : `${trouble}\n`)
  process.exitCode = 2
} else process.exitCode = (await run()) ? 0 : 1

/** @returns whether all differences were meant, and all that were meant are there */
async function run(): Promise<boolean> {
  // What was started ends with this process, but only when it ends by itself.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  const met = new Map<Intended, string[]>(INTENDED.map((each) => [each, []]))
  let asked = 0
  let same = 0
  let bad = 0
  for await (const outcome of outcomes(chosen)) {
    asked++
    if (outcome.differences.length === 0) same++
    if (outcome.unmeant.length > 0) bad++
    for (const each of outcome.meant) met.get(each)?.push(outcome.asked.name)
    if (values.show || outcome.unmeant.length > 0) say(described(outcome))
  }
  say('\nMeant to differ:')
  for (const [{ why }, [first, ...more]] of met)
    if (first !== undefined) say(`  ${why}\n    ${first}${more.length > 0 ? ` and ${more.length} more` : ''}`)
  const gone = values.only === '' ? INTENDED.filter((each) => met.get(each)?.length === 0) : []
  for (const { why } of gone) say(`\nNO MORE  a difference that is on the list: ${why}`)
  say(`\n${asked} requests: ${same} the same, ${asked - same - bad} meant to differ, ${bad} NOT MEANT`)
  return bad + gone.length === 0
}

function described({ asked, zipkin, ours, differences, unmeant, meant, note }: Outcome): string {
  const mark = differences.length === 0 ? 'same' : unmeant.length > 0 ? 'DIFFERS' : 'meant'
  const lines = [`${mark.padEnd(8)} ${asked.name}`]
  for (const { of, zipkin, ours } of unmeant) {
    const at = firstDifference(zipkin, ours)
    lines.push(`  ${of}`, `    Zipkin ${cut(zipkin, at)}`, `    ours   ${cut(ours, at)}`)
  }
  if (values.show)
    for (const [who, { status, headers, body }] of Object.entries({ Zipkin: zipkin, ours }))
      lines.push(`  ${who.padEnd(6)} ${status} ${JSON.stringify(headers)} ${cut(body)}`)
  for (const { why } of meant) lines.push(`  because ${why}`)
  if (values.show && note !== undefined) lines.push(`  note: ${note}`)
  return lines.join('\n')
}

function firstDifference(a: string, b: string): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return at
}

function cut(text: string, at = 0): string {
  const from = Math.max(0, at - CONTEXT)
  const shown = text.slice(from, from + MOST)
  return `${from > 0 ? '…' : ''}${JSON.stringify(shown)}${from + MOST < text.length ? '…' : ''}`
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
