// What an OTLP span means as a span: OpenTelemetry's rules, one by one.
import { describe, expect, test } from '@jest/globals'
import { requestIdOf, type Span } from '@hopscope/model'
import { decodeOtlpJson } from './json.ts'
import { encodeOtlpJson } from './writer.ts'
import { attribute, type Body, bodyOf, jsonOf, nestedValue, SPAN_ID, TRACE_ID } from '../testing/otlp.ts'

function spanOf(fields: object, resource?: object[], scope?: object): Span {
  const { spans, refused } = decodeOtlpJson(jsonOf(bodyOf(fields, resource, scope)))
  const [span] = spans
  if (span === undefined) throw new Error(`was refused: ${JSON.stringify(refused)}`)
  return span
}

const reasonOf = (fields: object): string => {
  const { refused } = decodeOtlpJson(jsonOf(bodyOf(fields)))
  return `${refused[0]?.field}: ${refused[0]?.reason}`
}

test('fields become the fields of a span, names in lower case, times in microseconds', () => {
  expect(
    spanOf({
      parentSpanId: 'eee19b7ec3c1b173',
      name: 'GET /Items',
      kind: 2,
      startTimeUnixNano: '1700000000000001999',
      endTimeUnixNano: '1700000000000005000',
    }),
  ).toEqual({
    traceId: TRACE_ID,
    id: SPAN_ID,
    parentId: 'eee19b7ec3c1b173',
    kind: 'SERVER',
    name: 'get /items',
    timestamp: 1_700_000_000_000_001,
    duration: 3,
    localEndpoint: { serviceName: 'shop', ipv4: undefined, ipv6: undefined, port: undefined },
    remoteEndpoint: undefined,
    annotations: [],
    tags: {},
    debug: false,
    shared: false,
    otel: '{"name":"GET /Items","nanos":[999,1]}',
  })
})

test('a span that says no more than its fields has an empty detail, which tells it from other formats', () => {
  expect(spanOf({ kind: 1 }).otel).toBe('{}')
})

describe('service and resource', () => {
  test.each([
    [[attribute('service.name', 'Shop')], 'shop'],
    [[], 'unknown_service'],
    [[attribute('service.name', '')], 'unknown_service'],
    [[attribute('service.name', 7)], '7'],
  ])('%j names the service %s', (resource, name) => {
    expect(spanOf({}, resource).localEndpoint?.serviceName).toBe(name)
  })

  test('attributes of resource and scope are tags, under those of the span', () => {
    const resource = [attribute('a', 'resource'), attribute('b', 'resource'), attribute('c', 'resource')]
    const scope = {
      name: 'http',
      version: '1',
      attributes: [attribute('b', 'scope'), attribute('c', 'scope')],
    }
    expect(spanOf({ attributes: [attribute('c', 'span')] }, resource, scope).tags).toEqual({
      a: 'resource',
      b: 'scope',
      c: 'span',
      'otel.scope.name': 'http',
      'otel.scope.version': '1',
      'otel.library.name': 'http',
      'otel.library.version': '1',
    })
  })
})

describe('values', () => {
  test.each([
    [{ stringValue: 'x' }, 'x'],
    [{ boolValue: true }, 'true'],
    [{ intValue: '-9223372036854775808' }, '-9223372036854775808'],
    [{ doubleValue: 1.5 }, '1.5'],
    [{ doubleValue: 'NaN' }, 'NaN'],
    [{ bytesValue: 'aGk=' }, 'aGk='],
    [{}, ''],
    [
      { arrayValue: { values: [{ stringValue: 'a"' }, { intValue: 1 }, {}, { doubleValue: '-Infinity' }] } },
      '["a\\"",1,null,"-Infinity"]',
    ],
    [{ arrayValue: {} }, '[]'],
    [{ kvlistValue: { values: [{ key: 'k', value: { bytesValue: 'aGk=' } }] } }, '{"k":"aGk="}'],
  ])('%j is the text %s', (value, text) => {
    expect(spanOf({ attributes: [{ key: 'v', value }] }).tags).toEqual({ v: text })
  })

  test('a request id in a list, as headers are reported, is found', () => {
    const value = { arrayValue: { values: [{ stringValue: 'abc' }] } }
    expect(requestIdOf(spanOf({ attributes: [{ key: 'http.request.header.x-request-id', value }] }))).toBe(
      'abc',
    )
  })

  test('a key like __proto__ is a tag like any other', () => {
    const { tags } = spanOf({ attributes: [attribute('__proto__', 'own')] }, [
      attribute('constructor', 'own'),
    ])
    expect(Object.entries(tags)).toEqual([
      ['constructor', 'own'],
      ['__proto__', 'own'],
    ])
    expect(Object.getPrototypeOf(tags)).toBe(Object.prototype)
  })

  test('32 lists deep is read, 34 refuses the span', () => {
    expect(spanOf({ attributes: [{ key: 'v', value: nestedValue(32) }] }).tags['v']).toMatch(
      /^\[{32}"deep"\]{32}$/,
    )
    expect(reasonOf({ attributes: [{ key: 'v', value: nestedValue(34) }] })).toMatch(
      /^attributes\["v"\]: It lies more/,
    )
  })
})

