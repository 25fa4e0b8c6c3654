import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { type Span, tagOf } from '@hopscope/model'
import fc from 'fast-check'
import { decodeOtlpJson } from '../otlp/json.ts'
import { otlpFromSpan } from '../otlp/writer.ts'
import { arbitrarySpan } from '../testing/arbitrary.ts'
import { encodeJaegerJson } from './json.ts'
import { decodeJaegerJson } from './json-reader.ts'

const TRACE = '5af7183fb1d4cf5f6b221d5bc9e6496c'
const read = (body: unknown) => decodeJaegerJson(Buffer.from(JSON.stringify(body)))
const span = (more: object) => ({ traceID: '1', spanID: '2', operationName: 'a', startTime: 1, ...more })
const readSpan = (more: object, processes: object = {}) => read({ spans: [span(more)], processes })
const only = (spans: readonly Span[]): Span => {
  expect(spans).toHaveLength(1)
  return spans[0] as Span
}

describe("a file that Jaeger's viewer saved", () => {
  const { spans, refused } = decodeJaegerJson(
    readFileSync(new URL('../fixtures/jaeger-ui.json', import.meta.url)),
  )

  test('is read with its processes, kinds, times, parents and failures', () => {
    expect(refused).toEqual([])
    expect(spans).toMatchObject([
      {
        traceId: TRACE,
        id: '6b221d5bc9e6496c',
        parentId: undefined,
        kind: 'SERVER',
        name: 'http get /dispatch',
        timestamp: 1_729_181_197_748_657,
        duration: 1503,
        localEndpoint: { serviceName: 'frontend', ipv4: '10.0.0.7' },
        annotations: [
          { timestamp: 1_729_181_197_749_000, value: '"Searching":{"customer":731}' },
          { timestamp: 1_729_181_197_749_100, value: '"":{"message":"no driver"}' },
        ],
        tags: {
          error: '',
          'http.status_code': '500',
          load: '0.25',
          hostname: 'laptop',
          big: '9007199254740993',
        },
      },
      {
        parentId: '6b221d5bc9e6496c',
        kind: 'CLIENT',
        duration: 1,
        localEndpoint: { serviceName: 'customer' },
        remoteEndpoint: { serviceName: 'mysql' },
      },
    ])
  })

  test('keeps types, letter case and links', () => {
    const [first, second] = spans.map(otlpFromSpan)
    expect(first?.span.name).toBe('HTTP GET /dispatch')
    expect(first?.span.attributes).toEqual(
      expect.arrayContaining([
        { key: 'http.status_code', value: { intValue: '500' } },
        { key: 'sampler.param', value: { boolValue: true } },
        { key: 'token', value: { bytesValue: 'AAEC' } },
        { key: 'big', value: { intValue: '9007199254740993' } },
      ]),
    )
    expect(second?.span.links).toMatchObject([
      { traceId: '1f'.padStart(32, '0'), spanId: '2e'.padStart(16, '0'), attributes: [] },
    ])
    expect(second?.span.end).toEqual(second?.span.start)
  })
})

describe("Jaeger's JSON is the inverse of what we write of it", () => {
  const again = (spans: readonly Span[]) => {
    const json = encodeJaegerJson(spans, { raw: true })
    const decoded = decodeJaegerJson(Buffer.from(json))
    expect(decoded.refused).toEqual([])
    return { json, spans: decoded.spans }
  }

  test('for any span of Zipkin: ids, parent, kind, service, time, and each tag that OTLP has no other place for', () => {
    fc.assert(
      fc.property(arbitrarySpan, (sent) => {
        // Beyond this the end of the span has no exact number.
        fc.pre((sent.timestamp ?? 0) + (sent.duration ?? 0) <= Number.MAX_SAFE_INTEGER)
        const got = only(again([sent]).spans)
        expect(got).toMatchObject({
          traceId: sent.traceId,
          id: sent.id,
          parentId: sent.parentId,
          kind: sent.kind,
          name: sent.name,
          timestamp: sent.timestamp,
        })
        if (sent.timestamp !== undefined) expect(got.duration).toBe(sent.duration ?? 1)
        const { serviceName, port } = sent.localEndpoint ?? {}
        expect(got.localEndpoint?.serviceName).toBe(serviceName ?? 'unknown_service')
        expect(got.localEndpoint?.port).toBe(port)
        for (const key of Object.keys(sent.tags)) expect(tagOf(got, key)).toBe(tagOf(sent, key))
      }),
    )
  })

  test('of OTLP: read and written again, it is the same text', () => {
    const attributes = [
      { key: 'n', value: { intValue: '9223372036854775807' } },
      { key: 'b', value: { boolValue: false } },
      { key: 'f', value: { doubleValue: 0.5 } },
      { key: 'y', value: { bytesValue: 'AAEC' } },
      { key: '__proto__', value: { stringValue: 'x' } },
    ]
    const wire = {
      traceId: TRACE,
      spanId: '352bff9a74ca9ad2',
      parentSpanId: '6b221d5bc9e6496c',
      traceState: 'a=b',
      flags: 1,
      name: 'Get /',
      kind: 3,
      startTimeUnixNano: '1700000000000000000',
      endTimeUnixNano: '1700000000000002000',
      attributes,
      events: [
        { timeUnixNano: '1700000000000001000', name: 'Hit', attributes },
        { timeUnixNano: '1700000000000001000', attributes },
      ],
      links: [
        { traceId: TRACE, spanId: '6b221d5bc9e6496c' },
        { traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), attributes: [{ key: 'opentracing.ref_type', value: { stringValue: 'child_of' } }] }, // prettier-ignore
      ],
      status: { code: 2, message: 'late' },
    }
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'Web' } }, ...attributes] }
    const body = {
      resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'lib', version: '2' }, spans: [wire] }] }],
    }
    const { spans } = decodeOtlpJson(Buffer.from(JSON.stringify(body)))
    const { json, spans: read } = again(spans)
    expect(encodeJaegerJson(read, { raw: true })).toBe(json)
  })
})

