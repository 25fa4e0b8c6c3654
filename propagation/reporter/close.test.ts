// How long a flush and a close wait, for whom, and whatever they are given as the limit.
import { expect, test } from '@jest/globals'
import { spanNamed, until } from '../testing/harness.ts'
import { BatchReporter } from './batch-reporter.ts'
import type { Answer, Sender } from './sender.ts'

/** Each send waits for `store()`. */
const held = (exitTimeoutMs: number) => {
  const waiting: ((answer: Answer) => void)[] = []
  const releases: number[] = []
  const sender: Sender = {
    place: 'here',
    framing: 'list',
    send: () => new Promise((resolve) => waiting.push(resolve)),
    release: async (limitMs) => void releases.push(limitMs),
  }
  const reporter = new BatchReporter(sender, { exitTimeoutMs, log: () => undefined })
  reporter.report(spanNamed('last'))
  return { reporter, releases, store: () => waiting.shift()?.({ kind: 'stored' }) }
}

/** What it gives in ten turns of a millisecond or more, or `waiting`. */
const soon = async <T>(promise: Promise<T>): Promise<T | 'waiting'> => {
  let turns = 0
  const late = until('ten turns', () => ++turns > 10).then(() => 'waiting' as const)
  return Promise.race([promise, late])
}

test('a second close waits for what the first is still sending', async () => {
  const { reporter, releases, store } = held(5000)
  const first = reporter.close()
  const second = reporter.close(0)
  expect(await soon(second)).toBe('waiting')
  store()
  await Promise.all([first, second, reporter.close()])
  expect(reporter.stats()).toMatchObject({ sent: 1, lost: 0 })
  expect(releases).toEqual([5000])
})

test.each([Infinity, 2 ** 31, Number.MAX_VALUE])('a limit of %d waits as long as it takes', async (limit) => {
  const { reporter, store } = held(0)
  const flushed = reporter.flush(limit)
  const closed = reporter.close(limit)
  expect(await soon(flushed)).toBe('waiting')
  expect(await soon(closed)).toBe('waiting')
  store()
  expect(await flushed).toBe(true)
  await closed
  expect(reporter.stats()).toMatchObject({ sent: 1, lost: 0 })
})

test.each([Number.NaN, -1, -Infinity])('a limit of %d is none: the usual one holds', async (limit) => {
  const patient = held(5000)
  const flushed = patient.reporter.flush(limit)
  expect(await soon(flushed)).toBe('waiting')
  patient.store()
  expect(await flushed).toBe(true)
  await patient.reporter.close(limit)
  expect(patient.releases).toEqual([5000])

  const hasty = held(1)
  expect(await hasty.reporter.flush(limit)).toBe(false)
  await hasty.reporter.close(limit)
  expect(hasty.reporter.stats()).toMatchObject({ sent: 0, lost: 1 })
})

test('a limit of 0 gives up at once', async () => {
  const { reporter } = held(60_000)
  expect(await reporter.flush(0)).toBe(false)
  await reporter.close(0)
  expect(reporter.stats()).toMatchObject({ sent: 0, lost: 1 })
})
