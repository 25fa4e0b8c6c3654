import { describe, expect, test } from '@jest/globals'
import { TraceQlError } from './errors.ts'
import { parseTraceQl } from './parser.ts'

function mistakeIn(text: string): TraceQlError {
  try {
    parseTraceQl(text)
  } catch (error) {
    if (error instanceof TraceQlError) return error
    throw error
  }
  throw new Error(`${text} has no mistake`)
}

/** The query with the place of its mistake in ⟦⟧, a part of the message, and the suggestion. */
const MISTAKES: readonly (readonly [string, string, string?])[] = [
  // Names
  ['{ ⟦nmae⟧ = "x" }', 'Did you mean `name`?', '{ name = "x" }'],
  ['{ ⟦Name⟧ = "x" }', 'Did you mean `name`?', '{ name = "x" }'],
  ['{ ⟦traceId⟧ = "x" }', 'Did you mean `trace:id`?', '{ trace:id = "x" }'],
  ['{ ⟦request_id⟧ = "x" }', 'Did you mean `requestId`?', '{ requestId = "x" }'],
  ['{ ⟦latency⟧ > 1s }', 'Did you mean `duration`?', '{ duration > 1s }'],
  ['{ ⟦customer⟧ = 4 }', '`.customer` or `span.customer`', '{ .customer = 4 }'],
  ['{ ⟦http.method⟧ = "GET" }', '`.http.method` or `span.http.method`', '{ .http.method = "GET" }'],
  ['{ ⟦http-method⟧ = "GET" }', '`.http-method` or', '{ .http-method = "GET" }'],
  ['{ ⟦service⟧ = "x" }', '`resource.service.name`', '{ resource.service.name = "x" }'],
  ['{ ⟦service.name⟧ = "x" }', '`resource.service.name`', '{ resource.service.name = "x" }'],
  ['{ ⟦Span.http.method⟧ = "x" }', 'in lower case', '{ span.http.method = "x" }'],
  ['{ ⟦resource:service.name⟧ = "x" }', 'with a dot', '{ resource.service.name = "x" }'],
  ['{ ⟦trace.duration⟧ > 5s }', '`trace:duration`', '{ trace:duration > 5s }'],
  ['{ ⟦trace:name⟧ = "x" }', '`trace:rootName`', '{ trace:rootName = "x" }'],
  ['{ ⟦span:nmae⟧ = "x" }', '`span:name`', '{ span:name = "x" }'],
  ['{ ⟦trace:kind⟧ = server }', 'There is no field `trace:kind`.'],
  ['{ ⟦.⟧ a = 1 }', 'without a blank', '{ .a = 1 }'],
  // Values
  ["{ name = ⟦'it\\'s'⟧ }", 'double quotes', `{ name = "it's" }`],
  ['{ name = ⟦“x”⟧ }', 'double quotes', '{ name = "x" }'],
  ['{ name ⟦＝⟧ "x" }', 'wide character', '{ name = "x" }'],
  ['{ name = ⟦"checkout }⟧', 'closing `"`', '{ name = "checkout" }'],
  ['{ name = ⟦checkout⟧ }', 'needs quotes', '{ name = "checkout" }'],
  ['{ name = ⟦checkout-service⟧ && .a }', 'needs quotes', '{ name = "checkout-service" && .a }'],
  ['{ .url = ⟦/api/v1⟧ }', 'needs quotes', '{ .url = "/api/v1" }'],
  ['{ .a = ⟦4bf92f35⟧ }', 'needs quotes', '{ .a = "4bf92f35" }'],
  ['{ .a = ⟦5xx⟧ }', 'is a range', '{ .a >= 500 && .a < 600 }'],
  ['{ .a = ⟦null⟧ }', '`nil`', '{ .a = nil }'],
  ['{ .a = ⟦True⟧ }', 'lower case', '{ .a = true }'],
  ['{ name = "x⟦\\d⟧" }', 'Unknown escape', '{ name = "x\\\\d" }'],
  ['{ .a = ⟦1e999⟧ }', 'too large'],
  // Durations
  ['{ duration > ⟦500msec⟧ }', 'use `ms`', '{ duration > 500ms }'],
  ['{ duration > ⟦5S⟧ }', 'use `s`', '{ duration > 5s }'],
  ['{ duration > ⟦500⟧ }', 'needs a unit', '{ duration > 500ms }'],
  ['{ duration > 500⟦ ⟧ms }', 'without a blank', '{ duration > 500ms }'],
  ['{ duration > ⟦"500ms"⟧ }', 'without quotes', '{ duration > 500ms }'],
  // Types
  ['{ status=⟦Error⟧ }', 'Did you mean `error`?', '{ status=error }'],
  ['{ status=⟦"error"⟧ }', 'without quotes', '{ status=error }'],
  ['{ status = ⟦failed⟧ }', 'one of error, ok, unset'],
  ['{ ⟦status = 500⟧ }', 'can’t be compared'],
  ['{ ⟦status > error⟧ }', 'no order'],
  ['{ kind = ⟦"SERVER"⟧ }', 'without quotes', '{ kind = server }'],
  ['{ kind = ⟦http⟧ }', 'one of client'],
  ['{ ⟦kind = error⟧ }', 'can’t be compared'],
  ['{ name > ⟦5⟧ }', 'needs quotes', '{ name > "5" }'],
  ['{ span.status = ⟦error⟧ }', 'needs quotes', '{ span.status = "error" }'],
  ['{ ⟦error⟧ }', 'no condition', '{ status = error }'],
  ['{ ⟦name⟧ }', 'not a condition'],
  ['{ ⟦1⟧ }', 'not a condition'],
  ['{ .a && ⟦"b"⟧ }', 'not a condition'],
  ['{ !⟦name⟧ }', 'not a condition'],
  ['{ -⟦true⟧ = 1 }', 'numbers and durations'],
  ['{ ⟦status⟧ = nil }', 'always has'],
  ['{ ⟦.a > nil⟧ }', 'only by'],
  ['{ ⟦1s < duration < 5s⟧ }', 'chained', '{ 1s < duration && duration < 5s }'],
  ['{ ⟦!.a = "x"⟧ }', 'brackets', '{ !(.a = "x") }'],
  ['{ name =~ ⟦"*foo"⟧ }', 'Any text is `.*`', '{ name =~ ".*foo" }'],
  ['{ name =~ ⟦"(?!x)"⟧ }', 'look-around'],
  ['{ name =~ ⟦foo⟧ }', 'quotes', '{ name =~ "foo" }'],
  ['{ ⟦duration⟧ =~ "a" }', 'needs text'],
  ['{ name =~ ⟦5⟧ }', 'in quotes', '{ name =~ "5" }'],
  // Operators
  ['{ name ⟦==⟧ "x" && .a <> 3 }', 'writes `=`', '{ name = "x" && .a != 3 }'],
  ['{ name = "x" ⟦AND⟧ .a = 3 or not .b }', 'writes `&&`', '{ name = "x" && .a = 3 || ! .b }'],
  ['{ .a = 1 ⟦&⟧ .b = 2 }', 'writes `&&`', '{ .a = 1 && .b = 2 }'],
  ['{ .a = 1 ⟦|⟧ .b = 2 }', '“or” is `||`', '{ .a = 1 || .b = 2 }'],
  ['{ .a = "x"⟦,⟧ .b = 3 }', 'not by a comma', '{ .a = "x" && .b = 3 }'],
  ['{ name = "x" ⟦status⟧ = error }', 'is missing', '{ name = "x" && status = error }'],
  ['{ name ⟦like⟧ "x%" }', 'has no `like`'],
  ['{ name ⟦is⟧ "x" }', 'writes `=`', '{ name = "x" }'],
  ['{ .a ⟦&&⟧ }', 'something is missing', '{ .a }'],
  ['{ .a ⟦=⟧ }', 'something is missing'],
  ['{ .a ⟦=⟧', 'ends after `=`'],
  // Brackets and ends
  ['⟦{⟧ name = "x"', 'never closed', '{ name = "x" }'],
  ['{ ⟦(⟧name = "x" || .a }', 'never closed', '{ (name = "x" || .a) }'],
  ['⟦{⟧ .a | count() > 2', 'never closed', '{ .a } | count() > 2'],
  ['{ .a = 1 } ⟦)⟧', 'closes nothing', '{ .a = 1 }'],
  ['{ .a = 1 ⟦)⟧ }', 'closes nothing', '{ .a = 1  }'],
  ['{ .a = 1 } ⟦foo⟧', 'should end before'],
  ['{ .a = 1 }⟦;⟧', 'no `;`', '{ .a = 1 }'],
  ['{ .a } ⟦/* b⟧', 'no end'],
  ['⟦name⟧ = "x" | count() > 2', 'in braces', '{ name = "x" } | count() > 2'],
  ['⟦⟧', 'empty', '{ }'],
  // Between spans, and stages
  ['{ .a = 1 } ⟦{⟧ .b = 2 }', 'missing', '{ .a = 1 } && { .b = 2 }'],
  ['{ .a = 1 } ⟦AND⟧ { .b = 2 }', 'writes `&&`', '{ .a = 1 } && { .b = 2 }'],
  ['{ .a } ⟦>>⟧', 'ends after `>>`'],
  ['⟦!⟧{ .a }', 'inside its braces'],
  ['{ } ⟦>⟧ 10', 'count them', '{ } | count() > 10'],
  ['{ .a } | ⟦count⟧ > 2', 'needs brackets', '{ .a } | count() > 2'],
  ['{ .a } | ⟦count()⟧', 'compare it', '{ .a } | count() > 0'],
  ['{ .a } ⟦count⟧() > 2', '`|` is missing', '{ .a } | count() > 2'],
  ['{ .a } ⟦|⟧', 'a stage is missing', '{ .a }'],
  ['{ .a } ⟦|⟧ | count() > 2', 'a stage is missing', '{ .a } | count() > 2'],
  ['{ } | count(⟦duration⟧) > 3', 'takes nothing', '{ } | count() > 3'],
  ['{ } | avg(⟦name⟧) > 3', 'numbers and durations'],
  ['{ } | ⟦max()⟧ > 3s', 'needs a field', '{ } | max(duration) > 3s'],
  ['{ } | max(⟦1⟧) > 3', 'needs a field'],
  ['{ } | max(duration) > ⟦5⟧', 'needs a unit', '{ } | max(duration) > 5ms'],
  ['{ } | ⟦count() > 5s⟧', 'with a duration'],
  ['{ } | ⟦3 > 2⟧', 'says nothing'],
  ['{ } | ⟦average⟧(duration) > 3s', 'Did you mean `avg`?', '{ } | avg(duration) > 3s'],
  ['{ } | ⟦where⟧(.a)', 'There is no stage'],
  ['{ } | by(name⟦, ⟧kind)', 'one field', '{ } | by(name) | by(kind)'],
  ['{ } | by(⟦1⟧)', 'needs a field'],
  ['{ } | select(name ⟦status⟧)', 'commas', '{ } | select(name, status)'],
  ['{ } | ⟦coalesce⟧', 'needs brackets', '{ } | coalesce()'],
  ['coalesce(⟦)⟧ | { .a }', 'after `by(…)`'],
  ['count() > 3 ⟦&&⟧ { true }', 'brackets'],
  ['{ ⟦count⟧() > 2 }', 'after a `|`'],
  // What Tempo has and Hopscope has not
  ['{ ⟦parent.a⟧ = 1 }', 'the parent on the left'],
  ['{ ⟦event.a⟧ = 1 }', '`event:name`'],
  ['{ ⟦event.name⟧ = "x" }', '`event:name`', '{ event:name = "x" }'],
  ['{ ⟦event:timeSinceStart⟧ > 1s }', '`event:name`'],
  ['{ ⟦link:traceID⟧ = "x" }', 'Links'],
  ['{ ⟦instrumentation.a⟧ = 1 }', '`instrumentation:name`'],
  ['{ ⟦nestedSetLeft⟧ > 3 }', 'storage'],
  ['{ } | ⟦rate⟧()', '/rest/v1/metrics'],
  ['({ } | ⟦rate⟧()) * 100', '/rest/v1/metrics'],
  ['{ } | ⟦quantile_over_time⟧(duration, 0.9) by (name)', '/rest/v1/metrics'],
  ['{ } ⟦with⟧(sample=0.1)', 'Hints'],
  // Several at once
  [
    '{ duration > ⟦5sec⟧ && staus = Error && service = checkout',
    'use `s`',
    '{ duration > 5s && status = error && resource.service.name = "checkout" }',
  ],
]

