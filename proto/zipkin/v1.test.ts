// Zipkin v1 spans become the same v2 spans that the Zipkin server (3.6.1) made of them: `zipkin-v1.read.json` is what
// its /api/v2/trace answered after `zipkin-v1.json`, as JSON and as thrift, was posted to its /api/v1/spans.
import { describe, expect, test } from '@jest/globals'
import type { DecodedV1 } from './v1-spans.ts'
import { fixture } from '../testing/decode.ts'
import { type PlainV1Span, structs, thriftOf } from '../testing/thrift.ts'
import { decodeZipkinV1Json } from './v1-json.ts'
import { decodeZipkinThrift } from './v1-thrift.ts'
import { decodeZipkinV2Json } from './v2-json.ts'
import { encodeSpanJson } from './v2-json-writer.ts'

const sent = JSON.parse(fixture('zipkin-v1.json')) as PlainV1Span[]
const read = decodeZipkinV2Json(Buffer.from(fixture('zipkin-v1.read.json'))).spans

/** The v2 spans that one v1 span became, in no promised order. */
const jsonOf = (traceId: string) =>
  read
    .filter((span) => span.traceId === traceId)
    .map(encodeSpanJson)
    .sort()
const partOf = ({ spans, places }: DecodedV1, place: number) =>
  spans
    .filter((_, i) => places[i] === place)
    .map(encodeSpanJson)
    .sort()

const fromJson = decodeZipkinV1Json(Buffer.from(fixture('zipkin-v1.json')))
const fromThrift = decodeZipkinThrift(structs(sent.map(thriftOf)))

describe.each([
  ['JSON', fromJson],
  ['thrift', fromThrift],
])('as Zipkin reads it, %s of', (_, decoded) => {
  test.each(sent.map((span, place) => [span.name || 'several services', place] as const))(
    '%s',
    (_name, place) => {
      expect(partOf(decoded, place)).toEqual(jsonOf((sent[place] as PlainV1Span).traceId))
    },
  )

  test('nothing else, and all of it in one object layout', () => {
    expect(decoded).toMatchObject({ refused: [], refusedCount: 0 })
    expect(decoded.spans).toHaveLength(read.length)
    expect(new Set(decoded.spans.map((span) => Object.keys(span).join()))).toEqual(
      new Set([Object.keys(read[0] ?? {}).join()]),
    )
  })
})

test('a tag named __proto__ is a tag', () => {
  const tagged = fromThrift.spans.find(({ localEndpoint }) => localEndpoint?.serviceName === 'b')
  expect(Object.entries(tagged?.tags ?? {})).toEqual([['__proto__', 'tag']])
})

test('without annotations, the span is the service of the first tag by key, with the endpoint of that tag', () => {
  const [x, y1, y2] = [{ serviceName: 'x' }, { serviceName: 'y', port: 1 }, { serviceName: 'y', port: 2 }]
  const tags = [
    { key: 'c', value: '', endpoint: x },
    { key: 'b', value: '', endpoint: y1 },
    { key: 'a', value: '', endpoint: y2 },
  ]
  const span = { traceId: '1', id: '1', timestamp: 5, duration: 2, binaryAnnotations: tags }
  expect(decodeZipkinV1Json(Buffer.from(JSON.stringify([span]))).spans).toMatchObject([
    { localEndpoint: y2, timestamp: 5, duration: 2, tags: { a: '', b: '' } },
    { localEndpoint: x, timestamp: undefined, duration: undefined, tags: { c: '' } },
  ])
})

test('a name too long to be copied to each service is refused by name, and its neighbour is read', () => {
  const annotations = Array.from({ length: 2000 }, (_, i) => ({
    timestamp: i + 1,
    value: 'a',
    endpoint: { serviceName: `s${i}` },
  }))
  const span = { traceId: '1', id: '1', name: 'x'.repeat(2 ** 20), annotations }
  const body = [span, { ...span, annotations: [] }, { ...span, name: 'x' }]
  const { spans, refused } = decodeZipkinV1Json(Buffer.from(JSON.stringify(body)))
  expect([spans.length, refused]).toEqual([
    2001,
    [
      {
        index: 0,
        field: 'name',
        reason: expect.stringMatching(/^Too long to be copied to each of 2000 spans/),
      },
    ],
  ])
})
