// `npm run demo`: starts everything, sends traffic, and says where to look. `--once` sends some, checks it, and ends.
import { Launch, pause, type Stage } from './launch.ts'
import { ordinaryVisit, storyVisit, type Visited } from './traffic.ts'

const ONCE = process.argv.includes('--once')
const VISITS = 49
const FOUND_WITHIN_MS = 30_000
// web and its call, checkout and its basket, 3 reservations (call, serve, query), 2 charges and a transfer (call, serve).
const SPANS_OF_STORY = 19

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

/** The trace ids of a request, once all of its spans can be found. */
const findStory = async ({ hopscope }: Stage, story: Visited): Promise<string> => {
  const query = new URLSearchParams({ annotationQuery: `request_id=${story.requestId}`, limit: '10' })
  const limit = Date.now() + FOUND_WITHIN_MS
  let seen = 0
  while (Date.now() < limit && !ending) {
    const found = await spansAt(`${hopscope}/api/v2/traces?${query.toString()}`)
    const traceId = found?.flat().at(0)?.traceId
    const trace = traceId ? await spansAt(`${hopscope}/api/v2/trace/${traceId}`) : undefined
    seen = trace?.flat().length ?? 0
    if (traceId && seen >= SPANS_OF_STORY) return traceId
    await pause(200)
  }
  throw new Error(
    `only ${seen} of ${SPANS_OF_STORY} spans of request ${story.requestId} were found in Hopscope`,
  )
}

type Found = { traceId: string }
const spansAt = async (url: string): Promise<(Found | Found[])[] | undefined> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) })
  if (response.ok) return (await response.json()) as (Found | Found[])[]
  await response.arrayBuffer()
  return undefined
}

const tell = ({ hopscope, web }: Stage, story: Visited): void => {
  say('')
  say(`Hopscope:    ${hopscope}/`)
  say(`Request id:  ${story.requestId}`)
  say(`             Paste it into the search box, or open ${hopscope}/requests/${story.requestId}`)
  say(
    `What to see: an order that ended with ${story.status}: three reservations side by side, one of them slow;`,
  )
  say('             a payment tried twice; a bank that failed, and whose clock is 40 ms ahead.')
  if (!ONCE) say(`Your own:    curl -i ${web}/products/tea   (X-Request-ID in the answer is its request id)`)
  say('')
}

const run = async (): Promise<void> => {
  const stage = await launch.up()
  say(`Sending ${VISITS + 1} requests ...`)
  for (let n = 0; n < VISITS && !ending; n += 5) {
    await Promise.all(
      Array.from({ length: Math.min(5, VISITS - n) }, (_, at) => ordinaryVisit(stage.web, n + at)),
    )
  }
  const story = await storyVisit(stage.web)
  const traceId = await findStory(stage, story)
  tell(stage, story)
  if (ONCE) {
    say(`Its trace ${traceId} is stored, with all of its spans. Ending every process.`)
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