describe('status', () => {
  test.each([
    [{}, [], {}],
    [{ code: 1, message: 'fine' }, [], { 'otel.status_code': 'OK' }],
    [{ code: 2, message: 'no stock' }, [], { 'otel.status_code': 'ERROR', error: 'no stock' }],
    [{ code: 2 }, [], { 'otel.status_code': 'ERROR', error: '' }],
    [{ code: 2 }, [attribute('error', 'timeout')], { 'otel.status_code': 'ERROR', error: 'timeout' }],
    [{ code: 2 }, [attribute('error', { boolValue: false })], { 'otel.status_code': 'ERROR', error: '' }],
    [{}, [attribute('error', 'false')], {}],
    [{ code: 1 }, [attribute('error', { boolValue: true })], { 'otel.status_code': 'OK' }],
  ])('%j with attributes %j gives the tags %j', (status, attributes, tags) => {
    expect(spanOf({ status, attributes }).tags).toEqual(tags)
  })
})

test('events are annotations, sorted, with their attributes as JSON', () => {
  const events = [
    { timeUnixNano: '2000', name: 'retry', attributes: [attribute('n', 2), attribute('why', 'slow')] },
    { timeUnixNano: '1999', name: 'start' },
  ]
  expect(spanOf({ events }).annotations).toEqual([
    { timestamp: 1, value: 'start' },
    { timestamp: 2, value: '"retry":{"n":2,"why":"slow"}' },
  ])
})

test('what was dropped is counted in tags', () => {
  expect(spanOf({ droppedAttributesCount: 1, droppedEventsCount: 2, droppedLinksCount: 3 }).tags).toEqual({
    'otel.dropped_attributes_count': '1',
    'otel.dropped_events_count': '2',
    'otel.dropped_links_count': '3',
  })
})

describe('times', () => {
  test.each([
    ['5000', '5000', 5, 1],
    ['5000', '5999', 5, 1],
    ['5999', '7998', 5, 1],
    ['5999', '7999', 5, 2],
    ['5000', '0', 5, undefined],
    ['5000', '4000', 5, undefined],
    ['0', '4000', undefined, undefined],
    ['999', '4000', undefined, undefined],
  ])('from %s to %s ns', (startTimeUnixNano, endTimeUnixNano, timestamp, duration) => {
    expect(spanOf({ startTimeUnixNano, endTimeUnixNano })).toMatchObject({ timestamp, duration })
  })

  test('beyond the year 2255 refuse the span', () => {
    expect(reasonOf({ endTimeUnixNano: '18446744073709551614' })).toMatch(
      /^endTimeUnixNano: It is out of range/,
    )
    expect(reasonOf({ events: [{ timeUnixNano: '18446744073709551615' }] })).toMatch(
      /^events\[0\]\.timeUnixNano: /,
    )
  })
})

describe('the other side', () => {
  const port = attribute('server.port', 443)
  test.each([
    [3, [attribute('server.address', 'Pay.example'), port], { serviceName: 'pay.example', port: 443 }],
    [3, [attribute('server.address', 'pay'), attribute('peer.service', 'bank')], { serviceName: 'bank' }],
    [3, [attribute('server.address', '10.0.0.7'), port], { ipv4: '10.0.0.7', port: 443 }],
    [
      4,
      [attribute('network.peer.address', '2001:DB8::1'), attribute('network.peer.port', 9092)],
      { ipv6: '2001:db8::1', port: 9092 },
    ],
    [5, [attribute('server.address', 'kafka')], { serviceName: 'kafka' }],
    [3, [attribute('db.name', 'orders')], { serviceName: 'orders' }],
    [
      3,
      [attribute('net.peer.name', 'old'), attribute('net.peer.port', 80)],
      { serviceName: 'old', port: 80 },
    ],
    [2, [attribute('network.peer.address', '10.0.0.9')], { ipv4: '10.0.0.9' }],
    [2, [attribute('server.address', 'myself'), port], undefined],
    [1, [attribute('db.name', 'orders')], undefined],
    [3, [attribute('server.port', 70_000)], undefined],
  ])('of kind %s with %j', (kind, attributes, endpoint) => {
    const expected = endpoint && {
      serviceName: undefined,
      ipv4: undefined,
      ipv6: undefined,
      port: undefined,
      ...endpoint,
    }
    expect(spanOf({ kind, attributes }).remoteEndpoint).toEqual(expected)
  })

  test('the own side has the address that the span tells', () => {
    const attributes = [attribute('network.local.address', '10.0.0.1'), attribute('network.local.port', 80)]
    expect(spanOf({ attributes }).localEndpoint).toEqual({
      serviceName: 'shop',
      ipv4: '10.0.0.1',
      ipv6: undefined,
      port: 80,
    })
  })
})

test('an end of 2^64 - 1 is a span that has not ended, and is given back', () => {
  const times = { startTimeUnixNano: '1700000000000001999', endTimeUnixNano: '18446744073709551615' }
  const span = spanOf(times)
  expect(span).toMatchObject({ timestamp: 1_700_000_000_000_001, duration: undefined })
  expect(span.otel).toContain('"18446744073709551615"')
  const { resourceSpans } = JSON.parse(encodeOtlpJson([span])) as Body
  expect(resourceSpans[0]?.scopeSpans[0]?.spans[0]).toMatchObject(times)
  expect(reasonOf({ startTimeUnixNano: '18446744073709551615' })).toContain('out of range')
})
