// Of any headers at all: what goes out comes in again, and nothing comes in that was not checked.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Context } from '../context/context.ts'
import { coreOf } from '../testing/core.ts'
import { extract, type Headers, inject } from '../testing/carriers.ts'
import { type FormatName, propagatorOf } from './formats.ts'
import { tracestateFrom } from './w3c.ts'

const A = 'a'.repeat(32)
const S1 = '1'.repeat(16)
const S2 = '2'.repeat(16)

const NAMES: FormatName[] = ['x', 'w3c', 'b3', 'b3-single', 'baggage']
const id = (length: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter((text) => /[^0]/.test(text))
const contexts = fc.record({
  requestId: fc.stringMatching(/^[A-Za-z0-9_.:/+=@-]{1,128}$/),
  traceId: fc.oneof(id(16), id(32)),
  spanId: id(16),
  parentSpanId: fc.option(id(16), { nil: undefined }),
  sampled: fc.boolean(),
  debug: fc.constantFrom(true, undefined),
  tracestate: fc.constantFrom('foo=1', 'a@b=  1,c=2', undefined),
  baggage: fc.constantFrom('k=v', 'k = v;p, l=%20', undefined),
  random: fc.boolean(),
})

describe('what one service injects the next one extracts', () => {
  test('with each format, and each choice and order of them', () => {
    fc.assert(
      fc.property(
        contexts,
        fc.shuffledSubarray(NAMES),
        fc.shuffledSubarray(NAMES),
        (context, written, read) => {
          const found = extract(inject(context, { inject: written }), { extract: read })
          const common = read.filter((name) => written.includes(name) && name !== 'baggage')
          // Where both of B3 are read, they are at the place of the first of them.
          const isB3 = (name: FormatName): boolean => name.startsWith('b3')
          const eitherB3 = read.filter(isB3).length === 2 && common.some(isB3)
          const first = read.find((name) => common.includes(name) || (eitherB3 && isB3(name)))
          const hasB3 = common.some(isB3)
          const hasW3c = common.includes('w3c')
          expect(found).toEqual({
            requestId: context.requestId,
            ...(first && {
              traceId: first === 'w3c' ? context.traceId.padStart(32, '0') : context.traceId,
              spanId: context.spanId,
              parentSpanId: first === 'w3c' ? undefined : context.parentSpanId,
              sampled: context.sampled || context.debug === true,
              debug: hasB3 ? context.debug : undefined,
            }),
            ...(hasW3c && { tracestate: context.tracestate, random: context.random }),
            ...(read.includes('baggage') && written.includes('baggage') && { baggage: context.baggage }),
          })
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('through three services the trace stays one, and each span has the one before for a parent', () => {
    const core = coreOf([], { propagator: propagatorOf() })
    let sent: Headers = {}
    let before: Context | undefined
    for (let hop = 0; hop < 3; hop++) {
      const context = core.accept(extract(sent))
      if (before) {
        const { requestId, traceId, spanId: parentSpanId } = before
        expect(context).toMatchObject({ requestId, traceId, parentSpanId })
      }
      before = core.run(context, () => core.child())
      sent = inject(before)
    }
  })
})

describe('whatever comes', () => {
  const headers = propagatorOf().fields
  const whole = inject(
    {
      requestId: 'r',
      traceId: A,
      spanId: S1,
      parentSpanId: S2,
      sampled: true,
      tracestate: 'f=1',
      baggage: 'k=v',
    },
    { inject: NAMES },
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.stringMatching(/^[0-9a-fA-F]{0,40}$/),
    fc.stringMatching(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}-?$/),
    fc.stringMatching(/^[0-9a-f]{16}-[0-9a-f]{16}-[01d]$/),
    fc.constantFrom(...Object.values(whole), `${S1}, ${S2}`, '\u0000', '0', '1', ''),
    // Near misses: one good value with one character changed.
    fc
      .tuple(fc.constantFrom(...Object.values(whole)), fc.nat(60), fc.string({ maxLength: 2 }))
      .map(([value, at, other]) => value.slice(0, at) + other + value.slice(at + 1)),
  )
  const anything = fc.oneof({ weight: 9, arbitrary: text }, { weight: 1, arbitrary: fc.anything() })

  test('nothing is thrown, and nothing gets in but checked values', () => {
    fc.assert(
      fc.property(fc.array(anything, { minLength: headers.length, maxLength: headers.length }), (values) => {
        const found = extract(Object.fromEntries(headers.map((name, at) => [name, values[at]])))
        expect(found.requestId ?? 'x').toMatch(/^[A-Za-z0-9_.:/+=@-]{1,128}$/)
        expect(found.traceId ?? A).toMatch(/^(?!0+$)(?:[0-9a-f]{16}|[0-9a-f]{32})$/)
        expect(found.spanId ?? S1).toMatch(/^(?!0+$)[0-9a-f]{16}$/)
        expect(found.parentSpanId ?? S1).toMatch(/^(?!0+$)[0-9a-f]{16}$/)
        expect([true, false, undefined]).toContain(found.sampled)
        expect([true, undefined]).toContain(found.debug)
        expect([true, false, undefined]).toContain(found.random)
        expect(found.tracestate ?? 'f=1').toMatch(/^[\x20-\x7e]{3,8192}$/)
        expect(found.baggage ?? 'k=v').toMatch(/^[\t\x20-\x7e]{2,8192}$/)
        if (found.traceId === undefined) expect(found).not.toMatchObject({ spanId: expect.anything() })
        // And it can be sent on by any client.
        for (const value of Object.values(inject(coreOf([]).accept(found), { inject: NAMES })))
          expect(value).toMatch(/^[\t\x20-\x7e]+$/)
      }),
      { numRuns: 2000 },
    )
  })

  test.each(Object.keys(whole))('a megabyte of %s does not get in', (name) => {
    const fill = { tracestate: 'f=1,', baggage: 'k=v,' }[name] ?? '0'
    const { [name]: _left, ...others } = whole
    const found = extract({ ...others, [name]: fill.repeat(2 ** 18) })
    for (const value of Object.values(found)) expect(String(value).length).toBeLessThanOrEqual(8192)
    if (name !== 'baggage') expect(JSON.stringify(found)).not.toContain('00000000000000000')
  })
})

test('a tracestate passed on is never other than the spec has it, and passed on again is the same', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.stringMatching(/^[a-z@=, \t]{0,60}$/),
    fc
      .array(fc.stringMatching(/^[ \t]?[a-z0-9@_*/-]{0,5}=[ -~]{0,5}[ \t]?$/), { maxLength: 40 })
      .map((all) => all.join(',')),
  )
  const form =
    /^[a-z0-9][a-z0-9_*/@-]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/
  fc.assert(
    fc.property(text, (value) => {
      const found = tracestateFrom(value)
      if (found === undefined) return
      expect(found.split(',').length).toBeLessThanOrEqual(32)
      for (const member of found.split(',')) expect(member).toMatch(form)
      expect(tracestateFrom(found)).toBe(found)
      // Nothing is lost but blanks and empty members.
      expect(found).toBe(
        value
          .split(',')
          .map((each) => each.trim())
          .filter(Boolean)
          .join(','),
      )
    }),
    { numRuns: 2000 },
  )
})
