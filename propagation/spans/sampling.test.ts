// A trace is recorded by the first rule that fits, at its rate, within its limit; hostile paths cost nothing.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { newTraceId, sampledAt } from '../context/ids.ts'
import { areSampleRules, pathMatcherOf, RateLimit, samplerOf, type SampleRule } from './sampling.ts'

const LOW = `${'0'.repeat(31)}1`
const HIGH = 'f'.repeat(32)
const still = (): number => 0

describe('patterns', () => {
  test.each([
    ['/health', '/health', true],
    ['/health', '/health/', true],
    ['/health', '/health//', false],
    ['/health', '/healthz', false],
    ['/health', '/Health', false],
    ['/health', '/health/live', false],
    ['/health/', '/health', true],
    ['/', '/', true],
    ['/', '/a', false],
    ['/*', '/', true],
    ['/*', '/a/b', true],
    ['/orders/:id', '/orders/42', true],
    ['/orders/:id', '/orders/42/', true],
    ['/orders/:id', '/orders/', false],
    ['/orders/:id', '/orders', false],
    ['/orders/:id', '/orders/42/items', false],
    ['/orders/:id/items', '/orders/42/items', true],
    ['/:a/:b', '/x/y', true],
    ['/:a/:b', '//y', false],
    ['/internal/*', '/internal', false],
    ['/internal/*', '/internal/', true],
    ['/internal/*', '/internal/a/b', true],
    ['/internal/*', '/internals/a', false],
    ['/a/:id/*', '/a/1/x', true],
    ['/a/:id/*', '/a/1', false],
    ['/a.b', '/axb', false],
  ])('%s and %s: %s', (pattern, path, fits) => {
    expect(pathMatcherOf(pattern)(path)).toBe(fits)
  })

  test('match as a naive matcher does', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', 'a b', '')
    const path = fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
    const pattern = fc
      .tuple(
        fc.array(fc.constantFrom('a', 'b', 'ab', ':x', ':a'), { maxLength: 3 }),
        fc.constantFrom('', '/', '/*'),
      )
      .map(([parts, end]) => `/${parts.join('/')}${parts.length > 0 ? end : end.slice(1)}`)
    const naive = (form: string, called: string): boolean => {
      const open = form.endsWith('/*')
      const wanted = form
        .replace(/\/\*?$/, '')
        .split('/')
        .slice(1)
      const source = wanted.map((part) => (part.startsWith(':') ? '/[^/]+' : `/${part}`)).join('')
      return new RegExp(`^${source}${open ? '/.*' : '/?'}$`).test(called)
    }
    fc.assert(
      fc.property(pattern, path, (form, called) => {
        expect(areSampleRules([{ path: form, rate: 1 }])).toBe(true)
        expect([form, called, pathMatcherOf(form)(called)]).toEqual([form, called, naive(form, called)])
      }),
      { numRuns: 2000 },
    )
  })

  test('take time in proportion to the path, whatever it is', () => {
    const fits = pathMatcherOf(`${'/:a'.repeat(300)}/end`)
    const path = '/a'.repeat(5_000_000)
    const start = performance.now()
    expect(fits(path)).toBe(false)
    expect(pathMatcherOf('/:a/:b')(`/${'x'.repeat(10_000_000)}`)).toBe(false)
    expect(performance.now() - start).toBeLessThan(2000)
  })
})

