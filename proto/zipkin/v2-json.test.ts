// Zipkin's rules for a body of v2 JSON as a whole: golden files, what is a list of spans, and how one is refused.
import { describe, expect, test } from '@jest/globals'
import { decode, errorOf, fixture, refusal, span } from '../testing/decode.ts'
import { decodeZipkinV2Json } from './v2-json.ts'
import { encodeZipkinV2Json } from './v2-json-writer.ts'

describe('golden files', () => {
  test('what Zipkin writes is read and written back unchanged', () => {
    const json = fixture('zipkin-v2-canonical.json')
    const { spans, refused } = decode(json)
    expect(refused).toEqual([])
    expect(encodeZipkinV2Json(spans)).toBe(JSON.stringify(JSON.parse(json)))
  })

  test('what reporters send is made uniform, and what is wrong is refused beside it', () => {
    const { spans, refused } = decode(fixture('zipkin-v2-wild.json'))
    const expected: unknown = JSON.parse(fixture('zipkin-v2-wild.read.json'))
    expect(JSON.stringify({ spans: JSON.parse(encodeZipkinV2Json(spans)), refused })).toBe(
      JSON.stringify(expected),
    )
  })
})

describe('the body', () => {
  test('that is an empty list has no spans', () => {
    expect(decode(' [ ] ')).toEqual({ spans: [], refused: [], refusedCount: 0 })
  })

  test('may begin with a byte order mark', () => {
    expect(decode('\ufeff[{"traceId":"1","id":"2"}]').spans).toHaveLength(1)
  })

  test.each(['', '[', '{"traceId":"1"', '[{"traceId":"1","id":"2"},]', 'hello', "[{'id':1}]"])(
    '%p is not JSON, and the error says where',
    (json) => {
      const error = errorOf(json)
      expect(error.code).toBe('body-not-json')
      expect(error.detail).not.toBe('')
      expect(error.cause).toBeInstanceOf(SyntaxError)
    },
  )

  test('is quoted in an error only in part', () => {
    expect(errorOf(`[${'x'.repeat(100_000)}`).detail.length).toBeLessThanOrEqual(200)
  })

  test('that is a single span must be a list', () => {
    const error = errorOf('{"traceId":"1","id":"2"}')
    expect(error.code).toBe('body-not-a-list')
    expect(error.detail).toContain('put it into a list')
  })

  test.each(['null', '1', '"x"', 'true'])('%s is not a list', (json) => {
    expect(errorOf(json).code).toBe('body-not-a-list')
  })

  test('nested 200,000 deep in a field that nobody reads is read', () => {
    const deep = 100_000
    expect(span(`"other":${'[{"a":'.repeat(deep)}1${'}]'.repeat(deep)}`).id).toBe('0000000000000002')
    expect(refusal(`"tags":{"x":${'['.repeat(deep)}${']'.repeat(deep)}}`)).toBe(
      'tags["x"]: It must be text, not a list.',
    )
  })

  test.each(['null', '1', '"x"', '[]', 'true'])('with %s for a span refuses that one by index', (entry) => {
    const { spans, refused } = decode(`[{"traceId":"1","id":"2"},${entry},{"traceId":"1","id":"3"}]`)
    expect(spans).toHaveLength(2)
    expect(refused).toMatchObject([{ index: 1, field: '' }])
  })

  test('of 400,000 bad entries has all of them counted and the first 100 named, beside the good ones', () => {
    const { spans, refused, refusedCount } = decode(`[{"traceId":"1","id":"2"}${',1,{}'.repeat(200_000)}]`)
    expect([spans.length, refused.length, refusedCount]).toEqual([1, 100, 400_000])
    expect(refused.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
  })

  test.each([
    [
      'lists in each other',
      '['.repeat(2 ** 20) + ']'.repeat(2 ** 20),
      /1048576 lists and objects in each other/,
    ],
    ['commas', `[${'0,'.repeat(2 ** 20)}0]`, /1048576 commas/],
    ['objects', `[${'{},'.repeat(2 ** 20)}{}]`, /1048578 lists and objects/],
  ])('that is large and mostly %s is refused before it is parsed', (_, json, why) => {
    expect(() => decode(json)).toThrow(expect.objectContaining({ code: 'body-malformed', detail: expect.stringMatching(why) })) // prettier-ignore
  })

  test('that is large and full of brackets in text is read', () => {
    const name = '[{,"\\'.repeat(300_000)
    expect(decode(JSON.stringify([{ traceId: '1', id: '2', name }])).spans[0]?.name).toBe(name)
  })

  test('with bytes that are not UTF-8 has them replaced', () => {
    const bytes = Buffer.from('[{"traceId":"1","id":"2","tags":{"a":"x?y"}}]')
    bytes[bytes.indexOf('?')] = 0xff
    expect(decodeZipkinV2Json(bytes).spans[0]!.tags).toEqual({ a: 'x\ufffdy' })
  })

  test('may be a view into a larger buffer', () => {
    const all = Buffer.from('junk[{"traceId":"1","id":"2"}]junk')
    expect(
      decodeZipkinV2Json(new Uint8Array(all.buffer, all.byteOffset + 4, all.length - 8)).spans,
    ).toHaveLength(1)
  })
})

describe('a refusal', () => {
  test('shows the value, but never all of a long one', () => {
    const reason = refusal(`"kind":"${'K'.repeat(100_000)}"`)
    expect(reason).toContain('K'.repeat(60))
    expect(reason.length).toBeLessThan(180)
    expect(refusal(`"tags":{"${'k'.repeat(100_000)}":null}`).length).toBeLessThan(180)
  })
})

test('every span has the same fields in the same order', () => {
  const { spans } = decode(fixture('zipkin-v2-canonical.json'))
  const layout =
    'traceId id parentId kind name timestamp duration localEndpoint remoteEndpoint annotations tags debug shared otel'
  for (const one of spans) expect(Object.keys(one).join(' ')).toBe(layout)
})
