// Whatever the other side does, in whatever order: every span is accounted for, bounded, in order, and sent once.
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { HttpReporter, type ReporterStats, type Span } from '../index.ts'
import { closeAll, listen, spanNamed, until } from '../testing/harness.ts'
import { BatchReporter, type SpanReporter } from './batch-reporter.ts'
import type { Answer, Sender } from './sender.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const namesIn = (body: string): string[] => (JSON.parse(body) as Span[]).map((span) => span.name)

/** How many spans are reported before the event loop gets its turn, and how big they are. */
const bursts = fc.array(
  fc.record({ spans: fc.nat(12), size: fc.oneof(fc.nat(200), fc.nat(6000)), turns: fc.nat(3) }),
  { maxLength: 20 },
)
type Bursts = { spans: number; size: number; turns: number }[]

const BOUNDS = { maxSpans: 40, maxBytes: 30_000 }

const expectAccounted = ({ accepted, sent, refused, lost, queued, queuedBytes }: ReporterStats): void => {
  expect(sent + refused + lost + queued).toBe(accepted)
  expect(queued).toBeLessThanOrEqual(BOUNDS.maxSpans)
  expect(queuedBytes).toBeLessThanOrEqual(BOUNDS.maxBytes)
  expect(queuedBytes > 0).toBe(queued > 0)
}

/** Reports them, numbered; gives the names of those that were accepted. */
const reportAll = async (reporter: SpanReporter, all: Bursts): Promise<string[]> => {
  const accepted: string[] = []
  let at = 0
  for (const { spans, size, turns } of all) {
    for (let left = spans; left > 0; left--) {
      const before = reporter.stats().accepted
      const name = `s${at++}`
      reporter.report({ ...spanNamed(name), tags: { x: 'é'.repeat(size) } })
      if (reporter.stats().accepted > before) accepted.push(name)
      expectAccounted(reporter.stats())
    }
    for (let left = turns; left > 0; left--) await turn()
    expectAccounted(reporter.stats())
  }
  return accepted
}

const answers = fc.array(
  fc.oneof(
    fc.constant<Answer>({ kind: 'stored' }),
    fc.constant<Answer>({ kind: 'refused', reason: 'no' }),
    fc.constant<Answer>({ kind: 'again', reason: 'later' }),
    fc.constant(new Error('a fault of the sender')),
  ),
  { maxLength: 15 },
)

test('batches go one at a time, in order, within their bounds, the same again until they are settled', async () => {
  await fc.assert(
    fc.asyncProperty(
      bursts,
      answers,
      fc.record({
        batchSpans: fc.integer({ min: 1, max: 10 }),
        batchBytes: fc.integer({ min: 1, max: 9000 }),
      }),
      fc.constantFrom(0, 1),
      async (all, script, batch, intervalMs) => {
        const settled: string[] = []
        let underWay = 0
        let again: Uint8Array | undefined
        const sender: Sender = {
          place: 'here',
          framing: 'list',
          release: () => Promise.resolve(),
          send: async (body) => {
            expect(++underWay).toBe(1)
            const text = body.toString()
            if (again) expect(body).toBe(again)
            const names = namesIn(text)
            expect(names.length).toBeLessThanOrEqual(batch.batchSpans)
            if (names.length > 1) expect(body.length).toBeLessThanOrEqual(batch.batchBytes)
            await turn()
            const answer = script.shift() ?? { kind: 'stored' }
            await turn()
            // No later span was written over it meanwhile.
            expect(body.toString()).toBe(text)
            underWay--
            again = answer instanceof Error || answer.kind === 'again' ? body : undefined
            if (answer instanceof Error) throw answer
            if (answer.kind !== 'again') settled.push(...names)
            return answer
          },
        }
        const options = {
          ...BOUNDS,
          ...batch,
          intervalMs,
          backoffMs: 1,
          maxBackoffMs: 1,
          log: () => undefined,
        }
        const reporter = new BatchReporter(sender, options)
        const accepted = await reportAll(reporter, all)
        while (!(await reporter.flush(5000))) expectAccounted(reporter.stats())
        expect(settled).toEqual(accepted)
        expect(reporter.stats()).toMatchObject({ lost: 0, queued: 0, queuedBytes: 0 })
        await reporter.close()
        expectAccounted(reporter.stats())
      },
    ),
    { numRuns: 150 },
  )
})

