// W3C Baggage by its spec and the cases of its own tests (github.com/w3c/baggage, test/test_baggage.py), told in our
// words; left out are those of its classes' constructors.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Context, currentContext, runUntraced, runWithContext } from '../context/context.ts'
import { coreOf } from '../testing/core.ts'
import {
  type BaggageEntry,
  baggageFrom,
  currentBaggage,
  formatBaggage,
  parseBaggage,
  runWithBaggage,
} from './baggage.ts'

const parsed = (header: string): Record<string, BaggageEntry> => Object.fromEntries(parseBaggage(header))
/** Each sign for itself: more is escaped than has to be. */
const SIGNS = '\t "\';=asdf!@#$%^&*()'
const ESCAPED = '%09%20%22%27%3B%3Dasdf%21%40%23%24%25%5E%26%2A%28%29'

describe('parseBaggage', () => {
  test.each<[string, string, Record<string, BaggageEntry>]>([
    ['one', 'SomeKey=SomeValue', { SomeKey: { value: 'SomeValue' } }],
    [
      'two, with properties',
      'SomeKey=SomeValue;SomeProp,SomeKey2=SomeValue2;ValueProp=PropVal',
      {
        SomeKey: { value: 'SomeValue', properties: [{ key: 'SomeProp' }] },
        SomeKey2: { value: 'SomeValue2', properties: [{ key: 'ValueProp', value: 'PropVal' }] },
      },
    ],
    [
      'blanks wherever they may be',
      'SomeKey \t = \t SomeValue \t ; \t SomeProp \t , \t SomeKey2 \t = \t SomeValue2 \t ; \t ValueProp \t = \t PropVal \t ',
      {
        SomeKey: { value: 'SomeValue', properties: [{ key: 'SomeProp' }] },
        SomeKey2: { value: 'SomeValue2', properties: [{ key: 'ValueProp', value: 'PropVal' }] },
      },
    ],
    ['equals signs in a value', 'k=a=b==', { k: { value: 'a=b==' } }],
    ['an empty value', 'k=', { k: { value: '' } }],
    ['escapes', `k=${ESCAPED}`, { k: { value: SIGNS } }],
    ['escapes between blanks', `k \t = \t ${ESCAPED} \t `, { k: { value: SIGNS } }],
    ['escapes of UTF-8', 'k=Am%C3%A9lie%F0%9F%92%A9', { k: { value: 'Amélie💩' } }],
    ['escapes in small letters', 'k=Am%c3%a9lie', { k: { value: 'Amélie' } }],
    ['escapes of no UTF-8, as U+FFFD', 'k=a%FFb%C3', { k: { value: 'a\uFFFDb\uFFFD' } }],
    ['a percent sign that escapes nothing', 'k=100%', { k: { value: '100%' } }],
    [
      'properties of one name, in their order',
      'k=v;p;p=1;p=2',
      { k: { value: 'v', properties: [{ key: 'p' }, { key: 'p', value: '1' }, { key: 'p', value: '2' }] } },
    ],
    [
      'escapes in a property',
      `k=v;p=${ESCAPED}`,
      { k: { value: 'v', properties: [{ key: 'p', value: SIGNS }] } },
    ],
    [
      'a property that is a key as it stands',
      'k=v;ValueProp%20%09%20%3D%20%09%20PropVal',
      { k: { value: 'v', properties: [{ key: 'ValueProp%20%09%20%3D%20%09%20PropVal' }] } },
    ],
    ['a key that came twice, by its last value', 'k=1,l=2,k=3', { k: { value: '3' }, l: { value: '2' } }],
    ['a key that objects have anyway', '__proto__=1', Object.fromEntries([['__proto__', { value: '1' }]])],
    ['nothing of nothing', '', {}],
  ])('reads %s', (_what, header, found) => {
    expect(parsed(header)).toEqual(found)
  })
})

