// How the tests of the OTLP codecs make bodies: protobufjs as an encoder that isn't ours, and random OTLP spans with
// what they mean once compared regardless of order and format.
import fc from 'fast-check'
import protobuf from 'protobufjs'

/** Our words for the published messages; names and numbers are those of opentelemetry-proto 1.x. */
const SCHEMA = `syntax = "proto3";
message TracesData { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5;
  int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
  uint32 dropped_attributes_count = 10; repeated Event events = 11; uint32 dropped_events_count = 12;
  repeated Link links = 13; uint32 dropped_links_count = 14; Status status = 15; fixed32 flags = 16;
}
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message Link {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4;
  uint32 dropped_attributes_count = 5; fixed32 flags = 6;
}
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue {
  oneof value {
    string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
    ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7;
  }
}
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message ExportTraceServiceResponse { ExportTracePartialSuccess partial_success = 1; }
message ExportTracePartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
message RpcStatus { int32 code = 1; string message = 2; }
`
const { root } = protobuf.parse(SCHEMA)

export const messageType = (name: string): protobuf.Type => root.lookupType(name)

const IDS = new Set(['traceId', 'spanId', 'parentSpanId'])

/** OTLP/JSON, as an object, to protobuf. */
export function protobufOf(body: object): Uint8Array {
  const withBytes = JSON.parse(JSON.stringify(body), (key, value: unknown) =>
    IDS.has(key) && typeof value === 'string' ? Buffer.from(value, 'hex').toString('base64') : value,
  ) as Record<string, unknown>
  const type = messageType('TracesData')
  return type.encode(type.fromObject(withBytes)).finish()
}

export const jsonOf = (body: object): Uint8Array => new TextEncoder().encode(JSON.stringify(body))

export interface Body {
  resourceSpans: {
    resource?: object
    schemaUrl?: string
    scopeSpans: { scope?: object; schemaUrl?: string; spans: object[] }[]
  }[]
}

export const TRACE_ID = '5b8efff798038103d269b633813fc60c'
export const SPAN_ID = 'eee19b7ec3c1b174'

/** One span of one service, with these fields. */
export const bodyOf = (
  span: object,
  resource: object[] = [attribute('service.name', 'shop')],
  scope: object = {},
): Body => ({
  resourceSpans: [
    {
      resource: { attributes: resource },
      scopeSpans: [{ scope, spans: [{ traceId: TRACE_ID, spanId: SPAN_ID, ...span }] }],
    },
  ],
})

/** A string is a string, a number an int; anything else is a value as OTLP/JSON has it. */
export const attribute = (key: string, value: string | number | object): object => ({
  key,
  value:
    typeof value === 'string'
      ? { stringValue: value }
      : typeof value === 'number'
        ? { intValue: String(value) }
        : value,
})

/** Every span with its resource and scope as one text, sorted; attributes sorted. Equal for bodies that mean the same. */
export function meaningOf(body: Body): string[] {
  const texts: string[] = []
  for (const { resource = {}, schemaUrl = '', scopeSpans } of body.resourceSpans) {
    for (const { scope = {}, schemaUrl: scopeSchemaUrl = '', spans } of scopeSpans) {
      for (const span of spans)
        texts.push(JSON.stringify(normal({ resource, schemaUrl, scope, scopeSchemaUrl, span })))
    }
  }
  return texts.sort()
}

