// `npm run demo`: starts everything, sends traffic, and says where to look. `--once` sends some, checks it, and ends;
// `--distributed` does it over Kafka and Elasticsearch.
import { Launch, pause } from './launch.ts'
import { findStory, linesOf } from './story.ts'
import { ordinaryVisit, storyVisit } from './traffic.ts'

const ONCE = process.argv.includes('--once')
const VISITS = 49
const DISTRIBUTED = process.argv.includes('--distributed')

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

let ending: Promise<void> | undefined
let interrupted = (): void => undefined
const interruption = new Promise<void>((resolve) => {
  interrupted = resolve
})

const end = (code: number): Promise<void> => {
  ending ??= launch.down().then(() => {
    process.exitCode = code
    interrupted()
  })
  return ending
}

const fail = (error: unknown): Promise<void> => {
  if (!ending) say(`\nThe demo stops: ${error instanceof Error ? error.message : String(error)}`)
  return end(1)
}

const launch = new Launch(say, (what) => {
  say(`\nA part of the demo is gone: ${what}`)
  fail('it needs all of its parts.').catch(say)
})

const stop = (): void => {
  if (!ending) say('\nStopping: ending every service, then Hopscope.')
  end(0).catch(fail)
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
process.on('SIGHUP', stop)

const run = async (): Promise<void> => {
  const stage = await launch.up(DISTRIBUTED)
  say(`Sending ${VISITS + 1} requests ...`)
  for (let n = 0; n < VISITS && !ending; n += 5) {
    await Promise.all(
      Array.from({ length: Math.min(5, VISITS - n) }, (_, at) => ordinaryVisit(stage.web, n + at)),
    )
  }
  const story = await storyVisit(stage.web)
  const trace = await findStory(stage, story, DISTRIBUTED, () => ending !== undefined)
  for (const line of linesOf(stage, story, trace, ONCE)) say(line)
  if (ONCE) {
    say(`Its trace ${trace[0]?.traceId} is stored, with all of its spans. Ending every process.`)
    if (launch.ownsHopscope) {
      say('Hopscope was started for this run and ends too; without --once it stays until Ctrl-C.')
    }
    return end(0)
  }
  say('One request a second goes on until Ctrl-C.')
  for (let n = 0; !ending; n++) {
    await Promise.race([pause(1000), interruption])
    if (!ending) await ordinaryVisit(stage.web, n)
  }
}

run()
  .catch(fail)
  .then(() => ending)
  .catch(fail)
