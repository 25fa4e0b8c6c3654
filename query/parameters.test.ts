import { parse } from 'node:querystring'
import type { Request } from 'express'
import { describe, expect, test } from '@jest/globals'
import {
  choiceParameter,
  durationParameter,
  flagParameter,
  limitParameter,
  microsFromRfc3339,
  onlyParameters,
  shown,
  textParameter,
  textParameters,
  timeParameter,
  traceIdParameter,
  wholeParameter,
} from './parameters.ts'

const asked = (query: string) => ({ query: parse(query) }) as Partial<Request> as Request
const invalid = (detail: string | RegExp) =>
  expect.objectContaining({
    code: 'parameter-invalid',
    status: 400,
    detail: expect.stringMatching(detail) as unknown,
  })

describe('a text parameter', () => {
  test('is absent when it is empty, and given at most once', () => {
    expect(textParameter(asked('a=x%20y'), 'a')).toBe('x y')
    expect(textParameter(asked('a='), 'a')).toBeUndefined()
    expect(textParameter(asked('b=1'), 'a')).toBeUndefined()
    expect(() => textParameter(asked('a=1&a=2'), 'a')).toThrow(invalid('a: give it once'))
  })

  test('may be one that objects inherit', () => {
    expect(textParameter(asked(''), 'constructor')).toBeUndefined()
    expect(textParameter(asked('__proto__=x'), '__proto__')).toBe('x')
  })

  test('that may be given several times leaves out empty ones', () => {
    expect(textParameters(asked('a=1&a=&a=2'), 'a')).toEqual(['1', '2'])
    expect(textParameters(asked('a=1'), 'a')).toEqual(['1'])
    expect(textParameters(asked('a='), 'a')).toEqual([])
    expect(textParameters(asked(''), 'a')).toEqual([])
  })
})

