// A row comes into sight: not moved if it is, to the edge from close by, to the middle from afar.
import { expect, test } from '@jest/globals'
import { scrollTo } from './scroll-to.ts'

test('what is in sight moves nothing', () => {
  expect(scrollTo(100, 20, 100, 200)).toBeUndefined()
  expect(scrollTo(280, 20, 100, 200)).toBeUndefined()
})

test('a row close by comes to the edge that it was beyond', () => {
  expect(scrollTo(80, 20, 100, 200)).toBe(80)
  expect(scrollTo(300, 20, 100, 200)).toBe(120)
  expect(scrollTo(290, 20, 100, 200)).toBe(110)
})

test('a row from afar comes to the middle, and nothing is scrolled beyond the beginning', () => {
  expect(scrollTo(1000, 20, 100, 200)).toBe(910)
  expect(scrollTo(20, 20, 900, 200)).toBe(0)
})
