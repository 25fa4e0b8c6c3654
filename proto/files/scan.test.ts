import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ElementScanner } from './scan.ts'

/** `kind line[.element] text`, whatever the pieces the bytes come in. */
function scanned(text: string, size = Infinity): string[] {
  const scanner = new ElementScanner()
  const bytes = Buffer.from(text)
  const found = []
  for (let at = 0; at < bytes.length; at += size) found.push(...scanner.push(bytes.subarray(at, at + size)))
  found.push(...scanner.end())
  return found.map(({ kind, place: { line, element }, ...what }) => {
    const place = element === undefined ? `${line}` : `${line}.${element}`
    return `${kind} ${place} ${'json' in what ? Buffer.from(what.json).toString() : 'reason' in what ? what.reason : ''}`
  })
}

const FILES: [name: string, text: string, expected: string[]][] = [
  ['lines', '{"a":1}\n\n{"b":"]}"}\n', ['zipkin 1 {"a":1}', 'zipkin 3 {"b":"]}"}']],
  ['lines with Windows ends and no last one', '{"a":1}\r\n{"b":2}', ['zipkin 1 {"a":1}', 'zipkin 2 {"b":2}']],
  ['a list', '[{"a":[[1]]},\n {"b":{}}]', ['zipkin 1.1 {"a":[[1]]}', 'zipkin 2.2 {"b":{}}']],
  ['a list of lists', '[[{"a":1}],[],[{"b":2}]]', ['zipkin 1.1 {"a":1}', 'zipkin 1.2 {"b":2}']],
  ['a list in a list in a list, which no tool writes', '[[[1]]]', ['zipkin 1.1 [1]']],
  ['one object over several lines', '\n{\n"a":\n1}\n', ['zipkin 2 {\n"a":\n1}']],
  ['an object of OTLP', '{ "resourceSpans" : [ {"a":[]}, {} ], "x": [{}] }', ['otlp 1.1 {"a":[]}', 'otlp 1.2 {}']],
  ['lines of OTLP', '{"resourceSpans":[{"a":1}]}\n{"resourceSpans":[{},{}]}\n', ['otlp 1.1 {"a":1}', 'otlp 2.1 {}', 'otlp 2.2 {}']],
  ["an object with protobuf's name is no OTLP", '{"resource_spans":[{}]}', ['zipkin 1 {"resource_spans":[{}]}']],
  ['an object with such a name further in', '{"x":{"resourceSpans":[{}]}}', ['zipkin 1 {"x":{"resourceSpans":[{}]}}']],
  ['escapes', '["\\"",{"a":"\\\\"},"\\\\\\"]"]', ['zipkin 1.1 "\\""', 'zipkin 1.2 {"a":"\\\\"}', 'zipkin 1.3 "\\\\\\"]"']],
  ['what is no object', '[1,null ,"a"]\ntrue\n', ['zipkin 1.1 1', 'zipkin 1.2 null ', 'zipkin 1.3 "a"', 'zipkin 2 true']],
  ['a byte order mark', '\ufeff{"é":1}', ['zipkin 1 {"é":1}']],
  ['a broken line among whole ones', '{"a":1}\n{"b":\n{"c":"\n{"d":4}\n', [
    'zipkin 1 {"a":1}', 'broken 2 the line ends in the middle of it', 'broken 3 the line ends in the middle of it', 'zipkin 4 {"d":4}',
  ]],
  ['a broken line of OTLP', '{"resourceSpans":[]}\n{"resourceSpans":[{},{\n{"resourceSpans":[{}]}', [
    'otlp 2.1 {}', 'broken 2.2 the line ends in the middle of it', 'otlp 3.1 {}',
  ]],
  ['a list cut short', '[{"a":1},\n{"b"', ['zipkin 1.1 {"a":1}', 'broken 2.2 the file ends in the middle of it']],
  ['a list cut short between elements', '[{"a":1},', ['zipkin 1.1 {"a":1}', 'broken 1.1 the file ends in the middle of it']],
  ['brackets that close nothing', '{}]\n}{}', ['zipkin 1 {}', 'broken 1 there is a ] that closes nothing', 'broken 2 there is a } that closes nothing', 'zipkin 2 {}']],
  ['nothing', ' \n ', []],
] // prettier-ignore

describe('a file is taken apart', () => {
  test.each(FILES)('%s', (_, text, expected) => {
    expect(scanned(text)).toEqual(expected)
  })

  test.each(FILES)('%s, also byte by byte', (_, text, expected) => {
    expect(scanned(text, 1)).toEqual(expected)
  })

  test('any list of JSON gives its elements, however its bytes are cut', () => {
    const values = fc.array(fc.dictionary(fc.string(), fc.jsonValue()))
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: 1, max: 50 }),
        fc.option(fc.constantFrom(1, 2)),
        (list, size, indent) => {
          const found = scanned(JSON.stringify(list, null, indent ?? undefined), size)
          expect(found.map((each) => JSON.parse(each.replace(/^zipkin [\d.]+ /, '')) as unknown)).toEqual(
            JSON.parse(JSON.stringify(list)),
          )
        },
      ),
    )
  })

  test('any lines of JSON give each its own element', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue())), (list) => {
        const lines = list.map((each) => JSON.stringify(each))
        expect(scanned(lines.join('\n'))).toEqual(lines.map((line, at) => `zipkin ${at + 1} ${line}`))
      }),
    )
  })

  test('any bytes are taken, and none is held back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...Array.from('{}[]",\\\n:1 a'))),
        fc.integer({ min: 1, max: 9 }),
        (text, size) => {
          expect(scanned(text.join(''), size)).toEqual(scanned(text.join('')))
        },
      ),
    )
  })

  test('an element larger than any intake takes is passed over, not held', () => {
    const scanner = new ElementScanner()
    const found = [...scanner.push(Buffer.from('[{"a":"'))]
    const filler = Buffer.alloc(2 ** 20, 'x')
    for (let mib = 0; mib < 70; mib++) found.push(...scanner.push(filler))
    found.push(...scanner.push(Buffer.from('"},{"b":1}]')), ...scanner.end())
    expect(found).toEqual([
      { kind: 'broken', place: { line: 1, element: 1 }, reason: 'it has more than 64 MiB' },
      { kind: 'zipkin', place: { line: 1, element: 2 }, json: Buffer.from('{"b":1}') },
    ])
  })
})
