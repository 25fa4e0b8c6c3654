import { describe, expect, test } from '@jest/globals'
import { reconstruct } from './reconstruct.ts'
import { traceFromText } from './testing/trace-text.ts'

/** Segments as `name start-end`, in ms from the trace's start. */
const path = (text: string) => {
  const view = reconstruct(traceFromText(text))
  const at = (time: number) => (time - view.start) / 1000
  return view.criticalPath.map((s) => `${view.spans[s.span]?.span.name ?? '-'} ${at(s.start)}-${at(s.end)}`)
}
const selfTimes = (text: string) =>
  reconstruct(traceFromText(text)).spans.map(({ selfTime }) => selfTime / 1000)

describe('the critical path', () => {
  test('of a fan-out goes through the slowest branch', () => {
    expect(
      path(`
      a root 0 100
        a fast 10 20
        a slow 10 60
          b inside 20 40
        a last 80 10
    `),
    ).toEqual([
      'root 0-10',
      'slow 10-20',
      'inside 20-60',
      'slow 60-70',
      'root 70-80',
      'last 80-90',
      'root 90-100',
    ])
  })
  test('goes from sibling to the sibling that it waited for', () => {
    expect(
      path(`
      a root 0 50
        a one 0 20
        a beside 10 25
        a two 20 30
    `),
    ).toEqual(['one 0-20', 'two 20-50'])
  })
  test('cuts a child to its parent', () => {
    expect(
      path(`
      a root 0 50
        a long 40 30
    `),
    ).toEqual(['root 0-40', 'long 40-50'])
  })
  test("doesn't wait for a message's receiver that outlives the sender", () => {
    expect(
      path(`
      a root 0 50 SERVER
        b work 40 30 CONSUMER
    `),
    ).toEqual(['root 0-50'])
    expect(
      path(`
      a root 0 50 SERVER
        b work 10 30 CONSUMER
    `),
    ).toEqual(['root 0-10', 'work 10-40', 'root 40-50'])
  })
  test('of several roots covers the trace, gaps being nobody’s', () => {
    expect(
      path(`
      a one 0 10
      a two 30 10
    `),
    ).toEqual(['one 0-10', '- 10-30', 'two 30-40'])
  })
})

describe('self time', () => {
  test('is what no child covers, overlaps counted once', () => {
    expect(
      selfTimes(`
      a root 0 100
        a one 10 30
        a two 20 40
        a out 90 50
    `),
    ).toEqual([40, 30, 40, 50])
  })
})
