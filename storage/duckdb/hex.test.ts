import fc from 'fast-check'
import { describe, expect, test } from '@jest/globals'
import { hexFromWords, wordsFromHex, wordsOfBytes } from './hex.ts'

const hexDigit = fc.nat(15).map((value) => value.toString(16))
const hex16 = fc.string({ unit: hexDigit, minLength: 16, maxLength: 16 })

describe('an id of 16 hex digits', () => {
  test('comes back from two words as it was; all zeros mean none', () => {
    fc.assert(
      fc.property(hex16, fc.nat(3), (text, at) => {
        const pair = new Uint32Array(10)
        wordsFromHex(`${'f'.repeat(at)}${text}`, at, pair, 2 * at)
        expect(hexFromWords(pair, 2 * at)).toBe(text === '0'.repeat(16) ? undefined : text)
      }),
    )
  })

  test('is the number that a BigInt of it would be, low word first', () => {
    fc.assert(
      fc.property(hex16, (text) => {
        const pair = new Uint32Array(2)
        wordsFromHex(text, 0, pair, 0)
        expect(new BigUint64Array(pair.buffer)[0]).toBe(BigInt(`0x${text}`))
      }),
    )
  })

  test('keeps its leading zeros, in either half', () => {
    for (const text of ['0000000000000001', '0000000100000000', '00000000ffffffff', '8000000000000000']) {
      const pair = new Uint32Array(2)
      wordsFromHex(text, 0, pair, 0)
      expect(hexFromWords(pair, 0)).toBe(text)
    }
  })

  test('that is not there is none', () => {
    expect(hexFromWords(new Uint32Array(2), 2)).toBeUndefined()
  })
})

test('bytes of a column are read as words where they lie', () => {
  const memory = new Uint32Array([1, 2, 3, 0xffffffff])
  expect([...wordsOfBytes(new Uint8Array(memory.buffer, 4, 12))]).toEqual([2, 3, 0xffffffff])
})