describe('a baggage header', () => {
  test.each([
    'userId=alice,serverNode=DF%2028,isProduction=false',
    'key1=value1;property1;property2, key2 = value2, key3=value3; propertyKey=propertyValue',
    'k=1,k=2',
    `k=${'0123456789'.repeat(819)}`,
    Array.from({ length: 180 }, (_, at) => `key${at}=v`).join(','),
  ])('that is well-formed is passed on as it came: %.60s', (header) => {
    expect(baggageFrom(header)).toBe(header)
  })

  test.each([
    ['no equals sign', 'a=1,b,c=3', 'a=1,c=3'],
    ['no key', '=1, c=3', 'c=3'],
    ['a blank in its key', 'a b=1,c=3', 'c=3'],
    ['a blank in its value', 'a=1 2,c=3', 'c=3'],
    ['quotes', 'a="1",c=3', 'c=3'],
    ['a backslash', 'a=\\,c=3', 'c=3'],
    ['other letters', 'a=é,c=3', 'c=3'],
    ['a line break', 'a=1\r\n,c=3', 'c=3'],
    ['a property without a key', 'a=1;,c=3', 'c=3'],
    ['a property with a bad value', 'a=1;p=",c=3', 'c=3'],
    ['nothing in it', 'a=1,,c=3,', 'a=1,c=3'],
  ])('loses a member with %s, and keeps the others', (_what, header, kept) => {
    expect(baggageFrom(header)).toBe(kept)
    expect(baggageFrom('b,=,')).toBeUndefined()
  })

  test('keeps 180 members, and whole members of up to 8192 bytes', () => {
    const many = Array.from({ length: 200 }, (_, at) => `key${at}=v`)
    expect(baggageFrom(many.join(','))).toBe(many.slice(0, 180).join(','))
    const long = Array.from({ length: 10 }, (_, at) => `k${at}=${'v'.repeat(1000)}`)
    expect(baggageFrom(long.join(','))).toBe(long.slice(0, 8).join(','))
    expect(baggageFrom(`k=${'v'.repeat(8191)}`)).toBeUndefined()
    expect(baggageFrom(`${long.slice(0, 8).join(',')},`.padEnd(8192, 'x'))).toBe(long.slice(0, 8).join(','))
  })

  test('of any text gives nothing but well-formed members, and the same when passed on', () => {
    const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
    const octets = '[\\x21\\x23-\\x2b\\x2d-\\x3a\\x3c-\\x5b\\x5d-\\x7e]*'
    const pair = `${token}[ \\t]*=[ \\t]*${octets}`
    const form = new RegExp(`^[ \\t]*${pair}[ \\t]*(?:;[ \\t]*(?:${pair}|${token})[ \\t]*)*$`)
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.stringMatching(/^[ab%=;, \t"é]{0,60}$/),
      fc
        .array(fc.stringMatching(/^ ?[a-c] ?= ?[a%1-3]{0,9} ?(;p ?(=q)? ?)?$/), { maxLength: 250 })
        .map((all) => all.join(',')),
    )
    fc.assert(
      fc.property(text, (value) => {
        const found = baggageFrom(value)
        // Each member of the text is kept if, and only if, it has the form.
        expect(found?.split(',').map((each) => each.trim())).toEqual(
          value.split(',').some((each) => form.test(each))
            ? value
                .split(',')
                .filter((each) => form.test(each))
                .slice(0, 180)
                .map((each) => each.trim().replace(/^[ \t]+|[ \t]+$/g, ''))
            : undefined,
        )
        expect(baggageFrom(found)).toBe(found)
        expect(() => parseBaggage(value)).not.toThrow()
      }),
      { numRuns: 2000 },
    )
  })
})

const key = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,10}$/)
const value = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.constant(SIGNS))
const property = fc.oneof(fc.record({ key }), fc.record({ key, value }))
const entry = fc.oneof(
  fc.record({ value }),
  fc.record({ value, properties: fc.array(property, { minLength: 1, maxLength: 3 }) }),
)