describe('rules', () => {
  const rules: SampleRule[] = [
    { method: 'get', path: '/health', rate: 0 },
    { path: '/orders/:id', rate: 1 },
    { path: '/internal/*', perSecond: 1 },
    { method: 'DELETE', rate: 1 },
  ]
  const sampler = samplerOf({ sampleRate: 0, sampleRules: rules }, still)
  const decide = (method?: string, path?: string): boolean => sampler.decide({ traceId: HIGH, method, path })

  test('the first that fits decides, by method and by path; the rate where none does', () => {
    expect(decide('GET', '/orders/1')).toBe(true)
    expect(decide('POST', '/orders/1')).toBe(true)
    expect(decide('DELETE', '/x')).toBe(true)
    expect(decide('GET', '/x')).toBe(false)
    expect(decide()).toBe(false)
    const all = samplerOf({ sampleRules: rules }, still)
    expect(all.decide({ traceId: HIGH, method: 'GET', path: '/health' })).toBe(false)
    expect(all.decide({ traceId: HIGH, method: 'HEAD', path: '/health' })).toBe(true)
    expect(all.decide({ traceId: HIGH, method: 'DELETE', path: '/health' })).toBe(true)
    expect(all.decide({ traceId: HIGH })).toBe(true)
  })

  test('a limit of one rule is its own', () => {
    const limited = samplerOf(
      {
        samplesPerSecond: 1,
        sampleRules: [
          { path: '/a', perSecond: 2 },
          { path: '/b', rate: 1 },
        ],
      },
      still,
    )
    const count = (path: string): number =>
      Array.from({ length: 10 }, () => limited.decide({ traceId: HIGH, path })).filter(Boolean).length
    expect([count('/a'), count('/b'), count('/c')]).toEqual([2, 10, 1])
  })

  test('what the rate leaves out takes nothing of the limit', () => {
    const sampler = samplerOf({ sampleRate: 0.5, samplesPerSecond: 1 }, still)
    expect([HIGH, HIGH, LOW, LOW].map((traceId) => sampler.decide({ traceId }))).toEqual([
      false,
      false,
      true,
      false,
    ])
  })

  test('by a rate, every process decides alike', () => {
    const one = samplerOf({ sampleRate: 0.3 })
    const other = samplerOf({ sampleRules: [{ rate: 0.3 }] })
    let kept = 0
    for (let i = 0; i < 5000; i++) {
      const traceId = newTraceId()
      expect(one.decide({ traceId })).toBe(sampledAt(0.3, traceId))
      expect(other.decide({ traceId })).toBe(one.decide({ traceId }))
      if (one.decide({ traceId })) kept++
    }
    expect(kept).toBeGreaterThan(1300)
    expect(kept).toBeLessThan(1700)
  })

  test('of no options: all', () => {
    expect(samplerOf({}).decide({ traceId: HIGH, method: 'GET', path: '/' })).toBe(true)
  })

  test.each([
    ['a list', [{ method: 'GET', path: '/a/:id/*', rate: 0.5, perSecond: 0.1 }, { rate: 1 }], true],
    ['nothing', [], true],
    ['no list', { path: '/a', rate: 1 }, false],
    ['neither rate nor limit', [{ path: '/a' }], false],
    ['a rate above 1', [{ rate: 2 }], false],
    ['a negative limit', [{ perSecond: -1 }], false],
    ['an endless limit', [{ perSecond: Infinity }], false],
    ['a relative path', [{ path: 'a', rate: 1 }], false],
    ['a query', [{ path: '/a?b', rate: 1 }], false],
    ['a star within', [{ path: '/*/a', rate: 1 }], false],
    ['a star in a segment', [{ path: '/a*', rate: 1 }], false],
    ['a regular expression', [{ path: '/:id(\\d+)', rate: 1 }], false],
    ['two parameters in a segment', [{ path: '/:a-:b', rate: 1 }], false],
    ['a long pattern', [{ path: `/${'a'.repeat(2000)}`, rate: 1 }], false],
    ['no method', [{ method: 'GET ', rate: 1 }], false],
    ['null', [null], false],
  ])('%s is checked', (_, value, fits) => {
    expect(areSampleRules(value)).toBe(fits)
  })
})

describe('a limit', () => {
  test('is never exceeded over any time, however requests come', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 50, noNaN: true }),
        fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 200 }),
        (perSecond, pauses) => {
          let now = 0
          const limit = new RateLimit(perSecond, () => now)
          const passed: number[] = []
          for (const pause of pauses) {
            now += pause
            if (limit.take()) passed.push(now)
          }
          for (let from = 0; from < passed.length; from++) {
            for (let to = from; to < passed.length; to++) {
              const seconds = ((passed[to] ?? 0) - (passed[from] ?? 0)) / 1000
              expect(to - from + 1).toBeLessThanOrEqual(Math.max(1, perSecond) + perSecond * seconds + 1e-6)
            }
          }
        },
      ),
    )
  })

  test.each([0.5, 1, 7, 100])('of %s a second is used up under load', (perSecond) => {
    let now = 0
    const limit = new RateLimit(perSecond, () => now)
    let passed = 0
    for (; now < 100_000; now += 2) if (limit.take()) passed++
    expect(passed).toBeGreaterThanOrEqual(Math.floor(perSecond * 99))
    expect(passed).toBeLessThanOrEqual(perSecond * 101 + 1)
  })

  test('of 0 lets nothing through, ever', () => {
    let now = 0
    const limit = new RateLimit(0, () => now)
    expect(limit.take()).toBe(false)
    now = 1e9
    expect(limit.take()).toBe(false)
  })

  test('is not lifted by a clock set back', () => {
    let now = 1000
    const limit = new RateLimit(1, () => now)
    expect(limit.take()).toBe(true)
    now = 0
    expect(limit.take()).toBe(false)
    now = 1500
    expect(limit.take()).toBe(false)
    now = 2000
    expect(limit.take()).toBe(true)
  })
})
