import { describe, expect, test } from '@jest/globals'
import { logFrom, referencesFrom, spanTagsFrom, tagsFrom } from './tags.ts'
import { NO_LINKS, NO_SCOPE, NO_STATUS, NO_TIME, type OtlpLink, type OtlpSpan } from '../otlp/otlp.ts'

const TRACE = '5af7183fb1d4cf5f6b221d5bc9e6496c'
const PARENT = '6b221d5bc9e6496c'
const plain: OtlpSpan = {
  traceId: TRACE,
  spanId: '352bff9a74ca9ad2',
  parentSpanId: PARENT,
  traceState: '',
  flags: 0,
  name: 'Get /',
  kind: 0,
  start: NO_TIME,
  end: NO_TIME,
  attributes: [],
  droppedAttributesCount: 0,
  events: [],
  droppedEventsCount: 0,
  links: NO_LINKS,
  droppedLinksCount: 0,
  status: NO_STATUS,
}
const link = (fields: Partial<OtlpLink>): OtlpLink => ({
  traceId: 'f'.repeat(32),
  spanId: 'e'.repeat(16),
  traceState: '',
  attributes: [],
  droppedAttributesCount: 0,
  flags: 0,
  ...fields,
})
const string = (key: string, stringValue: string) => ({ key, value: { stringValue } })

describe("an attribute as Jaeger's tag", () => {
  test.each([
    [{ stringValue: 'x' }, { type: 'string', value: 'x' }],
    [{ boolValue: false }, { type: 'bool', value: false }],
    [{ intValue: '-42' }, { type: 'int64', value: -42 }],
    [{ intValue: '9223372036854775222' }, { type: 'int64', value: '9223372036854775222' }],
    [{ doubleValue: 72.5 }, { type: 'float64', value: 72.5 }],
    [{ doubleValue: 'NaN' }, { type: 'float64', value: 'NaN' }],
    [{ bytesValue: 'AAAwOQ==' }, { type: 'binary', value: 'AAAwOQ==' }],
    [{ arrayValue: { values: [{ stringValue: 'a' }, { intValue: '1' }] } }, { type: 'string', value: '["a",1]' }],
    [{ kvlistValue: { values: [string('k', 'v')] } }, { type: 'string', value: '{"k":"v"}' }],
    [{}, { type: 'string', value: '' }],
  ])('%j is %j', (value, tag) => {
    expect(tagsFrom([{ key: 'k', value }])).toEqual([{ key: 'k', ...tag }])
  }) // prettier-ignore

  test('comes in the order of keys', () => {
    expect(
      tagsFrom([string('b', ''), string('__proto__', ''), string('a', '')]).map(({ key }) => key),
    ).toEqual(['__proto__', 'a', 'b'])
  })
})

describe('the tags of a span', () => {
  const tags = (fields: Partial<OtlpSpan>) =>
    Object.fromEntries(spanTagsFrom({ ...plain, ...fields }, NO_SCOPE).map(({ key, value }) => [key, value]))

  test('begin with the scope and end with what OTLP has fields for', () => {
    const span = {
      ...plain,
      attributes: [string('a', 'b')],
      kind: 2,
      status: { code: 2, message: 'timed out' },
      traceState: 'v=1',
    }
    expect(spanTagsFrom(span, { ...NO_SCOPE, name: 'lib', version: '1.0' })).toEqual([
      { key: 'otel.scope.name', type: 'string', value: 'lib' },
      { key: 'otel.scope.version', type: 'string', value: '1.0' },
      { key: 'a', type: 'string', value: 'b' },
      { key: 'span.kind', type: 'string', value: 'server' },
      { key: 'otel.status_code', type: 'string', value: 'ERROR' },
      { key: 'error', type: 'bool', value: true },
      { key: 'otel.status_description', type: 'string', value: 'timed out' },
      { key: 'w3c.tracestate', type: 'string', value: 'v=1' },
    ])
  })

  test.each([
    [0, undefined],
    [1, 'internal'],
    [2, 'server'],
    [3, 'client'],
    [4, 'producer'],
    [5, 'consumer'],
    [6, undefined],
  ])('name kind %j as %j', (kind, text) => {
    expect(tags({ kind })['span.kind']).toBe(text)
  })

  test('say that a status is fine, and nothing of one that is not set', () => {
    expect(tags({ status: { code: 1, message: '' } })).toEqual({ 'otel.status_code': 'OK' })
    expect(tags({})).toEqual({})
  })

  test("turn Zipkin's error into a true one, with its reason beside it, once", () => {
    expect(tags({ attributes: [string('error', 'no card')] })).toEqual({
      error: true,
      'error.message': 'no card',
    })
    for (const text of ['', 'true', 'TRUE'])
      expect(tags({ attributes: [string('error', text)] })).toEqual({ error: true })
    const failed = { attributes: [string('error', 'x')], status: { code: 2, message: '' } }
    expect(spanTagsFrom({ ...plain, ...failed }, NO_SCOPE).filter(({ key }) => key === 'error')).toHaveLength(
      1,
    )
    expect(tags({ attributes: [{ key: 'error', value: { boolValue: false } }] })).toEqual({ error: false })
  })
})

describe('the references of a span', () => {
  const parent = { traceID: TRACE, spanID: PARENT }

  test('are the parent first, then its links; ids whose high half is zero are short', () => {
    const links = [link({}), link({ traceId: '0'.repeat(16) + PARENT, spanId: 'ff' })]
    expect(referencesFrom({ ...plain, links }, TRACE, PARENT)).toEqual([
      { refType: 'CHILD_OF', ...parent },
      { refType: 'FOLLOWS_FROM', traceID: 'f'.repeat(32), spanID: 'e'.repeat(16) },
      { refType: 'FOLLOWS_FROM', traceID: PARENT, spanID: '00000000000000ff' },
    ])
    expect(referencesFrom(plain, TRACE, undefined)).toEqual([])
  })

  test('name the parent once, as the link to it says', () => {
    const toParent = { traceId: TRACE, spanId: PARENT }
    expect(referencesFrom({ ...plain, links: [link(toParent)] }, TRACE, PARENT)).toEqual([
      { refType: 'FOLLOWS_FROM', ...parent },
    ])
    const child = link({ ...toParent, attributes: [string('opentracing.ref_type', 'child_of')] })
    expect(referencesFrom({ ...plain, links: [child] }, TRACE, PARENT)).toEqual([
      { refType: 'CHILD_OF', ...parent },
    ])
    expect(referencesFrom({ ...plain, links: [child] }, TRACE, undefined)).toEqual([
      { refType: 'CHILD_OF', ...parent },
    ])
  })

  test('leave out links to no trace', () => {
    expect(
      referencesFrom(
        { ...plain, links: [link({ traceId: '' }), link({ traceId: '0'.repeat(32) })] },
        TRACE,
        undefined,
      ),
    ).toEqual([])
  })
})

test('an event is a log with its name as the field event, unless it has one', () => {
  const event = {
    time: { micros: 7, nanos: 999 },
    name: 'retry',
    attributes: [{ key: 'n', value: { intValue: '2' } }],
    droppedAttributesCount: 0,
  }
  expect(logFrom(event)).toEqual({
    timestamp: 7,
    fields: [
      { key: 'event', type: 'string', value: 'retry' },
      { key: 'n', type: 'int64', value: 2 },
    ],
  })
  expect(logFrom({ ...event, attributes: [string('event', 'own')] }).fields).toEqual([
    { key: 'event', type: 'string', value: 'own' },
  ])
  expect(logFrom({ ...event, name: '', attributes: [] }).fields).toEqual([])
})
