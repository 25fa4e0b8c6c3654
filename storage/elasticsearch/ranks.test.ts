import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { percentFor, percentsFor } from './ranks.ts'

/** As HdrHistogram 2.1.9 does, of which Elasticsearch's answers come. */
const hdrRank = (percent: number, count: number) => Math.max(1, Math.floor((percent / 100) * count + 0.5))

const quantile = fc.oneof(
  fc.constantFrom(0, 0.5, 0.9, 0.95, 0.99, 0.999, 1),
  fc.double({ min: 0, max: 1, noNaN: true }),
)
const count = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 10_000_000 }))

test('the percentile of a quantile has its nearest rank, whatever the count', () => {
  fc.assert(
    fc.property(quantile, count, (each, of) => {
      const percent = percentFor(each, of)
      expect(hdrRank(percent, of)).toBe(Math.max(1, Math.ceil(each * of)))
      expect(percent).toBeLessThanOrEqual(100)
    }),
    { numRuns: 5000 },
  )
})

test('counts of one magnitude need few percentiles', () => {
  const percents = new Set(Array.from({ length: 100 }, (_, i) => percentsFor(0.95, 100 + i)).flat())
  expect(percents.size).toBeLessThan(8)
})