/** What a collector does with a post, and whether it has stored its spans then. */
const FAILURES = {
  // It says that it took nothing, or the reporter can see that it can't have.
  503: 'nothing',
  429: 'nothing',
  'reset before the body': 'nothing',
  // It says that it took them, before or while the connection breaks.
  'answer cut off': 'stored',
  'answer before the body': 'stored',
  // It took them, and does not get to say so.
  500: 'stored, unsaid',
  'reset after the body': 'stored, unsaid',
  hang: 'stored, unsaid',
} as const
type Failure = keyof typeof FAILURES
const failures = Object.keys(FAILURES) as Failure[]
const definite = failures.filter((failure) => FAILURES[failure] !== 'stored, unsaid')

/** Keeps the names of the spans it stored, in order; fails as the script says and is well after it. */
const scripted = async (script: Failure[]): Promise<{ url: string; stored: string[] }> => {
  const stored: string[] = []
  const port = await listen((request, response) => {
    const failure = script.shift()
    if (failure === 'reset before the body') return void request.socket.destroy()
    if (failure === 'answer before the body') response.writeHead(202).end()
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => undefined)
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
      if (failure === undefined || FAILURES[failure] !== 'nothing') stored.push(...namesIn(plain.toString()))
      if (failure === 'reset after the body') request.socket.destroy()
      else if (failure === 'answer cut off') {
        response.writeHead(202, { 'content-length': 100 })
        response.write('thank', () => request.socket.destroy())
      } else if (failure === undefined) response.writeHead(202).end()
      else if (/\d/.test(String(failure))) response.writeHead(Number(failure)).end()
    })
  })
  return { url: `http://127.0.0.1:${port}`, stored }
}

describe('over HTTP', () => {
  afterEach(closeAll)

  interface Outcome {
    accepted: string[]
    stored: string[]
    lost: number
  }
  const always = (
    kinds: readonly Failure[],
    options: { resendUnanswered: boolean; compress: boolean },
    then: (outcome: Outcome) => void,
  ): Promise<void> => {
    const scripts = fc.array(fc.constantFrom(...kinds), { maxLength: 5 })
    const property = fc.asyncProperty(bursts, scripts, async (all, script) => {
      const { url, stored } = await scripted([...script])
      const reporter = new HttpReporter({
        ...BOUNDS,
        ...options,
        collectorUrl: url,
        batchBytes: 8000,
        intervalMs: 1,
        backoffMs: 1,
        maxBackoffMs: 2,
        timeoutMs: 100,
        log: () => undefined,
      })
      const accepted = await reportAll(reporter, all)
      while (!(await reporter.flush(5000))) expectAccounted(reporter.stats())
      await reporter.close()
      await closeAll()
      const { sent, lost } = reporter.stats()
      expect(sent + lost).toBe(accepted.length)
      then({ accepted, stored, lost })
    })
    return fc.assert(property, { numRuns: 40 })
  }

  test.each([true, false])(
    'a span is stored once and in order, where it can be known what was stored (gzip: %s)',
    (compress) =>
      always(definite, { resendUnanswered: true, compress }, ({ accepted, stored, lost }) => {
        expect(stored).toEqual(accepted)
        expect(lost).toBe(0)
      }),
  )

  test('a span is stored at least once, where answers are lost', () =>
    always(failures, { resendUnanswered: true, compress: true }, ({ accepted, stored, lost }) => {
      expect([...new Set(stored)]).toEqual(accepted)
      expect(lost).toBe(0)
    }))

  test('a span is stored at most once without `resendUnanswered`, whatever happens', () =>
    always(failures, { resendUnanswered: false, compress: true }, ({ accepted, stored, lost }) => {
      expect(new Set(stored).size).toBe(stored.length)
      expect(stored.length).toBeGreaterThanOrEqual(accepted.length - lost)
    }))

  test('without `resendUnanswered` a collector that is away is waited for all the same, and what may be lost is told', async () => {
    const port = await listen(() => undefined)
    await closeAll()
    const logged: string[] = []
    const reporter = new HttpReporter({
      collectorUrl: `http://127.0.0.1:${port}`,
      intervalMs: 1,
      backoffMs: 1,
      maxBackoffMs: 5,
      resendUnanswered: false,
      log: (line) => logged.push(line),
    })
    reporter.report(spanNamed('patient'))
    await until('retries', () => reporter.stats().retries > 2)
    await reporter.close(20)
    const { url, stored } = await scripted(['reset after the body'])
    const other = new HttpReporter({
      collectorUrl: url,
      intervalMs: 1,
      backoffMs: 1,
      resendUnanswered: false,
      log: (line) => logged.push(line),
    })
    other.report(spanNamed('unanswered'))
    await until('it is given up', () => other.stats().lost === 1)
    other.report(spanNamed('next'))
    await until('the next', () => other.stats().sent === 1)
    await other.close()
    expect(stored).toEqual(['unanswered', 'next'])
    expect(logged).toContainEqual(expect.stringContaining('may have 1 spans, not sent again: socket hang up'))
  })
})
