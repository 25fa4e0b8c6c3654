// A log that is broken itself: its words go to the console, its errors nowhere else.
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { until } from '../testing/harness.ts'
import { carefulLog } from './log.ts'

const unhandled: unknown[] = []
const note = (error: unknown): void => void unhandled.push(error)
const warn = jest.spyOn(console, 'warn')

beforeEach(() => {
  unhandled.length = 0
  warn.mockReset().mockReturnValue(undefined)
  process.on('unhandledRejection', note)
})
afterEach(() => {
  process.off('unhandledRejection', note)
})

const broken: [string, () => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('disk full')
    },
  ],
  ['rejects', () => Promise.reject(new Error('disk full'))],
  [
    'rejects later',
    async () => {
      await new Promise((resolve) => setImmediate(resolve))
      throw new Error('disk full')
    },
  ],
  [
    'gives a thenable that throws',
    () => ({
      // oxlint-disable-next-line unicorn/no-thenable
      then: () => {
        throw new Error('disk full')
      },
    }),
  ],
]

test.each(broken)('a log that %s has its line told by the console, and nothing thrown', async (_, log) => {
  carefulLog(log)('a line')
  await until('the console', () => warn.mock.calls.length > 0)
  let turns = 0
  await until('a few turns', () => ++turns > 3)
  expect(warn.mock.calls).toEqual([['a line', '(the log option threw: disk full)']])
  expect(unhandled).toEqual([])
})

test.each([undefined, null, 0, {}, Promise.resolve()])(
  'a log that gives %p has had its line',
  async (given) => {
    carefulLog(() => given)('a line')
    let turns = 0
    await until('a few turns', () => ++turns > 3)
    expect(warn.mock.calls).toEqual([])
    expect(unhandled).toEqual([])
  },
)
