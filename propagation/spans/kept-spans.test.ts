// Spans of an unsampled request are reported if it failed, and only then; keeping them has its bounds.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { spanNamed } from '../testing/harness.ts'
import { KEEPING, type KeptSpans, SpanKeeper } from './kept-spans.ts'
import type { Span } from './span.ts'

const ok = (name: string): Span => ({ ...spanNamed(name), id: name })
const failed = (name: string): Span => ({ ...ok(name), tags: { error: 'it broke' } })
const keeperOf = (options: Partial<typeof KEEPING> = {}) => {
  const reported: string[] = []
  const keeper = new SpanKeeper((span) => reported.push(span.name), { ...KEEPING, ...options })
  return { keeper, reported }
}

describe('the spans of a request', () => {
  test('are reported where its own span failed', () => {
    const { keeper, reported } = keeperOf()
    const kept = keeper.open('request')
    kept.add(ok('query'))
    kept.add(ok('call'))
    expect(reported).toEqual([])
    expect(keeper.stats()).toMatchObject({ held: 2, reported: 0 })
    kept.add(failed('request'))
    expect(reported).toEqual(['query', 'call', 'request'])
    expect(keeper.stats()).toEqual({ held: 0, heldBytes: 0, reported: 3, dropped: 0 })
  })

  test('are reported where a call in it failed, though it did not', () => {
    const { keeper, reported } = keeperOf()
    const kept = keeper.open('request')
    kept.add(ok('query'))
    kept.add(failed('call'))
    kept.add(ok('retry'))
    kept.add(ok('request'))
    expect(reported).toEqual(['query', 'call', 'retry', 'request'])
  })

  test('are dropped where nothing failed, and hold nothing then', () => {
    const { keeper, reported } = keeperOf()
    const kept = keeper.open('request')
    kept.add(ok('query'))
    kept.add(ok('request'))
    expect(reported).toEqual([])
    expect(keeper.stats()).toEqual({ held: 0, heldBytes: 0, reported: 0, dropped: 0 })
  })

  test('that end after the request follow what was decided', () => {
    const { keeper, reported } = keeperOf()
    const good = keeper.open('request')
    good.add(ok('request'))
    expect(good.isOpen).toBe(false)
    good.add(failed('late'))
    const bad = keeper.open('request')
    bad.add(failed('request'))
    expect(bad.isOpen).toBe(true)
    bad.add(ok('later'))
    expect(reported).toEqual(['request', 'later'])
    expect(keeper.stats()).toMatchObject({ held: 0 })
  })

  test('are reported, all of them and each once, iff one failed up to its own; whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean()), fc.boolean(), fc.array(fc.boolean()), (before, root, after) => {
        const { keeper, reported } = keeperOf()
        const kept = keeper.open('request')
        const add = (fails: boolean, name: string): void => kept.add(fails ? failed(name) : ok(name))
        before.forEach((fails, at) => add(fails, `before ${at}`))
        add(root, 'request')
        after.forEach((fails, at) => add(fails, `after ${at}`))
        const all = [
          ...before.map((_, at) => `before ${at}`),
          'request',
          ...after.map((_, at) => `after ${at}`),
        ]
        expect(reported).toEqual(root || before.includes(true) ? all : [])
        expect(keeper.stats()).toMatchObject({ held: 0, heldBytes: 0 })
      }),
    )
  })

  test('are nothing that JSON of a context shows', () => {
    expect(JSON.stringify({ requestId: 'x', kept: keeperOf().keeper.open('request') })).toBe(
      '{"requestId":"x"}',
    )
  })

  test('of one request do not decide about another', () => {
    const { keeper, reported } = keeperOf()
    const [one, other] = [keeper.open('request'), keeper.open('request')]
    one.add(ok('one'))
    other.add(ok('other'))
    other.add(failed('request'))
    one.add(ok('request'))
    expect(reported).toEqual(['other', 'request'])
  })
})

describe('room', () => {
  test('for one request: the newest successful spans go and are counted, failed ones never', () => {
    const { keeper, reported } = keeperOf({ maxSpans: 3 })
    const kept = keeper.open('request')
    for (let i = 0; i < 10; i++) kept.add(ok(`call ${i}`))
    kept.add(failed('request'))
    expect(reported).toEqual(['call 0', 'call 1', 'call 2', 'request'])
    expect(keeper.stats()).toMatchObject({ dropped: 7, reported: 4 })
  })

  test('of a request whose own span never ends is taken by the requests after it', () => {
    const { keeper, reported } = keeperOf({ maxBytes: 40_000 })
    const hanging: KeptSpans[] = []
    for (let i = 0; i < 1000; i++) {
      const kept = keeper.open('request')
      kept.add(ok(`call of ${i}`))
      hanging.push(kept)
    }
    const { held, heldBytes, dropped } = keeper.stats()
    expect(heldBytes).toBeLessThanOrEqual(40_000)
    expect(held).toBeGreaterThan(30)
    expect(held + dropped).toBe(1000)
    // The last has its spans; of the first only what comes now is left.
    hanging.at(-1)?.add(failed('last'))
    hanging[0]?.add(failed('first'))
    expect(reported).toEqual(['call of 999', 'last', 'first'])
  })

  test('for the one that holds its spans longest is made by the next', () => {
    // Room for 16 spans of 516 bytes, two for each.
    const { keeper, reported } = keeperOf({ maxBytes: 8300 })
    const requests = Array.from({ length: 16 }, () => keeper.open('request'))
    for (const request of requests) request.add(ok('call'))
    expect(keeper.stats()).toMatchObject({ held: 16, dropped: 0 })
    requests[0]?.add(ok('another'))
    expect(keeper.stats()).toMatchObject({ held: 16, dropped: 1 })
    keeper.open('request').add(ok('call'))
    expect(keeper.stats()).toMatchObject({ held: 15, dropped: 3 })
    requests[1]?.add(failed('request'))
    requests[2]?.add(failed('request'))
    expect(reported).toEqual(['request', 'call', 'request'])
    requests[0]?.add(failed('request'))
    expect(reported.slice(3)).toEqual(['request'])
  })

  test('is never more than the whole, nor an eighth of it for one request, and is all given back', () => {
    const span = fc.record({
      request: fc.nat(12),
      length: fc.nat(3000),
      end: fc.boolean(),
      fails: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(span, { maxLength: 200 }), (steps) => {
        const { keeper } = keeperOf({ maxBytes: 16_000, maxSpans: 5 })
        const requests = Array.from({ length: 13 }, () => keeper.open('request'))
        for (const { request, length, end, fails } of steps) {
          const tags = { body: 'x'.repeat(length), ...(fails && end && { error: 'yes' }) }
          requests[request]?.add({ ...ok(end ? 'request' : 'call'), tags })
          expect(keeper.stats().heldBytes).toBeLessThanOrEqual(16_000)
          for (const { bytes } of requests) expect(bytes).toBeLessThanOrEqual(2000)
          expect(requests.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(keeper.stats().heldBytes)
        }
        for (const request of requests) request.add(ok('request'))
        expect(keeper.stats()).toMatchObject({ held: 0, heldBytes: 0 })
      }),
    )
  })

  test('is counted by what tags and annotations are long', () => {
    const { keeper } = keeperOf()
    const annotations = [{ timestamp: 1, value: 'a'.repeat(1000) }]
    keeper.open('request').add({ ...ok('call'), tags: { sql: 'x'.repeat(4000) }, annotations })
    expect(keeper.stats().heldBytes).toBeGreaterThan(5000)
  })
})
