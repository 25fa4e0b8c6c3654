import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { tagOf } from '@hopscope/model'
import { traceFromText } from '@hopscope/model/testing'
import fc from 'fast-check'
import { encodeJaegerJson } from '../jaeger/json.ts'
import { encodeOtlpJson } from '../otlp/writer.ts'
import { decodeZipkinV2Json } from '../zipkin/v2-json.ts'
import { encodeZipkinV2Json } from '../zipkin/v2-json-writer.ts'
import { isGzip, spansOfFile, TraceFileError, type TraceFileProblem } from './files.ts'

const read = (text: string | Uint8Array) => spansOfFile(Buffer.from(text), 'dropped.json')
const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url))
const told = (text: string) =>
  read(text).refused.map(({ line, element, span, field, reason }) =>
    [line, element, span, field, reason].map((part) => part ?? '-').join(' '),
  )
const ids = (text: string) => read(text).spans.map(({ id }) => Number(`0x${id}`))
const zipkin = (id: number, more = '') => `{"traceId":"1","id":"${id}"${more}}`
const jaeger = (id: number, more = '') => `{"traceID":"1","spanID":"${id}","startTime":1${more}}`
const otlp = (id: number, more = '') =>
  `{"traceId":"${'1'.padStart(32, '0')}","spanId":"${String(id).padStart(16, '0')}"${more}}`
const scoped = (...spans: string[]) => `{"scopeSpans":[{"spans":[${spans.join(',')}]}]}`

const { spans: trace } = traceFromText(`
  web  get     0  100  SERVER
    web  charge 10 60  CLIENT  ->pay  error=late  note:20=retry
`)

describe('a file of spans', () => {
  test.each([
    ['zipkin', 'a list of spans', encodeZipkinV2Json(trace)],
    ['zipkin', 'a list of traces', `[${encodeZipkinV2Json(trace)}]`],
    ['zipkin', 'a span a line', trace.map((span) => encodeZipkinV2Json([span]).slice(1, -1)).join('\n')],
    ['zipkin', 'with a byte order mark', `\ufeff\n ${encodeZipkinV2Json(trace)}`],
    ['otlp', 'one document', encodeOtlpJson(trace)],
    ['otlp', 'a document a line', trace.map((span) => encodeOtlpJson([span])).join('\r\n')],
    ['otlp', "Tempo's first answer", encodeOtlpJson(trace).replace('resourceSpans', 'batches')],
    ['otlp', "Tempo's second answer", `{"trace":${encodeOtlpJson(trace)},"metrics":{}}`],
    ['jaeger', "its server's answer", `{"data":[${encodeJaegerJson(trace)}],"total":0,"errors":null}`],
    ['jaeger', 'with members before', `{"code":200,"data":[${encodeJaegerJson(trace)}]}`],
    ['jaeger', 'one trace', encodeJaegerJson(trace)],
    ['jaeger', 'a trace a line', `${encodeJaegerJson(trace)}\n`],
    ['jaeger', 'a list of traces', `[${encodeJaegerJson(trace)}]`],
    ['jaeger', 'processes first', encodeJaegerJson(trace).replace(/^\{(.*),("processes":.*)\}$/, '{$2,$1}')],
  ])('of %s is known by its content: %s', (format, _, text) => {
    const file = read(text)
    expect(file).toMatchObject({ format, refused: [], refusedCount: 0 })
    expect(
      file.spans.map((span) => [span.id, span.parentId, span.name, span.timestamp, span.duration]),
    ).toEqual(trace.map((span) => [span.id, span.parentId, span.name, span.timestamp, span.duration]))
    expect(file.spans.map((span) => tagOf(span, 'error'))).toEqual([undefined, 'late'])
  })

  test("of Zipkin's first format is, too", () => {
    expect(read(fixture('zipkin-v1.json'))).toMatchObject({ format: 'zipkin-v1' })
  })

  test("of Tempo's own spellings holds what OTLP's would", () => {
    expect(read(fixture('tempo.json')).spans).toEqual(read(fixture('otlp.json')).spans)
  })

  test('of many spans gives them in their order, read as if they came at once', () => {
    const text = `[${Array.from({ length: 20_000 }, (_, i) => zipkin(10_000 + i, ',"tags":{"a":"b"},"name":"n"')).join(',')}]`
    expect(read(text).spans).toEqual(decodeZipkinV2Json(Buffer.from(text)).spans)
  })

  test('may mix formats', () => {
    const text = `${zipkin(1)}\n{"resourceSpans":[${scoped(otlp(2))}]}\n{"spans":[${jaeger(3)}],"processes":{}}\n${zipkin(4)}`
    expect(ids(text)).toEqual([1, 2, 3, 4])
  })
})

