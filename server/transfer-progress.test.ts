import { describe, expect, test } from '@jest/globals'
import { Progress } from './transfer-progress.ts'

function drawn(isTTY: boolean, columns = 200) {
  const texts: string[] = []
  const clock = { now: 0 }
  const progress = new Progress({ isTTY, columns, write: (text) => texts.push(text) }, () => clock.now)
  return { texts, clock, progress }
}

describe('progress', () => {
  test('on a terminal is a bar with figures, written over', () => {
    const { texts, clock, progress } = drawn(true)
    clock.now = 2000
    progress.show({ spans: 5000, bytes: 1_500_000, share: 0.5, note: 'back to then' })
    expect(texts).toEqual([
      '\r\u001b[K[############............] 50 %  5,000 spans, 1.5 MB in 2.0 s, 2,500 spans/s, back to then',
    ])
  })

  test('without a known end has no bar', () => {
    const { texts, progress } = drawn(true)
    progress.show({ spans: 1, bytes: 0, share: undefined })
    expect(texts[0]?.startsWith('\r\u001b[K1 span, ')).toBe(true)
  })

  test('is drawn ten times a second at most, and never wider than the terminal', () => {
    const { texts, clock, progress } = drawn(true, 20)
    for (clock.now = 0; clock.now < 1000; clock.now++) progress.show({ spans: 1, bytes: 1, share: 2 })
    expect(texts).toHaveLength(10)
    for (const text of texts) expect(text.length).toBeLessThanOrEqual('\r\u001b[K'.length + 19)
  })

  test('makes room for a line of its own', () => {
    const { texts, progress } = drawn(true)
    progress.show({ spans: 1, bytes: 1, share: 0 })
    progress.say('refused')
    expect(texts.slice(1)).toEqual(['\r\u001b[K', 'refused\n'])
  })

  test('elsewhere is not drawn', () => {
    const { texts, progress } = drawn(false)
    progress.show({ spans: 1, bytes: 1, share: 0 })
    progress.say('done')
    expect(texts).toEqual(['done\n'])
  })
})