describe("Jaeger's JSON", () => {
  test.each([
    ['the first CHILD_OF of its trace is the parent', [['FOLLOWS_FROM', '1', 'a'], ['CHILD_OF', '9', 'b'], ['CHILD_OF', '1', 'c']], 'c', 2],
    ['without one, the first FOLLOWS_FROM of its trace', [['CHILD_OF', '9', 'b'], ['FOLLOWS_FROM', '1', 'a']], 'a', 2],
    ['one of another trace is no parent', [['CHILD_OF', '9', 'b']], undefined, 1],
    ['short ids are the same ids', [['CHILD_OF', '0000000000000001', '0c']], 'c', 0],
  ])('%s', (_, list, parent, links) => {
    const references = list.map(([refType, traceID, spanID]) => ({ refType, traceID, spanID }))
    const read = only(readSpan({ references }).spans)
    expect(read.parentId).toBe(parent?.padStart(16, '0'))
    expect(otlpFromSpan(read).span.links).toHaveLength(links)
  }) // prettier-ignore

  test('of old clients names the parent itself; zeros are none', () => {
    expect(only(readSpan({ parentSpanID: 'f' }).spans).parentId).toBe('000000000000000f')
    expect(only(readSpan({ parentSpanID: '0' }).spans).parentId).toBeUndefined()
  })

  test.each([
    [{ key: 'error', type: 'bool', value: true }, ''],
    [{ key: 'error', type: 'string', value: 'true' }, ''],
    [{ key: 'error', type: 'string', value: 'timeout' }, 'timeout'],
    [{ key: 'error', type: 'bool', value: false }, undefined],
    [{ key: 'otel.status_code', type: 'string', value: 'ERROR' }, ''],
    [{ key: 'otel.status_code', type: 'string', value: 'OK' }, undefined],
  ])('tells by %j whether a span failed', (tag, error) => {
    expect(tagOf(only(readSpan({ tags: [tag] }).spans), 'error')).toBe(error)
  })

  test('may be a trace, a list of traces, or either as data; a span may have its process itself', () => {
    const trace = { traceID: '1', spans: [span({ process: { serviceName: 'Web' } })] }
    for (const body of [trace, [trace], { data: [trace] }, { total: 1, data: trace }])
      expect(only(read(body).spans).localEndpoint?.serviceName).toBe('web')
  })

  test('may have a process by any name, or miss it', () => {
    const processes = JSON.parse('{"__proto__":{"serviceName":"evil"}}') as object
    expect(only(readSpan({ processID: '__proto__' }, processes).spans).localEndpoint?.serviceName).toBe(
      'evil',
    )
    for (const processID of ['constructor', 'p9', 7])
      expect(only(readSpan({ processID }).spans).localEndpoint?.serviceName).toBe('unknown_service')
  })

  test('has large numbers without types or with them, digit by digit', () => {
    const body = `{"spans":[{"traceID":"1","spanID":"2","startTime":1,"tags":[{"key":"n","type":"int64","value":9007199254740993}]}]}`
    expect(only(decodeJaegerJson(Buffer.from(body)).spans).tags).toMatchObject({ n: '9007199254740993' })
  })

  test.each([
    [{ spanID: '' }, 'spanID'],
    [{ traceID: 'xyz' }, 'traceID'],
    [{ startTime: 1.5 }, 'startTime'],
    [{ tags: {} }, 'tags'],
    [{ tags: [{ key: 'a', type: 'bool', value: 'maybe' }] }, 'tags["a"]'],
    [{ tags: [{ key: 'a', value: [[]] }] }, 'tags["a"]'],
    [{ logs: [{ fields: 5 }] }, 'logs[0].fields'],
    [{ references: [null] }, 'references[0]'],
  ])('refuses a span of %j by its field, and reads its neighbours', (wrong, field) => {
    const { spans, refused } = read({ spans: [span({}), span(wrong), span({ spanID: '3' })] })
    expect(spans.map(({ id }) => Number(id))).toEqual([2, 3])
    expect(refused).toMatchObject([{ index: 1, field }])
  })

  test.each(['{}', '[1]', '{"data":[1,{"spans":5}]}'])('that holds no spans gives none: %s', (body) => {
    const decode = () => decodeJaegerJson(Buffer.from(body))
    if (body === '{}') expect(decode).toThrow(/list spans/)
    else expect(decode().refusedCount).toBeGreaterThan(0)
  })
})