describe('what is wrong is told by its place, and what is around it is read', () => {
  test.each([
    ['a span', `[${zipkin(1)},\n${zipkin(2, ',"kind":"X"')},${zipkin(3)}]`, [1, 3], ['2 2 - kind "X" is not CLIENT, SERVER, PRODUCER or CONSUMER.']],
    ['a line', `${zipkin(1)}\n{"traceId":\n${zipkin(3)}`, [1, 3], ['2 - -  The line ends in the middle of it.']],
    ['no JSON between brackets', `[${zipkin(1)},{a},${zipkin(3)}]`, [1, 3], [expect.stringMatching(/^1 2 - {2}.*JSON/)]],
    ['a list cut short', `[${zipkin(1)},${zipkin(2)},{"traceId":"1","na`, [1, 2], ['1 3 -  The file ends in the middle of it.']],
    ['a span of OTLP', `{"resourceSpans":[${scoped(otlp(1))},${scoped(otlp(2), '{}', otlp(3))}]}`, [1, 2, 3], ['1 2 2 traceId "" is empty.']],
    ['OTLP cut short', `{"resourceSpans":[${scoped(otlp(1))},{"scopeSp`, [1], ['1 2 -  The file ends in the middle of it.']],
    ['a span of Jaeger', `{"data":[\n{"spans":[${jaeger(1)},{},${jaeger(3)}]}]}`, [1, 3], ['2 1 2 traceID "" is empty.']],
    ['a trace of Jaeger', `{"data":[{"spans":[${jaeger(1)}]},7,{"spans":[${jaeger(3)}]}]}`, [1, 3], ['1 2 -  It is no span, for it is no JSON object: 7']],
    ["Hopscope's own view", `{"traceId":"1","spans":[{"span":{}}]}`, [], [expect.stringMatching(/own view/)]],
    ["protobuf's names", `{"resource_spans":[]}\n{"resource_spans":[{"scope_spans":[{}]}]}`, [], [expect.anything(), expect.stringMatching(/resource_spans, scope_spans/)]],
  ])('%s', (_, text, expected, refused) => {
    expect(ids(text)).toEqual(expected)
    expect(told(text)).toEqual(refused)
  }) // prettier-ignore

  test('a hundred are named, all are counted', () => {
    const file = read(`[${Array.from({ length: 5000 }, () => '{}').join(',')},${zipkin(1)}]`)
    expect(file.refused).toHaveLength(100)
    expect(file.refusedCount).toBe(5000)
    expect(file.spans).toHaveLength(1)
  })
})

