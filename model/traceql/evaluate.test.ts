import { describe, expect, test } from '@jest/globals'
import type { Span } from '../span.ts'
import { idOf, makeSpan, TEXT_EPOCH, traceFromText } from '../testing/trace-text.ts'
import { TooSlow } from '../too-slow.ts'
import { matchTrace, type NamedValue } from './evaluate.ts'
import { parseTraceQl } from './parser.ts'
import { planOf } from './plan.ts'

// What each query finds in many traces is in test/traceql; here is what it shows of one.
const trace = traceFromText(`
  web get 0 100 SERVER
    web pay 10 20 CLIENT n=1 region=eu
    web pay 40 30 CLIENT n=2 region=us
    web mail 80 5 PRODUCER n=x`)

/** A line for each set: what it is grouped by, its aggregates, its spans by name and place. */
function sets(query: string, of = trace): string[] {
  const match = matchTrace(parseTraceQl(query), of)
  const shown = (values: readonly NamedValue[]) =>
    values.map(({ name, value }) => `${name}=${value} `).join('')
  return (match?.spanSets ?? []).map(
    ({ by, aggregates, spans }) =>
      `${shown(by)}${shown(aggregates)}${spans.map((span) => `${span.name}${of.spans.indexOf(span)}`).join(' ')}`,
  )
}

describe('the sets of spans found', () => {
  test.each([
    ['{ name = "pay" }', ['pay1 pay2']],
    ['{ name = "get" } && { name = "mail" }', ['get0 mail3']],
    ['{ name = "pay" } || { .n = 1 }', ['pay1 pay2']],
    ['{ name = "get" } > { name = "pay" }', ['pay1 pay2']],
    ['{ name = "pay" } < { name = "get" }', ['get0']],
    ['{ name = "get" } &> { name = "pay" }', ['get0 pay1 pay2']],
    ['{ .n = 1 } ~ { }', ['pay2 mail3']],
    ['{ .n = 1 } !~ { }', ['get0 pay1']],
    ['{ .n = 1 } &~ { .n != nil }', ['pay1 pay2 mail3']],
    ['{ .n = 1 } | count() > 1', []],
    ['{ name = "pay" } | count() = 2', ['count()=2 pay1 pay2']],
    ['{ } | by(name)', ['name=get get0', 'name=mail mail3', 'name=pay pay1 pay2']],
    ['{ } | by(.n)', ['.n=1 pay1', '.n=2 pay2', '.n=x mail3', '.n=undefined get0']],
    [
      '{ } | by(duration)',
      ['duration=5000 mail3', 'duration=20000 pay1', 'duration=30000 pay2', 'duration=100000 get0'],
    ],
    ['{ } | by(name) | count() > 1', ['name=pay count()=2 pay1 pay2']],
    ['{ } | by(name) | coalesce()', ['get0 pay1 pay2 mail3']],
    [
      '{ } | by(kind) | by(.region) | count() = 1 | { .region = "eu" }',
      ['kind=client .region=eu count()=1 pay1'],
    ],
    ['{ } | avg(.n) > 1 | sum(.n) = 3', ['avg(.n)=1.5 sum(.n)=3 get0 pay1 pay2 mail3']],
    [
      '{ } | max(duration) - min(duration) = 95ms',
      ['max(duration)=100000 min(duration)=5000 get0 pay1 pay2 mail3'],
    ],
    ['{ .n = nil } | max(.n) >= 0', []],
    ['({ name = "pay" } | count() > 1) || { name = "get" }', ['get0 pay1 pay2']],
    ['count() + count() + max(.n) > 9 | count() > 1', ['max(.n)=2 count()=4 get0 pay1 pay2 mail3']],
    [
      '{ } | count() > 1 | { name = "pay" } | sum(.n) = 3 | { .n = 1 } | { } | max(.n) = 1',
      ['count()=4 sum(.n)=3 max(.n)=1 pay1'],
    ],
    [
      '{ } | by(kind) | ({ .n != nil } | count() > 0 | by(.n)) | { } | max(.n) = 1',
      ['kind=client .n=1 max(.n)=1 pay1'],
    ],
    ['{ } | by(name) | ({ } | by(.n) | coalesce()) | count() > 1', ['count()=2 pay1 pay2']],
  ])('%s', (query, expected) => {
    expect(sets(query)).toEqual(expected)
  })

  test('say what they are of for the first ten only', () => {
    const names = Array.from({ length: 12 }, (_, i) => `web s${String(i).padStart(2, '0')} ${i} 1`)
    const shown = sets('{ } | by(name) | count() + count() > 1', traceFromText(names.join('\n')))
    expect(shown[9]).toBe('name=s09 count()=1 s099')
    expect(shown.slice(10)).toEqual(['s1010', 's1111'])
  })

  test('count each span once', () => {
    expect(matchTrace(parseTraceQl('{ } | by(name)'), trace)?.matched).toBe(4)
  })

  test('show what is selected, nil where a span has none', () => {
    const match = matchTrace(parseTraceQl('{ } | select(.n, span:childCount) | select(name)'), trace)
    expect(match?.attributesOf(trace.spans[0] as Span)).toEqual([
      { name: '.n', value: undefined },
      { name: 'span:childCount', value: 3 },
      { name: 'name', value: 'get' },
    ])
  })
})

