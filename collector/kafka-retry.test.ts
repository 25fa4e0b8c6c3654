import { describe, expect, test } from '@jest/globals'
import { backOffMs, Outage, untilDone } from './kafka-retry.ts'

function logged() {
  const lines: string[] = []
  const write = (_: object, message: string) => void lines.push(message)
  return { lines, log: { info: write, warn: write, error: write } }
}

describe('the wait between attempts', () => {
  test('doubles from 100 ms up to 5 s', () => {
    const longest = [1, 2, 3, 7, 100, 5000].map((failures) => backOffMs(failures, () => 1))
    expect(longest).toEqual([100, 200, 400, 5000, 5000, 5000])
  })

  test('is at least half of that, so that a failure never makes a storm', () => {
    expect([0, 1, 2].map((failures) => backOffMs(failures, () => 0))).toEqual([50, 50, 100])
  })
})

describe('what is tried for ever', () => {
  test('ends with the first success, and is logged once when it fails and once when it works', async () => {
    const { lines, log } = logged()
    const outage = new Outage(log, 'Storing')
    let attempts = 0
    const attempt = () => (++attempts < 3 ? Promise.reject(new Error('full')) : Promise.resolve('stored'))
    const { signal } = new AbortController()
    expect(await untilDone(attempt, { outage, signal })).toBe('stored')
    expect(lines).toEqual([
      'Storing failed, trying again until it works: full',
      expect.stringMatching(/^Storing works again/),
    ])
    expect(outage.reason).toBeUndefined()
  })

  test('is given up only when nobody wants it any more', async () => {
    const outage = new Outage(logged().log, 'Storing')
    const abort = new AbortController()
    const trying = untilDone(() => Promise.reject(new Error('full')), { outage, signal: abort.signal })
    setImmediate(() => abort.abort())
    await expect(trying).rejects.toMatchObject({ name: 'AbortError' })
    expect(outage.reason).toBeUndefined()
  })

  test('is away as long as one who waits for it is left, and is then forgotten without a word', async () => {
    const { lines, log } = logged()
    const outage = new Outage(log, 'Storing')
    const [first, second] = [new AbortController(), new AbortController()]
    const tryings = [first, second].map(({ signal }) =>
      untilDone(() => Promise.reject(new Error('full')), { outage, signal }).catch(() => {}),
    )
    await new Promise((resolve) => setImmediate(resolve))
    first.abort()
    await tryings[0]
    expect(outage.reason).toBe('full')
    second.abort()
    await tryings[1]
    expect(outage.reason).toBeUndefined()
    expect(lines).toHaveLength(1)
  })
})