describe('a file without spans', () => {
  test.each<[TraceFileProblem, string | Uint8Array, RegExp]>([
    ['empty', '', /dropped.json is empty/],
    ['empty', '\ufeff \n', /is empty/],
    ['packed', gzipSync('[]'), /packed by gzip/],
    ['parquet', 'PAR1 ', /Parquet/],
    ['utf-16', Buffer.from('\ufeff[]', 'utf16le'), /UTF-16/],
    ['web-page', '\n<!DOCTYPE html><html>', /web page.*begins with "<!DOCTYPE html>/],
    ['not-json', '# Hopscope', /not JSON.*"# Hopscope"/],
    ['not-json', Uint8Array.of(0, 255, 1), /not JSON/],
    ['no-spans', '[]', /holds no spans/],
    ['no-spans', '[[],[]]', /holds no spans/],
    ['no-spans', '{"resourceSpans":[]}', /holds no spans/],
    ['no-spans', '{"data":[]}', /holds no spans/],
  ])('is told what it is: %s %#', (problem, bytes, message) => {
    const error = (() => {
      try {
        return read(bytes)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(TraceFileError)
    expect(error).toMatchObject({ problem, message: expect.stringMatching(message) })
  })

  test('is told to be packed by its first bytes', () => {
    expect([gzipSync(''), Buffer.from('[]'), new Uint8Array(0)].map(isGzip)).toEqual([true, false, false])
  })
})

describe('hostile content', () => {
  const DEEP = 1_000_000

  test.each([
    ['lists', '['.repeat(DEEP)],
    ['closed lists', '['.repeat(DEEP) + ']'.repeat(DEEP)],
    ['objects', '{"data":['.repeat(DEEP / 8)],
    ['a tag', `[${zipkin(1, `,"tags":{"a":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`)}]`],
    ["a tag of Jaeger's", `{"spans":[${jaeger(1, `,"tags":[{"key":"a","value":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}]`)}]}`],
    ["a value of OTLP's", `{"resourceSpans":[${scoped(otlp(1, `,"attributes":[{"key":"a","value":${'{"arrayValue":{"values":['.repeat(100)}${']}}'.repeat(100)}}]`))}]}`],
  ])('nested a million deep is refused: %s', (_, text) => {
    const { spans, refusedCount } = read(text)
    expect(spans).toEqual([])
    expect(refusedCount).toBeGreaterThan(0)
  }) // prettier-ignore

  test.each([
    ['zipkin', (value: string) => `[${zipkin(1, `,"tags":{"a":${value}}`)},${zipkin(2)}]`],
    ['otlp', (value: string) => `{"resourceSpans":[${scoped(otlp(1, `,"attributes":[{"key":"a","value":{"stringValue":${value}}}]`), otlp(2))}]}`],
    ['jaeger', (value: string) => `{"spans":[${jaeger(1, `,"tags":[{"key":"a","type":"string","value":${value}}]`)},${jaeger(2)}]}`],
  ])('a tag of a megabyte is kept, and script is text: %s', (format, text) => {
    const value = `<script>alert(1)</script>\u0000\u202e${'x'.repeat(2 ** 20)}`
    const file = read(text(JSON.stringify(value)))
    expect(file.format).toBe(format)
    expect(file.spans.map((span) => tagOf(span, 'a'))).toEqual([value, undefined])
  }) // prettier-ignore

  test('a key __proto__ is a tag like any other', () => {
    const texts = [
      `[${zipkin(1, ',"tags":{"__proto__":"x"},"__proto__":{"debug":true}')}]`,
      `{"spans":[${jaeger(1, ',"tags":[{"key":"__proto__","type":"string","value":"x"}]')}],"__proto__":{}}`,
    ]
    for (const text of texts) {
      const [span] = read(text).spans
      expect(span && tagOf(span, '__proto__')).toBe('x')
      expect(span?.debug).toBe(false)
    }
    expect({}).not.toHaveProperty('debug')
  })

  test('whatever a file is changed to, it gives spans or says what it is', () => {
    const pieces = ['[', ']', '{', '}', '"', ',', '\n', 'null', '-1', '1e400', '{"data":[', '"spans":[', '\\ud800', '9007199254740993'] // prettier-ignore
    const name = fc.constantFrom('zipkin-v2-wild.json', 'zipkin-v1.json', 'jaeger-ui.json', 'tempo.json', 'otlp.json') // prettier-ignore
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 400 }), fc.constantFrom(...pieces)), { maxLength: 4 }) // prettier-ignore
    fc.assert(
      fc.property(name, changes, (file, each) => {
        let text = fixture(file).toString()
        for (const [place, cut, piece] of each) {
          const at = place % (text.length + 1)
          text = text.slice(0, at) + piece + text.slice(at + cut)
        }
        try {
          const { spans, refused, refusedCount } = read(text)
          expect(spans.length + refusedCount).toBeGreaterThan(0)
          expect(refused.every(({ line, reason }) => line > 0 && reason !== '')).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(TraceFileError)
        }
      }),
    )
  })

  test('a span that lies across the parts of a large file is read, and so are a million numbers', () => {
    const long = JSON.stringify('x'.repeat(9 * 2 ** 20))
    const file = read(`[${'1,'.repeat(2 ** 20)}${zipkin(1, `,"tags":{"a":${long}}`)},${zipkin(2)}]`)
    expect(file.spans.map(({ id }) => Number(id))).toEqual([1, 2])
    expect(file.refusedCount).toBe(2 ** 20)
  })

  test('ids that repeat are all given', () => {
    expect(ids(`[${zipkin(1)},${zipkin(1)},${zipkin(1)}]`)).toEqual([1, 1, 1])
  })

  test('bytes that are no UTF-8 and half surrogates become U+FFFD', () => {
    const bytes = Buffer.concat([Buffer.from('[{"traceId":"1","id":"1","tags":{"a":"'), Buffer.of(0xff, 0xc3), Buffer.from('\\ud800"}}]')]) // prettier-ignore
    expect(read(bytes).spans[0]?.tags).toEqual({ a: '\ufffd\ufffd\ufffd' })
  })
})
