// `npm run faults`: plays the faults with real processes, prints a row for each, and ends with 1 if a promise was broken.
import { parseArgs } from 'node:util'
import { FAULTS, LONG, SHORT } from './faults.ts'
import { brokenPromises, type Row, table } from './row.ts'
import { Stage } from './stage.ts'

const USAGE = `npm run faults [-- NAME … [options]]
  --spans N   spans of each fault; ${LONG.spans} unless said otherwise
  --short     short outages, as in npm test

${FAULTS.map(({ name, about }) => `  ${name.padEnd(24)} ${about}\n`).join('')}`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    spans: { type: 'string', default: String(LONG.spans) },
    short: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const spans = Number(values.spans)
const isKnown = positionals.every((name) => FAULTS.some((fault) => fault.name === name))

if (values.help) process.stdout.write(USAGE)
else if (!isKnown || !(spans >= 1000 && Number.isInteger(spans))) {
  process.stderr.write(USAGE)
  process.exitCode = 2
} else process.exitCode = (await run()) ? 0 : 1

/** @returns whether every promise was kept */
async function run(): Promise<boolean> {
  // What was started ends with this process, but only when it ends by itself.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  const say = (text: string) => void process.stdout.write(`${text}\n`)
  const chosen = FAULTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  const options = { ...LONG, spans, ...(values.short && { ...SHORT, spans }) }
  const rows: Row[] = []
  let kept = true
  say('Starting Kafka and Elasticsearch …')
  const stage = await Stage.open()
  try {
    for (const fault of chosen) {
      say(`\n${fault.name}: ${fault.about}`)
      try {
        const row = await fault.play(stage, options)
        const broken = brokenPromises(row)
        kept &&= broken.length === 0
        rows.push(row)
        for (const note of row.notes) say(`  ${note}`)
        for (const what of broken) say(`  BROKEN: ${what}`)
        say(table([row]))
      } catch (error) {
        kept = false
        say(`  BROKEN: ${error instanceof Error ? error.message : String(error)}`)
        await stage.mend()
      }
    }
  } finally {
    await stage.close()
  }
  say(`\n${table(rows)}`)
  say(kept ? 'Every promise was kept.' : 'Promises were broken.')
  return kept
}
