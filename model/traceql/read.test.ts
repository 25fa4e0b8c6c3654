import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { TraceQlError } from './errors.ts'
import { parseTraceQl } from './parser.ts'
import { readQuery } from './read.ts'

/** What a word alone becomes. */
const any = (word: string, escaped = word) =>
  `resource.service.name = "${word}" || name =~ "(?i).*${escaped}.*" || requestId = "${word}"`

const WORDS: readonly (readonly [string, string])[] = [
  ['', '{ }'],
  ['  ', '{ }'],
  ['error', '{ status = error }'],
  ['checkout', `{ ${any('checkout')} }`],
  ['error checkout >500ms', `{ status = error && (${any('checkout')}) && duration > 500ms }`],
  ['checkout >500ms', `{ (${any('checkout')}) && duration > 500ms }`],
  ['ok <1s', '{ status != error && duration < 1s }'],
  ['>= 2s', '{ duration >= 2s }'],
  ['"two words"', `{ ${any('two words')} }`],
  ['"error"', `{ ${any('error')} }`],
  ['"a\\"b"', `{ ${any('a\\"b')} }`],
  ['a.b+c(d', `{ ${any('a.b+c(d', 'a\\\\.b\\\\+c\\\\(d')} }`],
  ["it's", `{ ${any("it's")} }`],
  ['-error', '{ !(status = error) }'],
  ['!error', '{ !(status = error) }'],
  ['NOT error', '{ !(status = error) }'],
  ['NOT -error', '{ status = error }'],
  ['-cart', `{ !(${any('cart')}) }`],
  ['-region=eu', '{ !(.region = "eu") }'],
  ['a OR b c', `{ (${any('a')} || (${any('b')})) && (${any('c')}) }`],
  ['error AND >1s', '{ status = error && duration > 1s }'],
  ['error || >1s', '{ status = error || duration > 1s }'],
  ['region=eu zone!=a', '{ .region = "eu" && .zone != "a" }'],
  ['region = "eu west"', '{ .region = "eu west" }'],
  ['retries>5 load<=0.5 id=007 flag=true', '{ .retries > 5 && .load <= 0.5 && .id = "007" && .flag = true }'],
  ['n="5"', '{ .n = "5" }'],
  ['span.a=b .c=d', '{ span.a = "b" && .c = "d" }'],
  ['service.name=checkout', '{ resource.service.name = "checkout" }'],
  ['service=checkout kind=server', '{ resource.service.name = "checkout" && kind = server }'],
  ['duration>5s', '{ duration > 5s }'],
  ['latency>5s error', '{ duration > 5s && status = error }'],
  ['name=~pay.*', '{ name =~ "pay.*" }'],
  [
    'service:Checkout name:pay kind:CLIENT',
    '{ resource.service.name = "Checkout" && name =~ "(?i).*pay.*" && kind = client }',
  ],
  ['request:abc remote:db status:error', '{ requestId = "abc" && remoteService = "db" && status = error }'],
  ['4BF92F3577B34DA6', '{ trace:id = "4bf92f3577b34da6" }'],
  ['00000000000000004bf92f3577b34da6', '{ trace:id = "4bf92f3577b34da6" }'],
  ['4bf92f3577b34da6a3ce929d0e0e4736', '{ trace:id = "4bf92f3577b34da6a3ce929d0e0e4736" }'],
  ['8f14e45f-ceea-467f-a9b1-0123456789ab', '{ requestId = "8f14e45f-ceea-467f-a9b1-0123456789ab" }'],
  ['404', '{ .http.status_code = 404 || .http.response.status_code = 404 }'],
  [
    '5xx',
    '{ (.http.status_code >= 500 && .http.status_code < 600) || (.http.response.status_code >= 500 && .http.response.status_code < 600) }',
  ],
  ['http://a/b?c=d', `{ ${any('http://a/b?c=d', 'http://a/b\\\\?c=d')} }`],
  ['name = "a" && duration > 1s', '{ name = "a" && duration > 1s }'],
  ['.a = 1 || .b', '{ .a = 1 || .b }'],
]

describe('plain words become TraceQL:', () => {
  test.each(WORDS)('%s', (words, text) => {
    expect(readQuery(words)).toEqual({ query: parseTraceQl(text), text, fromWords: true })
  })
})

describe('TraceQL stays itself:', () => {
  test.each([
    [' {.a}', '{ .a }'],
    ['({ .a }) && { .b }', '{ .a } && { .b }'],
    ['count() > 2', '{ } | count() > 2'],
  ])('%s', (given, text) =>
    expect(readQuery(given)).toEqual({ query: parseTraceQl(text), text, fromWords: false }),
  )
  test('with its mistakes', () => {
    expect(() => readQuery('{ nmae = "x" }')).toThrow(
      expect.objectContaining({ at: 2, suggestion: '{ name = "x" }' }),
    )
  })
})

describe('words with a mistake are refused:', () => {
  test.each([
    ['a ⟦>500⟧', 'needs a unit'],
    ['⟦duration>long⟧', 'a unit'],
    ['⟦kind:foo⟧', 'one of client'],
    ['⟦OR⟧ b', 'between two words'],
    ['a ⟦OR⟧', 'a word is missing'],
    ['a ⟦NOT⟧', 'a word is missing'],
    ['b ⟦a =⟧', 'a value is missing'],
    ['⟦= 5⟧', 'name of a field'],
    ['a ⟦"b⟧', 'closing `"`'],
    ['⟦name=~[ x⟧', 'expression is wrong'],
    ['⟦kind>server⟧', 'no order'],
  ])('%s', (marked, message) => {
    const at = marked.indexOf('⟦')
    const length = marked.indexOf('⟧') - at - 1
    expect(() => readQuery(marked.replace(/[⟦⟧]/g, ''))).toThrow(
      expect.objectContaining({
        name: 'TraceQlError',
        at,
        length,
        message: expect.stringContaining(message),
      }),
    )
  })
  test('when they are too many or too long', () => {
    expect(() => readQuery('a '.repeat(20))).not.toThrow()
    expect(() => readQuery(`a${' OR a'.repeat(19)}`)).not.toThrow()
    expect(() => readQuery('a '.repeat(21))).toThrow('Of plain words there may be 20')
    expect(() => readQuery('a'.repeat(10_001))).toThrow('10,000')
    expect(() => readQuery('a'.repeat(5000))).toThrow(TraceQlError)
  })
})

const PIECES =
  'error >500ms a= =~ "b c" " - ! NOT OR && || 5xx name: kind:x { ( | .a=1 http.x>5 ` \\ * 😀 duration<1x status=500'.split(
    ' ',
  )

test('any text is a query that its canonical text says again, or has a mistake that lies within it', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(fc.constantFrom(...PIECES, '')).map((all) => all.join(' ')),
      ),
      (text) => {
        try {
          const read = readQuery(text)
          expect(parseTraceQl(read.text)).toEqual(read.query)
        } catch (error) {
          if (!(error instanceof TraceQlError)) throw error
          expect(error.at).toBeGreaterThanOrEqual(0)
          expect(error.length).toBeGreaterThanOrEqual(0)
          expect(error.at + error.length).toBeLessThanOrEqual(text.length)
        }
      },
    ),
    { numRuns: 500 },
  )
})