/** Without what is empty, keys and attributes sorted. Attributes with values of one kind only have that kind. */
function normal(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const list = value.map((entry) => normal(entry))
    const isSet = key === 'attributes'
    return isSet ? list.map((entry) => JSON.stringify(entry)).sort() : list
  }
  if (typeof value !== 'object' || value === null) return value
  const isValue = key === 'value' || 'stringValue' in value || 'arrayValue' in value
  const entries = Object.entries(value)
    .map(([name, member]): [string, unknown] => [name, normal(member, name)])
    .filter(([, member]) => isValue || !isEmpty(member))
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === '' || value === 0 || value === '0') return true
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'İstanbul',
    'UPPER',
    '',
    '7',
    'false',
    'true',
    '"a":{}',
    '["x"]',
    '\u2028',
  ),
)
const key = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('a', 'b', 'http.status_code', 'service.name', 'server.address', 'Host'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'error',
      'otel.status_code',
      'otel.scope.name',
      'otel.library.version',
      'otel.dropped_links_count',
      '__proto__',
      'network.local.port',
    ),
  },
  { weight: 1, arbitrary: text },
)
const value = fc.letrec<{ value: object; values: object[]; pairs: object[] }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text.map((stringValue) => ({ stringValue })),
    text.map((stringValue) => ({ stringValue })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((int) => ({ intValue: String(int) })),
    fc.integer().map((int) => ({ intValue: String(int) })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    fc
      .double({ noDefaultInfinity: true, noNaN: true })
      .filter((double) => !Object.is(double, -0))
      .map((doubleValue) => ({ doubleValue })),
    fc.constantFrom('NaN', 'Infinity', '-Infinity').map((doubleValue) => ({ doubleValue })),
    fc.uint8Array({ maxLength: 9 }).map((bytes) => ({ bytesValue: Buffer.from(bytes).toString('base64') })),
    fc.constant({}),
    fc
      .array(text, { maxLength: 3 })
      .map((texts) => ({ arrayValue: { values: texts.map((stringValue) => ({ stringValue })) } })),
    tie('values').map((values) => ({ arrayValue: { values } })),
    tie('pairs').map((values) => ({ kvlistValue: { values } })),
  ),
  values: fc.array(tie('value'), { maxLength: 3 }),
  pairs: fc.array(fc.record({ key, value: tie('value') }), { maxLength: 3 }),
})).value

const attributes = fc.array(fc.record({ key, value }), { maxLength: 5 })
const count = fc.oneof(fc.constant(0), fc.nat(0xffff_ffff))
const hex = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((id) => Buffer.from(id).toString('hex'))
    .filter((id) => !/^0*$/.test(id))
const nanos = fc.oneof(
  fc.constant('0'),
  fc.bigInt({ min: 1n, max: 2_000n }).map(String),
  fc.bigInt({ min: 1_700_000_000_000_000_000n, max: 1_700_000_000_000_005_000n }).map(String),
  fc.nat(50).map((micros) => `17000000000000${String(micros).padStart(2, '0')}000`),
)
const event = fc.record({ timeUnixNano: nanos, name: text, attributes, droppedAttributesCount: count })
const plainEvent = fc.record({ timeUnixNano: nanos, name: text })
const link = fc.record({
  traceId: fc.oneof(hex(16), hex(8), fc.constant('')),
  spanId: fc.oneof(hex(8), hex(3)),
  traceState: text,
  attributes,
  droppedAttributesCount: count,
  flags: count,
})
const span = fc
  .record({
    traceId: fc.oneof(
      hex(16),
      hex(8).map((id) => id.padStart(32, '0')),
    ),
    spanId: hex(8),
    parentSpanId: fc.oneof(fc.constant(''), hex(8), fc.constant('self')),
    traceState: text,
    flags: count,
    name: text,
    kind: fc.nat(7),
    startTimeUnixNano: nanos,
    endTimeUnixNano: fc.oneof({ weight: 9, arbitrary: nanos }, fc.constant('18446744073709551615')),
    attributes,
    droppedAttributesCount: count,
    events: fc.oneof(fc.array(event, { maxLength: 4 }), fc.array(plainEvent, { maxLength: 3 })),
    droppedEventsCount: count,
    links: fc.array(link, { maxLength: 2 }),
    droppedLinksCount: count,
    status: fc.record({ code: fc.nat(3), message: text }),
  })
  .map((fields) => (fields.parentSpanId === 'self' ? { ...fields, parentSpanId: fields.spanId } : fields))

/** Bodies of random OTLP spans, with every oddity that the messages allow. */
export const otlpBody: fc.Arbitrary<Body> = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes, droppedAttributesCount: count }),
      schemaUrl: text,
      scopeSpans: fc.array(
        fc.record({
          scope: fc.record({ name: text, version: text, attributes, droppedAttributesCount: count }),
          schemaUrl: text,
          spans: fc.array(span, { minLength: 1, maxLength: 3 }),
        }),
        { maxLength: 2 },
      ),
    }),
    { maxLength: 2 },
  ),
})

/** A value in so many lists. */
export function nestedValue(depth: number): object {
  let value: object = { stringValue: 'deep' }
  for (let i = 0; i < depth; i++) value = { arrayValue: { values: [value] } }
  return value
}