describe('a whole number', () => {
  test.each([
    ['0', 0],
    ['-5', -5],
    ['%2B7', 7],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('may be %s', (text, value) => {
    expect(wholeParameter(asked(`n=${text}`), 'n')).toBe(value)
  })

  test.each(['1.5', '1e3', '0x10', 'ten', '%20', '9007199254740992', '1'.repeat(30), 'Infinity', 'NaN'])(
    'is not %s',
    (text) => {
      expect(() => wholeParameter(asked(`n=${text}`), 'n')).toThrow(
        invalid(/^n: ".*" is not a whole number$/),
      )
    },
  )
})

test('a flag is true or false and nothing else', () => {
  expect(flagParameter(asked('f=true'), 'f')).toBe(true)
  expect(flagParameter(asked('f=false'), 'f')).toBe(false)
  expect(flagParameter(asked(''), 'f')).toBeUndefined()
  for (const text of ['1', 'TRUE', 'yes'])
    expect(() => flagParameter(asked(`f=${text}`), 'f')).toThrow(invalid('neither true nor false'))
})

describe('a duration', () => {
  test.each([
    ['250', 250],
    ['300us', 300],
    ['300µs', 300],
    ['250ms', 250_000],
    ['1.5s', 1_500_000],
    ['0.000001s', 1],
    ['2m', 120_000_000],
    ['1h', 3_600_000_000],
  ])('of %s is %d µs', (text, micros) => {
    expect(durationParameter(asked(`d=${encodeURIComponent(text)}`), 'd')).toBe(micros)
  })

  test.each(['-1ms', '1 ms', 'ms', '1d', '.5s', '1.s', '1e3', '1.1234567s'])('is not %s', (text) => {
    expect(() => durationParameter(asked(`d=${text}`), 'd')).toThrow(invalid(/^d: .* 250ms, 1\.5s or 300us$/))
  })
})

describe('a time', () => {
  const second = Date.UTC(2026, 0, 31, 12, 0, 0) * 1000

  test.each([
    ['0', 0],
    ['1769860800000001', 1_769_860_800_000_001],
    ['2026-01-31T12:00:00Z', second],
    ['2026-01-31t12:00:00z', second],
    ['2026-01-31T14:30:00+02:30', second],
    ['2026-01-31T12:00:00.5Z', second + 500_000],
    ['2026-01-31T12:00:00.000001Z', second + 1],
    ['2026-01-31T12:00:00.123457999Z', second + 123_457],
    ['2026-01-31T12:00:00.999999-00:00', second + 999_999],
    ['1969-12-31T23:59:59.9Z', -100_000],
  ])('of %s is exact to the microsecond', (text, micros) => {
    expect(timeParameter(asked(`t=${encodeURIComponent(text)}`), 't')).toBe(micros)
  })

  test.each(['yesterday', '2026-01-31', '2026-01-31T12:00:00', '2026-13-01T00:00:00Z', '2026-01-31T25:00:00Z', '2026-02-30T12:00:00Z', '2025-02-29T12:00:00Z', '2026-01-31T24:00:00Z', '2026-01-31T23:59:60Z', '2026-01-31T12:00:00+25:00', '9999999999999999', '-1', '2026-01-31T12:00:00+9999'])(
    'is not %s',
    (text) => {
      expect(() => timeParameter(asked(`t=${encodeURIComponent(text)}`), 't')).toThrow(invalid(/^t: .* such as /))
    },
  ) // prettier-ignore
})

test('a zone may have a blank for its plus, as a query makes of one', () => {
  const noon = Date.UTC(2024, 1, 29, 12) * 1000
  for (const zone of ['+02:30', ' 02:30']) expect(microsFromRfc3339(`2024-02-29T14:30:00${zone}`)).toBe(noon)
  expect(microsFromRfc3339('2024-02-29T09:30:00.123456789-02:30')).toBe(noon + 123_456)
  expect(timeParameter(asked('t=2024-02-29T14:30:00+02:30'), 't')).toBe(noon)
})

describe('a trace id', () => {
  test.each([
    ['a', '000000000000000a'],
    [' 463ac35c9f6413ad ', '463ac35c9f6413ad'],
    ['1463ac35c9f6413ad', '0000000000000001463ac35c9f6413ad'],
    ['0000000000000000463ac35c9f6413ad', '463ac35c9f6413ad'],
  ])('of %j is %s', (text, id) => {
    expect(traceIdParameter(text, 'traceId')).toBe(id)
  })

  test.each(['', ' ', 'A', 'xyz', '0', '0'.repeat(32), '1'.repeat(33), '0x1', 'a b'])('is not %j', (text) => {
    expect(() => traceIdParameter(text, 'traceId')).toThrow(invalid(/^traceId: .*lower-case hex/))
  })
})

test("a stranger's text is shown quoted and cut", () => {
  expect(shown('a"b\n')).toBe('"a\\"b\\n"')
  expect(shown('x'.repeat(61))).toBe(`"${'x'.repeat(60)}…"`)
})

test('a parameter that is not known is refused, with those that are', () => {
  expect(() => onlyParameters(asked('a=1&b=2'), ['a', 'b'])).not.toThrow()
  expect(() => onlyParameters(asked('a=1&constructor=2'), ['a', 'b'])).toThrow(
    invalid('^constructor: there is no such parameter; there are a, b$'),
  )
  expect(() => onlyParameters(asked('a=1'), [])).toThrow(
    invalid('^a: there is no such parameter; this route takes none$'),
  )
})

test('a limit has a default and bounds', () => {
  expect(limitParameter(asked(''), 20, 100)).toBe(20)
  expect([1, 100].map((limit) => limitParameter(asked(`limit=${limit}`), 20, 100))).toEqual([1, 100])
  for (const limit of [-1, 0, 101])
    expect(() => limitParameter(asked(`limit=${limit}`), 20, 100)).toThrow(
      invalid(`^limit: ${limit} is not between 1 and 100$`),
    )
})

test('a choice is one of the words, or none', () => {
  expect(choiceParameter(asked('a=x'), 'a', ['x', 'y'])).toBe('x')
  expect(choiceParameter(asked(''), 'a', ['x', 'y'])).toBeUndefined()
  expect(() => choiceParameter(asked('a=X'), 'a', ['x', 'y'])).toThrow(invalid('^a: "X" is none of x, y$'))
})
