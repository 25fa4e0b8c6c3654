// Zipkin's own server beside ours: the whole list of `npm run conformance`, where a Java and Maven are there.
import { beforeAll, describe, expect, test } from '@jest/globals'
import { whyNot } from '../backends/distribution.ts'
import { ZIPKIN } from '../backends/zipkin.ts'
import { INTENDED } from './intended.ts'
import { REQUESTS } from './requests.ts'
import { type Outcome, outcomes } from './run.ts'

const missing = whyNot(ZIPKIN)
/** Three starts of each server on a busy machine, and the fetching of Zipkin's for the first time. */
const RUN_MS = 600_000

function answers(): void {
  const all: Outcome[] = []
  beforeAll(async () => {
    for await (const outcome of outcomes(REQUESTS)) all.push(outcome)
  }, RUN_MS)

  test('are those of Zipkin, but where it is on the list', () => {
    expect(all.length).toBeGreaterThan(REQUESTS.length)
    expect(
      all.filter(({ unmeant }) => unmeant.length > 0).map(({ asked, unmeant }) => [asked.name, unmeant]),
    ).toEqual([])
  })

  test('differ wherever the list says so', () => {
    const met = new Set(all.flatMap(({ meant }) => meant))
    expect(INTENDED.filter((each) => !met.has(each)).map(({ why }) => why)).toEqual([])
  })
}

const NAME = "Hopscope's answers to Zipkin's clients"
if (missing === undefined) describe(NAME, answers)
else if (process.env['HOPSCOPE_REQUIRE_BACKENDS'] === '1')
  test(`${NAME} can be compared`, () => {
    throw new Error(missing)
  })
else describe.skip(`${NAME} (${missing})`, answers)
