// A reporter outlives the requests that report to it: it works outside of all of them, and keeps none of them alive.
import { AsyncLocalStorage } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, test } from '@jest/globals'
import { type Context, currentContext, runWithContext } from '../index.ts'
import { closeAll, fakeCollector, spanNamed, until } from '../testing/harness.ts'
import type { BatchOptions } from './batch-options.ts'
import { BatchReporter } from './batch-reporter.ts'
import { HttpReporter } from './http-reporter.ts'
import type { Answer, Sender } from './sender.ts'

const request = (requestId: string): Context => ({
  requestId,
  traceId: '0123456789abcdef',
  spanId: '0123456789abcdef',
  sampled: true,
})

/** What another library, or the service, keeps for each request. */
const foreign = new AsyncLocalStorage<object>()

/** `fn` in a request of ours and of another library. */
const inRequest = <T>(fn: () => T): T => foreign.run({}, () => runWithContext(request('first'), fn))

/** Answers as told, then stores; notes what it and the log are called in. */
const watched = (answers: Answer[], options: BatchOptions) => {
  const seen: { doing: string; requestId: string | undefined; foreign: object | undefined }[] = []
  const note = (doing: string): void => {
    seen.push({ doing, requestId: currentContext()?.requestId, foreign: foreign.getStore() })
  }
  const sender: Sender = {
    place: 'here',
    framing: 'list',
    send: async () => {
      note('send')
      await new Promise((resolve) => setImmediate(resolve))
      return answers.shift() ?? { kind: 'stored' }
    },
    release: async () => note('release'),
  }
  const reporter = new BatchReporter(sender, { backoffMs: 1, log: (line) => note(line), ...options })
  return {
    reporter,
    seen,
    outside: (doing: unknown) => ({ doing, requestId: undefined, foreign: undefined }),
  }
}

afterEach(closeAll)

test.each([
  ['at once', { intervalMs: 0 }],
  ['after a while', { intervalMs: 1 }],
  ['when a batch is full', { intervalMs: 60_000, batchSpans: 1 }],
])('no send, %s, and no log line is in a request', async (_, options) => {
  const { reporter, seen, outside } = watched(
    [
      { kind: 'again', reason: 'busy' },
      { kind: 'refused', reason: 'bad' },
    ],
    options,
  )
  inRequest(() => reporter.report(spanNamed('a')))
  await until('the refusal', () => reporter.stats().refused === 1)
  await inRequest(() => reporter.close())
  inRequest(() => reporter.report(spanNamed('late')))
  expect(seen).toEqual([
    outside('send'),
    outside(expect.stringContaining('trying again: busy')),
    outside('send'),
    outside(expect.stringContaining('not sent again: bad')),
    outside('release'),
    outside(expect.stringContaining('DROPPED')),
  ])
})

test('what waits for a flush goes on in its own request', async () => {
  const { reporter } = watched([], { intervalMs: 60_000 })
  reporter.report(spanNamed('a'))
  const after = await runWithContext(request('flushing'), async () => {
    await reporter.flush()
    return currentContext()?.requestId
  })
  expect(after).toBe('flushing')
  await reporter.close()
})

test('a reporter made in a request is not of that request', async () => {
  const { reporter, seen, outside } = runWithContext(request('first'), () => watched([], { intervalMs: 0 }))
  reporter.report(spanNamed('a'))
  await reporter.close()
  expect(seen).toEqual([outside('send'), outside('release')])
})

test('the first request is let go of while traffic lasts', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const collector = await fakeCollector()
  const reporter = new HttpReporter({ collectorUrl: collector.url, intervalMs: 1, log: () => undefined })
  const reportInFirst = (): WeakRef<object>[] => {
    const ours = request('first')
    const theirs = {}
    foreign.run(theirs, () => runWithContext(ours, () => reporter.report(spanNamed('first'))))
    return [new WeakRef(ours), new WeakRef(theirs)]
  }
  const first = reportInFirst()
  await until('both are collected', () => {
    // The next is there before the one before is sent: the reporter is never idle.
    for (let at = 0; at < 3; at++) reporter.report(spanNamed('later'))
    if (reporter.stats().sent <= 20) return false
    // Each collection takes long where a test run has filled the heap before.
    gc()
    return first.every((held) => held.deref() === undefined)
  })
  await reporter.close()
})
