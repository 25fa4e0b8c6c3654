import { describe, expect, test } from '@jest/globals'
import { SPANSET_OPERATORS, type FieldExpression } from './ast.ts'
import { parseTraceQl } from './parser.ts'
import { printTraceQl } from './print.ts'

/** A text and its canonical form, which shows by its brackets how it was read; one text stands for itself. */
const CASES: readonly (readonly [string, string?])[] = [
  // Spans
  ['{ }'],
  ['{}', '{ }'],
  ['  {\n}\t', '{ }'],
  ['({})', '{ }'],
  ['(({ .a }))', '{ .a }'],
  ['{ .a } // all of it', '{ .a }'],
  ['{ /* why */ .a }', '{ .a }'],
  // Literals
  ['{ true }'],
  ['{ !false }'],
  ['{ 1 = 2 }'],
  ['{ .a = 1.50 }', '{ .a = 1.5 }'],
  ['{ .a = .5 }', '{ .a = 0.5 }'],
  ['{ .a = 1e3 }', '{ .a = 1000 }'],
  ['{ .a = 1e21 }', '{ .a = 1e+21 }'],
  ['{ .a = -1 }'],
  ['{ .a = -0 }', '{ .a = 0 }'],
  ['{ .a = - -1 }', '{ .a = 1 }'],
  ['{ .a = "" }'],
  ['{ .a = "a\\"b\\\\c\\n\\t" }'],
  ['{ .a = "\\x41\\101\\u00e9\\U0001F600\\a" }', '{ .a = "AAé😀\\u0007" }'],
  ['{ .a = `a"\\d` }', '{ .a = "a\\"\\\\d" }'],
  ['{ .a = `two\nlines` }', '{ .a = "two\\nlines" }'],
  ['{ .a = nil }'],
  ['{ nil != .a }'],
  ['{ nil = nil }'],
  ['{ name != nil }'],
  ['{ .a = true }'],
  // Durations
  ['{ duration > 1ns }'],
  ['{ duration > 1500ns }'],
  ['{ duration > 1us }'],
  ['{ duration > 1µs }', '{ duration > 1us }'],
  ['{ duration > 100ms }'],
  ['{ duration > 1500ms }', '{ duration > 1.5s }'],
  ['{ duration > 1m30s }', '{ duration > 90s }'],
  ['{ duration > 1h }'],
  ['{ duration > 1.5h }', '{ duration > 90m }'],
  ['{ duration > 1d }', '{ duration > 24h }'],
  ['{ duration > 1w }', '{ duration > 168h }'],
  ['{ duration > -5s }'],
  ['{ duration > 0 }'],
  ['{ 1 < 1h }'],
  // Attributes
  ['{ .a }'],
  ['{ span.a }'],
  ['{ resource.a }'],
  ['{ .http.status_code >= 500 }'],
  ['{.a-b=1}', '{ .a-b = 1 }'],
  ['{ .a - b.c }'.replace('b.c', '.b = 1'), '{ .a - .b = 1 }'],
  ['{ .a/b*c+d = 1 }'],
  ['{ .été = 1 }'],
  ['{ ."a b" = 1 }'],
  ['{ span."a b" = 1 }'],
  ['{ .a."b c" = 1 }', '{ ."a.b c" = 1 }'],
  ['{ resource."a\\"b\\\\c" = 1 }'],
  ['{ ."5" = 1 }'],
  ['{ span.5 = 1 }'],
  ['{ span.span.a = 1 }'],
  ['{ .true = true }'],
  ['{ .name = "a" }'],
  ['{ .service.name = "a" }', '{ resource.service.name = "a" }'],
  ['{ span.service.name = "a" }', '{ resource.service.name = "a" }'],
  ['{ resource."service.name" = "a" }', '{ resource.service.name = "a" }'],
  // Intrinsics
  ['{ name = "a" }'],
  ['{ span:name = "a" }', '{ name = "a" }'],
  ['{ status = error }'],
  ['{ span:status != unset }', '{ status != unset }'],
  ['{ ok = status }'],
  ['{ statusMessage =~ ".*" }'],
  ['{ span:statusMessage = "" }', '{ statusMessage = "" }'],
  ['{ kind = client || kind = internal }'],
  ['{ span:kind != unspecified }', '{ kind != unspecified }'],
  ['{ span:duration >= 1s }', '{ duration >= 1s }'],
  ['{ traceDuration < 1s }'],
  ['{ trace:duration < 1s }', '{ traceDuration < 1s }'],
  ['{ rootName = "a" }'],
  ['{ trace:rootName = "a" }', '{ rootName = "a" }'],
  ['{ rootServiceName = "a" }'],
  ['{ trace:rootService = "a" }', '{ rootServiceName = "a" }'],
  ['{ childCount > 2 }', '{ span:childCount > 2 }'],
  ['{ span:id = "0123456789abcdef" }'],
  ['{ span:parentID = nil }'],
  ['{ trace:id = "a" }'],
  ['{ event:name = "exception" }'],
  ['{ instrumentation:name = "grpc" }'],
  ['{ requestId = "a" }'],
  ['{ remoteService = "a" }'],
  // Fields' operators
  ['{ .a = 1 && .b = 2 || .c = 3 }', '{ (.a = 1 && .b = 2) || .c = 3 }'],
  ['{ .a = 1 || .b = 2 && .c = 3 }', '{ (.a = 1 || .b = 2) && .c = 3 }'],
  ['{ .a || (.b && .c) }'],
  ['{ .a && .b && .c }'],
  ['{ .a && (.b && .c) }'],
  ['{ .a + 1 = 2 * 3 }'],
  ['{ (.a + 1) * 2 = 3 }'],
  ['{ .a - (1 - 2) = 3 }'],
  ['{ (.a - 1) - 2 = 3 }', '{ .a - 1 - 2 = 3 }'],
  ['{ .a ^ 2 ^ 3 = 1 }'],
  ['{ (.a ^ 2) ^ 3 = 1 }'],
  ['{ -.a ^ 2 = 1 }', '{ -(.a ^ 2) = 1 }'],
  ['{ -.a * 2 = 1 }', '{ -(.a * 2) = 1 }'],
  ['{ -.a + 2 = 1 }'],
  ['{ (-.a) * 2 = 1 }'],
  ['{ .a % 2 = 1 }'],
  ['{ !.a && .b }'],
  ['{ !(.a && .b) }'],
  ['{ !!.a }'],
  ['{ !.a = .b }'],
  ['{ (.a = 1) = (.b = 2) }'],
  ['{ duration / 2 > 1s * 3 }'],
  ['{ duration / traceDuration > 0.5 }'],
  ['{ .a =~ "b.*" && .c !~ `\\d+` }', '{ .a =~ "b.*" && .c !~ "\\\\d+" }'],
  ['{ .a >= "200" && name < "b" }'],
  ['{.a=1&&!.b}', '{ .a = 1 && !.b }'],
  // Between spans
  ...SPANSET_OPERATORS.map((op) => [`{ .a } ${op} { .b }`] as const),
  ['{ .a } > { .b } > { .c }'],
  ['{ .a } > ({ .b } > { .c })'],
  ['{ .a } && { .b } >> { .c }'],
  ['({ .a } && { .b }) >> { .c }'],
  ['{ .a } || { .b } && { .c }', '({ .a } || { .b }) && { .c }'],
  ['{.a}>>{.b}', '{ .a } >> { .b }'],
  ['({ .a } | count() > 1) && { .b }'],
  ['(count() > 1) || { .b }', '({ } | count() > 1) || { .b }'],
  ['((count() > 1 | { .a })) >> { .b }', '({ } | count() > 1 | { .a }) >> { .b }'],
  // Pipelines
  ['{ .a } | { .b }'],
  ['{ .a } | count() = 1'],
  ['count() > 2', '{ } | count() > 2'],
  ['by(.a) | { true }', '{ } | by(.a) | { true }'],
  ['select(.a)', '{ } | select(.a)'],
  ['{ } | avg(duration) >= 1s'],
  ['{ } | max(.a) != 1.5'],
  ['{ } | min(1 + .a) < -1'],
  ['{ } | sum(span.a) <= 1'],
  ['{ } | 2 < count()'],
  ['{ } | -count() < -2', '{ } | 0 - count() < -2'],
  ['{ } | (count() + 1) * 2 > 3'],
  ['{ } | ((count())) > (3)', '{ } | count() > 3'],
  ['{ } | max(duration) - min(duration) > 1s'],
  ['{ } | max(duration) / avg(duration) > 3'],
  ['{ } | count() ^ 2 ^ 2 > 1'],
  ['{ } | count() * (-2) < 1'],
  ['{ } | sum(.a) > 1h'],
  ['{ } | by(name) | count() > 2 | coalesce()'],
  ['{ } | by(3 * .a - 2) | max(duration) < 1s'],
  ['{} | select(.a,span.b,name)', '{ } | select(.a, span.b, name)'],
]

