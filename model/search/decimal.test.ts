import { expect, test } from '@jest/globals'
import { decimalFrom } from './decimal.ts'

test.each([
  ['0', 0],
  ['-1.5e3', -1500],
  ['+.5', 0.5],
  ['2.', 2],
  ['007', 7],
  ['1e400', Infinity],
  ['1e-400', 0],
  ['12345678901234567890123', 1.2345678901234568e22],
])('reads the decimal number %j', (text, number) => {
  expect(decimalFrom(text)).toBe(number)
})

test.each([
  '',
  ' 1',
  '1 ',
  '1\n',
  '0x1F',
  'Infinity',
  'NaN',
  '1_000',
  '1,5',
  '.',
  '+',
  '1e',
  '1e1234',
  '٣',
  '9'.repeat(31),
])('sees no number in %j', (text) => {
  expect(decimalFrom(text)).toBeUndefined()
})

test('sees no number where there is no text', () => {
  expect(decimalFrom(undefined)).toBeUndefined()
})
