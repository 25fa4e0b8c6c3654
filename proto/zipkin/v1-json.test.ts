// Zipkin v1 JSON: what single fields may look like, what is refused, and spans as zipkin-js encodes them.
import { createRequire } from 'node:module'
import { describe, expect, test } from '@jest/globals'
import { decodeZipkinV1Json } from './v1-json.ts'

const decode = (json: string) => decodeZipkinV1Json(new TextEncoder().encode(json))
const span = (fields: string) => {
  const { spans, refused } = decode(`[{"traceId":"1","id":"2",${fields}}]`)
  expect(refused).toEqual([])
  return spans[0]
}
const binary = (value: string) => span(`"binaryAnnotations":[{"key":"k","value":${value}}]`)?.tags

describe('a binary annotation', () => {
  test.each([
    ['text', '"12"', '12'],
    ['a number, with the digits that were sent', '12345678901234567890', '12345678901234567890'],
    ['a fraction, with the digits that were sent', '1.0', '1.0'],
    ['true', 'true', 'true'],
    ['false', 'false', 'false'],
    ['bytes in base64', '"AAECAw==", "type":"BYTES"', 'AAECAw=='],
  ])('of %s is a tag', (_, value, tag) => {
    expect(binary(value)).toEqual({ k: tag })
  })

  test.each(['null', '{"a":1}', '[]'])('of %s is passed over', (value) => {
    expect(binary(value)).toEqual({})
  })

  test('that is an address counts only if marked true, or as text, and with an endpoint', () => {
    const endpoint = '"endpoint":{"serviceName":"Shop"}'
    const remote = (entry: string) => span(`"binaryAnnotations":[{"key":"sa",${entry}}]`)
    expect(remote(`"value":true,${endpoint}`)?.remoteEndpoint?.serviceName).toBe('shop')
    expect(remote(`"value":"1",${endpoint}`)?.remoteEndpoint?.serviceName).toBe('shop')
    expect(remote(`"value":false,${endpoint}`)).toMatchObject({ remoteEndpoint: undefined, tags: {} })
    expect(remote('"value":true')).toMatchObject({ remoteEndpoint: undefined, tags: {} })
  })
})

test('ids: the low 64 bits of a span id, a padded trace id, no parent of zeros', () => {
  const { spans } = decode(
    `[{"traceId":"abc","id":"${'1'.repeat(16)}00000000000000f0","parentId":"0000"},{"traceId":7,"id":8,"parentId":"9"}]`,
  )
  expect(spans).toMatchObject([
    { traceId: '0000000000000abc', id: '00000000000000f0', parentId: undefined },
    { traceId: '0000000000000007', id: '0000000000000008', parentId: '0000000000000009' },
  ])
})

test('null is as good as absent', () => {
  const nulls = ['parentId', 'name', 'timestamp', 'duration', 'annotations', 'binaryAnnotations', 'debug']
  expect(span(nulls.map((key) => `"${key}":null`).join())).toMatchObject({ name: undefined, debug: false })
})

describe('a span is refused alone, by name, for', () => {
  test.each([
    ['no trace id', '"id":"1"', 'traceId', 'It is missing.'],
    ['a trace id of zeros', '"traceId":"0","id":"1"', 'traceId', '"0" is all zeros.'],
    ['a span id that is no hex', '"traceId":"1","id":"G"', 'id', /^"G" is not lower-hex/],
    [
      'a parent id that is too long',
      `"traceId":"1","id":"1","parentId":"${'1'.repeat(33)}"`,
      'parentId',
      /32/,
    ],
    [
      'a timestamp in nanoseconds',
      '"traceId":"1","id":"1","timestamp":1700000000000000000',
      'timestamp',
      /microseconds/,
    ],
    ['annotations that are no list', '"traceId":"1","id":"1","annotations":{}', 'annotations', /list/],
    [
      'an annotation that is no object',
      '"traceId":"1","id":"1","annotations":[7]',
      'annotations[0]',
      /object/,
    ],
    [
      'an annotation without time',
      '"traceId":"1","id":"1","annotations":[{"value":"x"}]',
      'annotations[0].timestamp',
      'It is missing.',
    ],
    [
      'an annotation without value',
      '"traceId":"1","id":"1","annotations":[{"timestamp":1}]',
      'annotations[0].value',
      'It is missing.',
    ],
    [
      'a port that is none',
      '"traceId":"1","id":"1","annotations":[{"timestamp":1,"value":"x","endpoint":{"port":65536}}]',
      'annotations[0].endpoint.port',
      /65535/,
    ],
    [
      'a binary annotation without key',
      '"traceId":"1","id":"1","binaryAnnotations":[{"value":"x"}]',
      'binaryAnnotations[0].key',
      'It is missing.',
    ],
    ['a debug flag that is none', '"traceId":"1","id":"1","debug":1', 'debug', /true or false/],
  ])('%s', (_, fields, field, reason) => {
    const good = '{"traceId":"9","id":"9"}'
    const { spans, places, refused, refusedCount } = decode(`[${good},{${fields}},${good}]`)
    expect(places).toEqual([0, 2])
    expect(spans).toHaveLength(2)
    expect(refusedCount).toBe(1)
    expect(refused).toEqual([{ index: 1, field, reason: expect.stringMatching(reason) }])
  })

  test('what is no object', () => {
    expect(decode('[null]').refused).toEqual([
      { index: 0, field: '', reason: 'A span must be an object, not null.' },
    ])
  })
})

test.each([
  ['[{]', 'body-not-json'],
  ['', 'body-not-json'],
  ['{"traceId":"1","id":"1"}', 'body-not-a-list'],
])('a body of %s is refused as a whole', (json, code) => {
  expect(() => decode(json)).toThrow(expect.objectContaining({ code }))
})

/** What of zipkin-js is used here. */
interface ZipkinJs {
  readonly jsonEncoder: { readonly JSON_V1: { encode(span: object): string } }
}

test('zipkin-js and we mean the same by v1 JSON', () => {
  const require = createRequire(import.meta.url)
  const { JSON_V1 } = (require('zipkin') as ZipkinJs).jsonEncoder
  const client = {
    traceId: '463ac35c9f6413ad48485a3953bb6124',
    parentId: '0000000000000001',
    id: '0000000000000002',
    kind: 'CLIENT',
    name: 'get',
    timestamp: 1_700_000_000_000_100,
    duration: 900,
    localEndpoint: { serviceName: 'web', ipv4: '10.0.0.1', port: 80 },
    remoteEndpoint: { serviceName: 'shop', ipv4: '10.0.0.2', port: 65_535 },
    annotations: [{ timestamp: 1_700_000_000_000_500, value: 'retry' }],
    tags: { error: '', 'http.path': '/' },
    debug: true,
    shared: false,
  }
  const server = { ...client, kind: 'SERVER', shared: true, debug: false }
  const json = `[${[client, server].map((each) => JSON_V1.encode(each)).join()}]`
  expect(decode(json).spans).toMatchObject([client, server])
})
