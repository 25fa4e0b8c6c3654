import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import type { TraceId } from '@hopscope/model'
import { makeSpan } from '@hopscope/model/testing'
import { traceIdSampler } from './sampler.ts'

const of = (traceId: string, debug = false) => makeSpan({ traceId: traceId as TraceId, debug })

describe('the sampler', () => {
  test('keeps all at rate 1 and none at rate 0', () => {
    const ids = [
      '0000000000000001',
      'ffffffffffffffff',
      '8000000000000000',
      '7fffffffffffffff',
      'f'.repeat(32),
    ]
    for (const id of ids) {
      expect(traceIdSampler(1)(of(id))).toBe(true)
      expect(traceIdSampler(0)(of(id))).toBe(false)
    }
  })

  test('keeps debug spans at any rate', () => {
    expect(traceIdSampler(0)(of('ffffffffffffffff', true))).toBe(true)
  })

  test("keeps by the magnitude of the low 64 bits, signed, as Zipkin's does", () => {
    const half = traceIdSampler(0.5)
    expect(half(of('3fffffff00000000'))).toBe(true)
    expect(half(of('4000000000000000'))).toBe(false)
    expect(half(of('ffffffffffffffff'))).toBe(true) // -1
    expect(half(of('c000000100000000'))).toBe(true)
    expect(half(of('c000000000000000'))).toBe(false)
    // The most negative number has no positive counterpart; it is kept by rate 1 only.
    expect(traceIdSampler(0.999_999)(of('8000000000000000'))).toBe(false)
  })

  test('decides alike for a 64-bit id and a 128-bit one that ends in it', () => {
    const sampler = traceIdSampler(0.3)
    for (let i = 0; i < 500; i++) {
      const id = hash(i)
      expect(sampler(of(hash(-i) + id))).toBe(sampler(of(id)))
    }
  })

  test.each([0.001, 0.01, 0.1, 0.5, 0.9])('keeps a share of %d of random ids', (rate) => {
    const sampler = traceIdSampler(rate)
    const ids = 40_000
    let kept = 0
    for (let i = 0; i < ids; i++) if (sampler(of(hash(i)))) kept++
    const deviation = Math.sqrt(ids * rate * (1 - rate))
    expect(Math.abs(kept - ids * rate)).toBeLessThan(4 * deviation)
  })

  test('keeps at a higher rate whatever it keeps at a lower one', () => {
    const [low, high] = [traceIdSampler(0.2), traceIdSampler(0.6)]
    for (let i = 0; i < 1000; i++) if (low(of(hash(i)))) expect(high(of(hash(i)))).toBe(true)
  })
})

/** A random id that is the same in every run. */
function hash(i: number): string {
  return createHash('sha256').update(String(i)).digest('hex').slice(0, 16)
}