describe('formatBaggage', () => {
  test('writes what parseBaggage reads', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(key, entry), { maxLength: 10 }), (pairs) => {
        const entries = new Map<string, BaggageEntry>(pairs)
        const header = formatBaggage(entries)
        expect(parseBaggage(header)).toEqual(entries)
        expect(baggageFrom(header) ?? '').toBe(header)
      }),
    )
  })

  test('writes the examples of the spec', () => {
    expect(formatBaggage({ userId: 'Amélie', serverNode: 'DF 28', isProduction: 'false' })).toBe(
      'userId=Am%C3%A9lie,serverNode=DF%2028,isProduction=false',
    )
  })

  test('escapes the percent sign, alone too', () => {
    expect(formatBaggage({ a: '100%', b: '%41' })).toBe('a=100%25,b=%2541')
  })

  test('leaves out what is no key, and writes half a pair of surrogates as U+FFFD', () => {
    expect(formatBaggage({ '': '1', 'a b': '2', ä: '3', 'a,b': '4', c: '\uD800' })).toBe('c=%EF%BF%BD')
  })

  test('writes 180 members and 8192 bytes at most, and no half members', () => {
    const many = Object.fromEntries(Array.from({ length: 512 }, (_, at) => [`k${at}`, 'v']))
    expect(formatBaggage(many).split(',')).toHaveLength(180)
    expect(formatBaggage({ a: '0123456789'.repeat(819) })).toHaveLength(8192)
    expect(formatBaggage({ a: 'v'.repeat(8000), b: 'v'.repeat(300), c: 'v' })).toBe(
      `a=${'v'.repeat(8000)},c=v`,
    )
    expect(formatBaggage({ a: ' '.repeat(3000), b: '1' })).toBe('b=1')
  })

  test('takes what plain JavaScript may give it', () => {
    const odd = { a: 1, b: null, c: undefined, d: { value: true } } as unknown as Record<string, string>
    expect(formatBaggage(odd)).toBe('a=1,d=true')
  })
})

describe('runWithBaggage', () => {
  const context: Context = {
    requestId: 'r',
    traceId: '1'.repeat(32),
    spanId: '2'.repeat(16),
    sampled: true,
    baggage: 'tenant=a%20b;p=1,user=7,tenant=twice',
  }

  test('adds to what came, in the place of the same keys, for the time of the function', () => {
    runWithContext(context, () => {
      runWithBaggage({ user: 'ä', plan: 'free' }, () => {
        // What came is passed on as it was written.
        expect(currentContext()).toEqual({
          ...context,
          baggage: 'user=%C3%A4,plan=free,tenant=a%20b;p=1,tenant=twice',
        })
        expect(currentBaggage().get('user')).toEqual({ value: 'ä' })
      })
      expect(currentBaggage().get('user')).toEqual({ value: '7' })
    })
  })

  test('goes before what came where not all fits', () => {
    runWithContext({ ...context, baggage: `a=${'v'.repeat(8190)}` }, () => {
      runWithBaggage({ b: '1' }, () => expect(currentContext()?.baggage).toBe('b=1'))
    })
  })

  test('reaches the calls made in it, and spans opened in it', () => {
    const core = coreOf([])
    runWithContext(context, () =>
      runWithBaggage({ user: '8' }, () =>
        core.withSpan('x', () => expect(core.child().baggage).toBe('user=8,tenant=a%20b;p=1,tenant=twice')),
      ),
    )
  })

  test('outside of any request just runs the function', () => {
    expect(runWithBaggage({ a: '1' }, () => currentContext())).toBeUndefined()
    expect(currentBaggage()).toEqual(new Map())
    runWithContext(context, () => {
      runUntraced(() => expect(runWithBaggage({ a: '1' }, () => currentBaggage().size)).toBe(0))
    })
  })

  test('gives back what the function gives, and throws what it throws', () => {
    const promise = Promise.resolve(1)
    const error = new Error('x')
    runWithContext(context, () => {
      expect(runWithBaggage({}, () => promise)).toBe(promise)
      expect(() =>
        runWithBaggage({}, () => {
          throw error
        }),
      ).toThrow(error)
    })
  })
})
