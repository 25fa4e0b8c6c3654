import { describe, expect, test } from '@jest/globals'
import { Admission, expectedBytes } from './admission.ts'

const overloaded = expect.objectContaining({ code: 'overloaded', status: 503, retryAfter: 1 })

describe('admission', () => {
  test('lets messages in up to its capacity, and again once they are released', () => {
    const admission = new Admission(100)
    const first = admission.admit(60)
    const second = admission.admit(40)
    expect(admission.heldBytes).toBe(100)
    expect(() => admission.admit(1)).toThrow(overloaded)
    second.release()
    expect(() => admission.admit(41)).toThrow(overloaded)
    admission.admit(40).release()
    first.release()
    expect(admission.heldBytes).toBe(0)
  })

  test('lets in a single message of any size, but no second one beside it', () => {
    const admission = new Admission(100)
    const large = admission.admit(1000)
    expect(() => admission.admit(1)).toThrow(overloaded)
    large.release()
    admission.admit(1)
  })

  test('refuses a message that outgrows the room there is, and keeps what it held until it is released', () => {
    const admission = new Admission(100)
    const other = admission.admit(50)
    const growing = admission.admit(10)
    growing.grow(50)
    expect(() => growing.grow(51)).toThrow(overloaded)
    expect(admission.heldBytes).toBe(100)
    other.release()
    growing.grow(1000)
    expect(admission.heldBytes).toBe(1000)
    growing.release()
    expect(admission.heldBytes).toBe(0)
  })

  test('holds little for what has not come yet, but lets in only what there is room for', () => {
    const admission = new Admission(2 ** 26)
    const idle = Array.from({ length: 100 }, () => admission.admit(10 * 2 ** 20))
    expect(admission.heldBytes).toBe(100 * 2 ** 16)
    const busy = admission.admit(10 * 2 ** 20)
    busy.grow(2 ** 26 - 101 * 2 ** 16)
    expect(() => admission.admit(2 ** 21)).toThrow(overloaded)
    admission.admit(2 ** 15).release()
    for (const each of idle) each.release()
    busy.release()
    expect(admission.heldBytes).toBe(0)
  })

  test('of messages that grow together beyond its capacity refuses some, and the others become whole', () => {
    const admission = new Admission(100)
    const growing = new Map(Array.from({ length: 10 }, (_, i) => [i, admission.admit(1)]))
    for (let bytes = 1; bytes <= 40; bytes++)
      for (const [i, ticket] of growing) {
        try {
          ticket.grow(bytes)
        } catch {
          ticket.release()
          growing.delete(i)
        }
      }
    expect(growing.size).toBe(2)
    expect(admission.heldBytes).toBe(80)
  })

  test('never holds less for a body than was seen of it, and gives back what was expected too much', () => {
    const admission = new Admission(100)
    const ticket = admission.admit(50)
    ticket.grow(20)
    expect(admission.heldBytes).toBe(50)
    ticket.shrink(20)
    expect(admission.heldBytes).toBe(20)
    ticket.shrink(30)
    expect(admission.heldBytes).toBe(20)
  })

  test('gives room back once, however often it is told', () => {
    const admission = new Admission(100)
    const ticket = admission.admit(70)
    admission.admit(30)
    ticket.release()
    ticket.release()
    expect(admission.heldBytes).toBe(30)
  })
})

describe('the bytes expected of a request', () => {
  test.each([
    ['as declared', '500', false, 500],
    ['inflated, when compressed', '500', true, 4000],
    ['at most the limit', '5000', true, 10_000],
    ['at most the limit', '50000', false, 10_000],
    ['at most the limit when the length is not declared', undefined, false, 10_000],
    ['nothing of an empty body', '0', true, 0],
  ])('are %s', (_, length, compressed, expected) => {
    expect(expectedBytes(length, compressed, 10_000)).toBe(expected)
  })
})
