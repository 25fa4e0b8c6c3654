import { parse } from 'node:querystring'
import { describe, expect, test } from '@jest/globals'
import { given, longFrom, mandatory, nameFrom, traceIdFromZipkin, wholeFrom } from './zipkin-parameters.ts'

const asked = (query: string) => ({ query: parse(query) })
const refused = (detail: string) =>
  expect.objectContaining({ code: 'parameter-invalid', status: 400, detail })

test('of a parameter that is given twice, the first counts', () => {
  expect(given(asked('a=1&a=2'), 'a')).toBe('1')
  expect(longFrom(asked('a=1&a=x'), 'a')).toBe(1)
})

test('what is missing is named, what is empty is there', () => {
  expect(() => mandatory(asked('b=1'), 'a')).toThrow(
    refused('Mandatory parameter/header/attribute is missing: a'),
  )
  expect(mandatory(asked('a='), 'a')).toBe('')
  expect(given(asked('constructor=1'), 'toString')).toBeUndefined()
})

test('a name is in lower case, an empty one none', () => {
  expect(nameFrom(asked('a=Web'), 'a')).toBe('web')
  expect([nameFrom(asked('a='), 'a'), nameFrom(asked(''), 'a')]).toEqual([undefined, undefined])
})

describe('a number', () => {
  test('has the range of its Java type', () => {
    expect(longFrom(asked('a=9223372036854775807'), 'a')).toBe(2 ** 63)
    expect(wholeFrom(asked('a=-2147483648'), 'a', 31n)).toBe(-(2 ** 31))
    expect(wholeFrom(asked('a=%2B5'), 'a', 31n)).toBe(5)
    for (const text of ['9223372036854775808', '-9223372036854775809'])
      expect(() => longFrom(asked(`a=${text}`), 'a')).toThrow(
        refused(`a: "${text}" is not a number of 64 bits`),
      )
    expect(() => wholeFrom(asked('a=2147483648'), 'a', 31n)).toThrow(
      refused('a: "2147483648" is not a number of 32 bits'),
    )
  })

  test('left empty is not given, unless it must be', () => {
    expect([longFrom(asked('a='), 'a'), longFrom(asked(''), 'a')]).toEqual([undefined, undefined])
    expect(() => wholeFrom(asked('a='), 'a', 31n)).toThrow(
      refused('Cannot set null to primitive type parameter: a'),
    )
  })

  test.each(['x', '1.5', ' 5', '1e3', '0x10', '--1', '1'.repeat(10_000)])('is not %.20j', (text) => {
    expect(() => longFrom(asked(`a=${encodeURIComponent(text)}`), 'a')).toThrow(
      /a: ".*" is not a whole number/,
    )
  })
})

test.each([
  ['a1', '00000000000000a1'],
  ['0'.repeat(31) + '1', '0000000000000001'],
  ['1' + '0'.repeat(16), '0'.repeat(15) + '1' + '0'.repeat(16)],
])('the trace id %s is %s', (text, id) => {
  expect(traceIdFromZipkin(text)).toBe(id)
})

test.each([
  ['', 'traceId is empty'],
  ['f'.repeat(33), 'traceId.length > 32'],
  ['000', 'traceId is all zeros'],
  ['A1', 'A1 should be lower-hex encoded with no prefix'],
  ['0x1', '0x1 should be lower-hex encoded with no prefix'],
  [' 1', ' 1 should be lower-hex encoded with no prefix'],
])("the trace id %j is refused in Zipkin's words", (text, detail) => {
  expect(() => traceIdFromZipkin(text)).toThrow(refused(detail))
})
