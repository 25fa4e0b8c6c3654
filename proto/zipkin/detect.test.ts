// Bodies that don't say what they are, as Kafka brings them: each is read by the codec it was written for.
import { describe, expect, test } from '@jest/globals'
import { idOf, makeSpan } from '@hopscope/model/testing'
import { detectDecoder } from './detect.ts'
import { HopscopeError } from '../errors.ts'
import { type PlainV1Span, structs, thriftOf } from '../testing/thrift.ts'
import { decodeZipkinV2Json } from './v2-json.ts'
import { encodeZipkinV2Json } from './v2-json-writer.ts'
import { encodeZipkinProto3 } from './proto3-writer.ts'

const spans = [1, 2].map((id) => makeSpan({ id: idOf(id) }))
const list = encodeZipkinV2Json(spans)
const span = list.slice(1, list.indexOf('},{"traceId"') + 1)

const endpoint = { serviceName: 'web' }
const v1: PlainV1Span = {
  traceId: '1',
  id: '2',
  name: 'get',
  annotations: [
    { timestamp: 5, value: 'cs', endpoint },
    { timestamp: 6, value: 'sr', endpoint: { serviceName: 'shop' } },
  ],
  binaryAnnotations: [{ key: 'k', value: 'v', endpoint }],
}
const halves = [
  { kind: 'CLIENT', localEndpoint: endpoint, tags: { k: 'v' } },
  { kind: 'SERVER', localEndpoint: { serviceName: 'shop' }, tags: {} },
]

const decoded = (value: string | Uint8Array) => {
  const bytes = Buffer.from(value)
  return detectDecoder(bytes)(bytes)
}
const codeOf = (value: string | Uint8Array) => {
  try {
    decoded(value)
  } catch (error) {
    return error instanceof HopscopeError ? error.code : error
  }
}

describe('v2 JSON', () => {
  test.each([
    ['by itself', list],
    ['after white space', `\r\n\t ${list}`],
    ['after a line feed, which begins proto3 as well', `\n${list}`],
    ['after white space, with more inside', `\n[ \n ${list.slice(1)}`],
    ['after a byte order mark', `\ufeff${list}`],
  ])('is a list %s', (_, value) => {
    expect(decoded(value).spans).toEqual(spans)
  })

  test('is a span that is not in a list', () => {
    expect(decoded(span).spans).toEqual([spans[0]])
    expect(decoded(`\n{ ${span.slice(1)}`).spans).toEqual([spans[0]])
    expect(decoded(`\ufeff \n${span}\n`).spans).toEqual([spans[0]])
  })

  test('is a list of none', () => {
    expect(decoded('[]').spans).toEqual([])
    expect(decoded('\n[ ]').spans).toEqual([])
  })

  test('is what bears no mark of either version, so that kind and shared are kept', () => {
    expect(decoded('[{"traceId":"1","id":"2","kind":"SERVER","shared":true}]').spans).toMatchObject([
      { kind: 'SERVER', shared: true },
    ])
  })

  test('stays v2 whatever its texts say', () => {
    const tags = { endpoint: '{', binaryAnnotations: '[', k: '"binaryAnnotations":[' }
    const one = [{ traceId: '1', id: '2', tags }]
    expect(decoded(JSON.stringify(one)).spans).toMatchObject(one.map(() => ({ tags })))
  })

  test('is told what is wrong with a single span', () => {
    expect(decoded('{"traceId":"zz","id":"1"}').refused).toMatchObject([{ index: 0, field: 'traceId' }])
  })
})

describe('v1 JSON', () => {
  test('is a list or a single span, which may become two', () => {
    const json = JSON.stringify(v1)
    expect(decoded(`[${json}]`).spans).toMatchObject(halves)
    expect(decoded(` \n${json} `).spans).toMatchObject(halves)
    expect(codeOf(`${json},${json}`)).toBe('body-not-a-list')
  })

  test.each([
    ['binary annotations', '"binaryAnnotations" :\n [{"key":"k","value":true}]', { tags: { k: 'true' } }],
    [
      'an annotation with endpoint',
      '"annotations":[{"timestamp":5,"value":"sr","endpoint" : {"ipv4":"1.2.3.4"}}]',
      { kind: 'SERVER' },
    ],
  ])('is told by %s alone', (_, fields, read) => {
    expect(decoded(`[{"traceId":"1","id":"2",${fields}}]`).spans).toMatchObject([read])
  })

  test.each(['tags', 'localEndpoint', 'myEndpoint', '{"tags":{', '"tags":{"'])(
    'stays v1 when a text of it is %s',
    (text) => {
      const one = { ...v1, binaryAnnotations: [{ key: text, value: text, endpoint }] }
      expect(decoded(JSON.stringify([one])).spans).toMatchObject([{ tags: { [text]: text } }, {}])
    },
  )
})

test('proto3 is a list, also when the length of its first span is `[` or `{`', () => {
  const lengths = new Set<number | undefined>()
  for (let length = 0; length < 120; length++) {
    const json = `[{"traceId":"1","id":"2","name":"${'n'.repeat(length)}"}]`
    const named = decodeZipkinV2Json(Buffer.from(json)).spans
    const body = encodeZipkinProto3(named)
    lengths.add(body[1])
    expect(decoded(body).spans).toEqual(named)
  }
  for (const first of '[{') expect(lengths).toContain(first.charCodeAt(0))
})

describe('thrift', () => {
  test('is a list', () => {
    expect(decoded(structs([thriftOf(v1), thriftOf(v1)])).spans).toMatchObject([...halves, ...halves])
  })

  test('is a list that says it is of texts', () => {
    expect(decoded(structs([thriftOf(v1)], 11)).spans).toMatchObject(halves)
  })

  test('is a single span, whichever its first field', () => {
    const whole = thriftOf(v1)
    expect(decoded(whole).spans).toMatchObject(halves)
    const traceIdLength = 11
    const nameFirst = Buffer.concat([
      whole.subarray(traceIdLength, -1),
      whole.subarray(0, traceIdLength),
      Buffer.of(0),
    ])
    expect(nameFirst[0]).toBe(11)
    expect(decoded(nameFirst).spans).toMatchObject(halves)
  })
})

test.each([
  ['nothing', '', 'body-malformed'],
  ['white space', ' \n ', 'body-malformed'],
  ['line feeds', '\n\n\n', 'body-malformed'],
  ['text', 'hello', 'body-malformed'],
  ['bytes of no format', Buffer.of(0xff, 0xd8), 'body-malformed'],
  ['half a list', '[{"traceId":"1"', 'body-not-json'],
  ['half a span', '{"traceId":"1"', 'body-not-json'],
  ['spans without a list', '{"traceId":"1","id":"1"},{"traceId":"2","id":"2"}', 'body-not-a-list'],
  ['half of proto3', Buffer.of(0x0a, 0x05), 'body-malformed'],
  ['half of thrift', Buffer.of(0x0c, 0x00), 'body-malformed'],
])('%s is refused by an entry of the table of errors', (_, value, code) => {
  expect(codeOf(value)).toBe(code)
})