describe('a query', () => {
  test('is tried in more than a hundred forms', () => expect(CASES.length).toBeGreaterThan(140))
  test.each(CASES)('%s', (text, canonical = text) => {
    const query = parseTraceQl(text)
    expect(printTraceQl(query)).toBe(canonical)
    expect(parseTraceQl(canonical)).toEqual(query)
  })
})

describe('the tree', () => {
  const where = (text: string): FieldExpression | undefined => {
    const [stage] = parseTraceQl(text).stages
    return stage?.kind === 'spans' && stage.of.kind === 'filter' ? stage.of.where : undefined
  }
  test('has durations in microseconds', () => {
    expect(where('{ duration > 1m1s1ms1us500ns }')).toMatchObject({
      right: { kind: 'literal', value: { type: 'duration', value: 61_001_001.5 } },
    })
  })
  test('keeps the scope and the whole name of an attribute', () => {
    expect(where('{ resource.a."b c".d }')).toEqual({
      kind: 'field',
      field: { kind: 'attribute', scope: 'resource', key: 'a.b c.d' },
    })
  })
  test('has a minus before a literal in the literal', () => {
    expect(where('{ .a = -5s }')).toMatchObject({
      right: { kind: 'literal', value: { type: 'duration', value: -5_000_000 } },
    })
  })
  test('groups && and || alike from the left, as Tempo does', () => {
    expect(where('{ .a || .b && .c }')).toMatchObject({ op: '&&', left: { op: '||' } })
  })
  test('has structure bind more tightly than && and ||', () => {
    expect(parseTraceQl('{ .a } && { .b } >> { .c }').stages[0]).toMatchObject({
      of: { op: '&&', right: { op: '>>' } },
    })
  })
  test('begins with all spans when the query begins with another stage', () => {
    expect(parseTraceQl('count() > 2').stages[0]).toEqual({
      kind: 'spans',
      of: { kind: 'filter', where: undefined },
    })
  })
})