describe('a mistake is found at its place, said, and put right where that is clear:', () => {
  test.each(MISTAKES.map((row) => ({ row, marked: row[0] })))(
    '$marked',
    ({ row: [marked, message, suggestion] }) => {
      const mistake = mistakeIn(marked.replace(/[⟦⟧]/g, ''))
      expect({ at: mistake.at, length: mistake.length }).toEqual({
        at: marked.indexOf('⟦'),
        length: marked.indexOf('⟧') - marked.indexOf('⟦') - 1,
      })
      expect(mistake.message).toContain(message)
      expect(mistake.suggestion).toBe(suggestion)
      if (suggestion !== undefined) parseTraceQl(suggestion)
    },
  )
})

describe('a query is bounded:', () => {
  test('in its length', () => {
    const query = (length: number) => `{ name = "${'x'.repeat(length - 13)}" }`
    parseTraceQl(query(10_000))
    expect(mistakeIn(query(10_001))).toMatchObject({ at: 10_000, message: expect.stringContaining('10,000') })
  })
  test('in its brackets', () => {
    const query = (depth: number) => `{ ${'('.repeat(depth)}.a${')'.repeat(depth)} }`
    parseTraceQl(query(99))
    expect(mistakeIn(query(100))).toMatchObject({ at: 101, message: expect.stringContaining('100 brackets') })
  })
  test.each([' && .a', ' && !.a', ' ^ -.a'])('in its operators%s', (more) => {
    expect(mistakeIn(`{ .a${more.repeat(501)} }`).message).toContain('500 operators')
  })
  test('in its stages and its structure', () => {
    expect(mistakeIn(`{ }${' | { }'.repeat(501)}`).message).toContain('500 operators')
    parseTraceQl(`{ }${' > { }'.repeat(100)}`)
    expect(mistakeIn(`{ }${' > { }'.repeat(101)}`)).toMatchObject({
      at: 4 + 100 * 6,
      length: 1,
      message: 'A query has at most 100 operators between `{ … }`.',
    })
    expect(mistakeIn(`${'('.repeat(101)}{ }`).message).toContain('100 brackets')
    expect(mistakeIn(`count() > ${'-'.repeat(501)}1`).message).toContain('500 operators')
  })
  test('in its regular expressions', () => {
    parseTraceQl(`{ name =~ "${'x'.repeat(900)}" }`)
    expect(mistakeIn(`{ name =~ "${'x'.repeat(1001)}" }`)).toMatchObject({ at: 10, length: 1003 })
    const many = (count: number) => Array(count).fill('.a =~ "b" || .a !~ "c"').join(' || ')
    parseTraceQl(`{ ${many(5)} } && { ${many(5)} }`)
    const mistake = mistakeIn(`{ ${many(5)} } && { ${many(5)} || .d !~ "e" }`)
    expect(mistake).toMatchObject({ message: 'A query has at most 20 regular expressions.', length: 2 })
  })
  test('in its aggregates and what it selects', () => {
    const counts = (count: number) => `${Array(count).fill('count()').join(' + ')} > 1`
    parseTraceQl(`${counts(25)} | ${counts(25)}`)
    expect(mistakeIn(`${counts(25)} | ${counts(26)}`).message).toBe('A query has at most 50 aggregates.')
    const fields = (count: number) => `select(${Array(count).fill('name').join(', ')})`
    parseTraceQl(`${fields(25)} | ${fields(25)}`)
    expect(mistakeIn(`${fields(25)} | ${fields(26)}`).message).toBe(
      'A query has at most 50 fields in `select(…)`.',
    )
  })
})
