import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compareText } from '@hopscope/model'
import { base64FromHex, base64UrlFromWords, hexFromBase64 } from './base64.ts'
import { queryFromPredicate } from './predicate-query.ts'
import {
  fieldOf,
  isDigest,
  LONGEST_TERM,
  tagOfToken,
  tagToken,
  termOf,
  textBefore,
  textOfField,
} from './terms.ts'
import { anyText } from './testing/spans.ts'

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const ofWords = (...words: number[]) => {
  const bytes = Buffer.alloc(16)
  words.forEach((each, i) => bytes.writeUInt32BE(each, 4 * i))
  return bytes.toString('base64url', 0, 15)
}

describe('a term', () => {
  test('is what finds the text among the values of its field', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect([fieldOf(text)].flat()).toContain(termOf(text))
      }),
    )
  })

  test('is short enough for Lucene, whatever the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(termOf(text).length).toBeLessThanOrEqual(LONGEST_TERM)
        expect(Buffer.byteLength(termOf(text))).toBeLessThanOrEqual(32_766)
      }),
    )
    expect(Buffer.byteLength(termOf('\uffff'.repeat(LONGEST_TERM)))).toBeLessThanOrEqual(32_766)
  })

  test('of two long texts differs where the texts do', () => {
    const long = 'x'.repeat(LONGEST_TERM)
    expect(termOf(`${long}a`)).not.toBe(termOf(`${long}b`))
    expect(isDigest(termOf(`${long}a`))).toBe(true)
    expect(termOf(long)).toBe(long)
  })

  test('that a stranger begins as digests begin is no digest', () => {
    for (const text of ['\\#', '\\#1', `\\#${'A'.repeat(28)}`, `\\#${'A'.repeat(27)}=x`, '\\'])
      expect(isDigest(text)).toBe(false)
  })

  test('leaves the text as it was', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(textOfField(fieldOf(text))).toBe(text)
      }),
    )
    expect(textOfField(fieldOf(undefined))).toBeUndefined()
  })
})

describe('the token of a tag', () => {
  test('gives back key and value, whatever they hold', () => {
    fc.assert(
      fc.property(anyText, anyText, (key, value) => {
        expect(tagOfToken(tagToken(key, value))).toEqual([key, value])
      }),
      { numRuns: 1000 },
    )
  })

  test('of two tags is never the same, nor taken for a digest', () => {
    const hostile = fc.string({ unit: fc.constantFrom('a', '=', '\\', '#'), maxLength: 5 })
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (key, value, otherKey, otherValue) => {
        const same = key === otherKey && value === otherValue
        expect(tagToken(key, value) === tagToken(otherKey, otherValue)).toBe(same)
        expect(tagToken(key, value).startsWith('\\#')).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  test('is what a search for the tag asks for', () => {
    fc.assert(
      fc.property(anyText, anyText, (key, value) => {
        const query = queryFromPredicate({ field: { on: 'tag', key }, is: '=', value })
        expect(query).toEqual({ term: { tags: termOf(tagToken(key, value)) } })
      }),
    )
  })
})

test('a text before all that begin so is just that', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary' }), (begin, rest) => {
      const before = textBefore(begin) ?? begin
      expect(compareText(before, begin + rest)).toBeLessThan(0)
      expect(before.startsWith(begin)).toBe(false)
    }),
  )
  expect(textBefore('\ue000')).toBe('\ud7ff\u{10ffff}')
  expect(textBefore('')).toBeUndefined()
})

describe('base64', () => {
  test('of an id is what Buffer says, and comes back', () => {
    fc.assert(
      fc.property(word, word, (high, low) => {
        const hex = [high, low].map((each) => each.toString(16).padStart(8, '0')).join('')
        expect(base64FromHex(hex)).toBe(Buffer.from(hex, 'hex').toString('base64'))
        expect(hexFromBase64(base64FromHex(hex))).toBe(hex)
      }),
    )
  })

  test('of four words is the first 120 bits as Buffer says', () => {
    fc.assert(
      fc.property(word, word, word, word, (...words) => {
        expect(base64UrlFromWords(...words)).toBe(ofWords(...words))
        expect(base64UrlFromWords(...words)).toMatch(/^[\w-]{20}$/)
      }),
    )
  })
})
