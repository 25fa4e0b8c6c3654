import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { SpanIds } from './span-ids.ts'
import type { SpanId } from '../span.ts'

const anyId = fc.oneof(
  fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 1n, max: 20n }),
  fc.bigInt({ min: 1n, max: 20n }).map((id) => id << 32n),
)

test('ids are numbered as a map would number them, in the order in which they come', () => {
  fc.assert(
    fc.property(fc.array(anyId, { maxLength: 200 }), anyId, (values, other) => {
      const idOf = (value: bigint) => value.toString(16).padStart(16, '0') as SpanId
      const ids = new SpanIds(values.length)
      const model = new Map<bigint, number>()
      for (const value of values) {
        if (!model.has(value)) model.set(value, model.size)
        expect(ids.add(idOf(value))).toBe(model.get(value))
      }
      expect(ids.count).toBe(model.size)
      for (const value of [...values, other]) expect(ids.numberOf(idOf(value))).toBe(model.get(value) ?? -1)
    }),
  )
})
