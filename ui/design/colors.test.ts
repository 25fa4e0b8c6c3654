// A service keeps its colour everywhere, and two services of one view never look the same.
import { expect, test } from '@jest/globals'
import { colorSlot, PALETTE_SIZE, serviceMarks } from './colors.ts'

test('a colour depends on the name alone', () => {
  const alone = serviceMarks(['checkout']).get('checkout')
  const among = serviceMarks(['zebra', 'checkout', 'web', 'bank']).get('checkout')
  expect(alone?.slot).toBe(among?.slot)
})

test('the services of the demo have five colours', () => {
  const slots = ['web', 'checkout', 'inventory', 'payment', 'bank'].map(colorSlot)
  expect(new Set(slots).size).toBe(5)
})

test('names on one colour are told apart by a pattern', () => {
  const names = Array.from({ length: 200 }, (_, i) => `service-${i}`)
  const marks = serviceMarks(names)
  const slots = [...new Set(names.map(colorSlot))]
  for (const slot of slots) {
    const sharing = names.filter((name) => colorSlot(name) === slot)
    const patterns = new Set(sharing.map((name) => marks.get(name)?.pattern))
    expect(patterns.size).toBe(Math.min(3, sharing.length))
  }
  expect(slots.length).toBe(PALETTE_SIZE)
})
