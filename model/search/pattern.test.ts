import { describe, expect, test } from '@jest/globals'
import { matchesPattern, patternFault } from './pattern.ts'
import { LONGEST_MATCHED } from './query.ts'

describe('a regular expression', () => {
  test('matches the whole text or nothing', () => {
    expect(matchesPattern('checkout', 'check.*')).toBe(true)
    expect(matchesPattern('checkout', 'check')).toBe(false)
    expect(matchesPattern('ab', 'a|b')).toBe(false)
    expect(matchesPattern('', '')).toBe(true)
  })
  test("stops at the end of a line unless told otherwise, and isn't fooled by a last one", () => {
    expect(matchesPattern('a\nb', 'a.b')).toBe(false)
    expect(matchesPattern('a\nb', '(?s)a.b')).toBe(true)
    expect(matchesPattern('a\n', 'a$')).toBe(false)
  })
  test('takes a character for one, whatever units it has', () => {
    expect(matchesPattern('\u{1f680}', '.')).toBe(true)
  })
  test('matches no text that is too long', () => {
    expect(matchesPattern('x'.repeat(LONGEST_MATCHED), 'x*')).toBe(true)
    expect(matchesPattern('x'.repeat(LONGEST_MATCHED + 1), 'x*')).toBe(false)
  })
  test('that makes others hang takes no time', () => {
    const began = performance.now()
    expect(matchesPattern(`${'a'.repeat(900)}b`, '(a|a)*(a+)+$')).toBe(false)
    expect(performance.now() - began).toBeLessThan(1000)
  })
  test.each(['(', '[a', 'a**', '(?=a)', '\\1', 'a{1001}', '((a{100}){100})'])(
    '%j has its fault named',
    (pattern) => {
      expect(patternFault(pattern)).toMatch(/./)
    },
  )
  test.each([
    ['small repetitions in a row', '((\\pL|\\pN){0,30}){30}'.repeat(30)],
    ['large ones of much', `((${'a?'.repeat(490)}){31}){31}`],
    ['classes', '(\\pL{0,30}){20}'],
    ['ones of nothing', `(${'()'.repeat(480)}){1000}`],
  ])('of %s is refused before it costs much', (_, pattern) => {
    const began = performance.now()
    expect(patternFault(pattern)).toBe('it is too large: it repeats too much')
    expect(() => matchesPattern('a', pattern)).toThrow('too large')
    expect(performance.now() - began).toBeLessThan(100)
  })
  test('may be as large as people need', () => {
    expect(patternFault('[a-z]{300}(\\d{1,3}\\.){3}\\d{1,3}')).toBeUndefined()
    expect(patternFault('\\Q(){1000}{1000}{1000}\\E[(){1000}{1000}]\\x{1000}{9}\\x{1000}{9}')).toBeUndefined()
  })
  test.each([
    ['(?<n>a)', 'a named group is written (?P<name>…)'],
    ['[x\\p{Emoji}]', '\\p{Emoji} is neither'],
    ['\\P{^Alphabetic}', '\\p{Alphabetic} is neither'],
  ])('%j is refused: not every store can run it', (pattern, fault) => {
    expect(patternFault(pattern)).toContain(fault)
  })
  test.each([
    '(?P<n>a)',
    '\\(?<n>',
    '[(?<n>]',
    '\\Q(?<n>\\p{Emoji}\\E',
    '\\p{Lu}\\P{Greek}\\p{^Old_Italic}\\pN',
  ])('%j is not', (pattern) => {
    expect(patternFault(pattern)).toBeUndefined()
  })
  test('announces work before it does it, and does it once for texts that repeat', () => {
    let announced = 0
    const count = () => void announced++
    for (let i = 0; i < 3000; i++) {
      const text = String(i % 300)
      expect(matchesPattern(text, '(1|2)+', count)).toBe(/^[12]+$/.test(text))
    }
    expect(announced).toBe(300)
    const stop = () => {
      throw new Error('stopped')
    }
    expect(() => matchesPattern('new', '(1|2)+', stop)).toThrow('stopped')
  })
  test('remembers a bounded number of texts', () => {
    let announced = 0
    const count = () => void announced++
    const texts = Array.from({ length: 300 }, (_, i) => String(i).padStart(LONGEST_MATCHED, 'x'))
    for (const text of texts) matchesPattern(text, '.*5', count)
    expect(matchesPattern(texts[0] ?? '', '.*5', count)).toBe(false)
    expect(announced).toBe(301)
  })
  test('has no fault if it is one, after any number of others', () => {
    for (let i = 0; i < 250; i++) expect(patternFault(`a{${i}}`)).toBeUndefined()
    expect(matchesPattern('aa', 'a{2}')).toBe(true)
  })
})
