/** @jest-environment jsdom */
// The address bar follows the state: at once, unless that were too often, and before the page is left.
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { router } from './router.svelte.ts'

const { location } = window

beforeAll(() => {
  jest.useFakeTimers()
})
beforeEach(() => {
  router.push('/graph')
  jest.advanceTimersByTime(10_000)
})
afterAll(() => {
  jest.useRealTimers()
})

test('one change is in the address at once, many in a row are in it four times a second', () => {
  const write = jest.spyOn(history, 'replaceState')
  router.replace('/graph?n=0')
  expect(location.search).toBe('?n=0')
  for (let i = 1; i <= 100; i++) {
    jest.advanceTimersByTime(10)
    router.replace(`/graph?n=${i}`)
    expect(router.search).toBe(`n=${i}`)
  }
  expect(write.mock.calls.length).toBeLessThanOrEqual(5)
  jest.advanceTimersByTime(250)
  expect(location.search).toBe('?n=100')
  write.mockRestore()
})

test('a change made just before the page is left is in the address', () => {
  router.replace('/graph?n=0')
  router.replace('/graph?n=1')
  expect(location.search).toBe('?n=0')
  window.dispatchEvent(new Event('pagehide'))
  expect(location.search).toBe('?n=1')
})