describe('hostile texts', () => {
  test('names of what objects inherit are tags like any other', () => {
    for (const key of ['constructor', '__proto__', 'toString', 'hasOwnProperty'])
      expect([key, sets(`{ ."${key}" != nil }`)]).toEqual([key, []])
  })

  test('an event is called what stands before its attributes, whatever else it looks like', () => {
    const named = (value: string, name: string) => {
      const span = makeSpan({ timestamp: TEXT_EPOCH, annotations: [{ timestamp: TEXT_EPOCH, value }] })
      const query = parseTraceQl(`{ event:name = ${JSON.stringify(name)} }`)
      return matchTrace(query, { traceId: span.traceId, spans: [span] }) !== undefined
    }
    expect(named('"a \\"b":{"k":"v"}', 'a "b')).toBe(true)
    for (const value of ['"a', '"a"', '"a":', '"a\\":{}', '"\\x":{}', '{}', '', '"a": {}'])
      expect([value, named(value, value)]).toEqual([value, true])
    expect(named(`"${'\\"'.repeat(500_000)}":{}`, 'b')).toBe(false)
  })
})

describe('the clock is looked at', () => {
  const many = { traceId: trace.traceId, spans: Array.from({ length: 1000 }, (_, i) => ({ ...trace.spans[1], tags: { n: String(i) } }) as Span) } // prettier-ignore
  const looks = (query: string) => {
    let count = 0
    matchTrace(parseTraceQl(query), many, () => count++ < 0)
    return count
  }
  const stage = ' | count() > 0'
  test.each([
    ['for each set of each stage', `{ } | by(.n)${stage}`, stage.repeat(10), 10_000],
    ['for each span related', '{ } && { }', ' !> { } && { }'.repeat(5), 5 * 4000],
  ])('%s', (_, query, more, least) => {
    // Every 16 calls.
    expect(looks(query + more) - looks(query)).toBeGreaterThanOrEqual(Math.floor(least / 16) - 1)
  })

  test('and an answer that takes too long is none', () => {
    const query = parseTraceQl('{ } | by(.n)')
    expect(() => matchTrace(query, many, () => true)).toThrow(TooSlow)
  })
})

test('100,000 sets with many aggregates take a moment and little memory', () => {
  const spans = Array.from({ length: 100_000 }, (_, i) => makeSpan({ timestamp: TEXT_EPOCH, tags: { n: String(i) } }))
  const query = parseTraceQl(`{ } | by(.n) | ${Array(50).fill('count()').join(' + ')} > 0`)
  const before = process.memoryUsage().heapUsed
  const match = matchTrace(query, { traceId: makeSpan().traceId, spans })
  const used = process.memoryUsage().heapUsed - before
  expect(match?.spanSets).toHaveLength(100_000)
  expect(used).toBeLessThan(150e6)
}) // prettier-ignore

test('the clock is looked at before each match that is not remembered, of however few spans', () => {
  const spans = ['aa', 'ab', 'aa', 'ac'].map((a, i) =>
    makeSpan({ id: idOf(i + 1), timestamp: TEXT_EPOCH, tags: { a } }),
  )
  const of = { traceId: spans[0]!.traceId, spans }
  const looked = (query: string, most: number) => {
    let times = 0
    try {
      matchTrace(parseTraceQl(query), of, () => ++times > most)
    } catch (error) {
      return [times, (error as Error).name]
    }
    return times
  }
  expect(looked('{ .a =~ "[a].*1" }', Infinity)).toBe(3)
  expect(looked('{ .a !~ "[a].*2" }', 1)).toEqual([2, 'TooSlow'])
  expect(looked('{ event:name =~ "x" || .a =~ "[a].*3" }', 0)).toEqual([1, 'TooSlow'])
})

test('a query of any depth is prepared in no time', () => {
  const nested = (depth: number, inner: string, wrap: (of: string) => string) => {
    let text = inner
    for (let i = 0; i < depth; i++) text = wrap(text)
    return `{ ${text} }`
  }
  for (const query of [
    nested(40, '1 = 1', (of) => `(${of}) = true`),
    nested(40, '.a = 1', (of) => `true = (${of})`),
    nested(40, '.a', (of) => `(${of}) + 1`).replace(' }', ' > 5 }'),
    nested(40, 'traceDuration > 1s', (of) => `!(${of} || .a = 1)`),
  ]) {
    const parsed = parseTraceQl(query)
    const started = performance.now()
    planOf(parsed, () => false)
    matchTrace(parsed, trace)
    expect([query, performance.now() - started < 1000]).toEqual([query, true])
  }
})
