import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { OffsetTracker } from './kafka-offsets.ts'

describe('what may be committed', () => {
  test('is where it began while the first work is under way, whatever else is done', () => {
    const tracker = new OffsetTracker(10n)
    const first = tracker.begin(12n)
    tracker.begin(20n)()
    expect(tracker.position).toBe(10n)
    first()
    expect(tracker.position).toBe(20n)
  })

  test('reaches past offsets that hold no message', () => {
    const tracker = new OffsetTracker(0n)
    tracker.begin(5n)()
    tracker.begin(1_000_000_000_000_000_000n)()
    expect(tracker.position).toBe(1_000_000_000_000_000_000n)
  })

  test('is always the end of the longest done beginning, in whatever order work is done', () => {
    const works = fc.array(fc.record({ length: fc.bigInt(1n, 9n), order: fc.double({ noNaN: true }) }))
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 62n), works, (start, lengths) => {
        const tracker = new OffsetTracker(start)
        let end = start
        const begun = lengths.map(({ length, order }) => {
          end += length
          return { end, order, finish: tracker.begin(end), isDone: false }
        })
        for (const work of [...begun].sort((a, b) => a.order - b.order)) {
          work.finish()
          work.isDone = true
          const firstOpen = begun.findIndex(({ isDone }) => !isDone)
          const last = firstOpen === -1 ? begun.at(-1) : begun[firstOpen - 1]
          expect(tracker.position).toBe(last?.end ?? start)
        }
        expect(tracker.position).toBe(end)
      }),
    )
  })
})
