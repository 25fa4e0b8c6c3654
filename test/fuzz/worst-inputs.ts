// Ten megabytes of the worst that each decoder can be sent: what is valid bytes but as many, as deep or as large as possible.

export interface WorstInput {
  /** The decoder's name in `@hopscope/proto`. */
  readonly decoder: string
  readonly about: string
  readonly make: () => Uint8Array
}

const WORST_BYTES = 10 * 2 ** 20

const text = (json: string) => Buffer.from(json)
/** As many of the item as fit, with commas between. */
const list = (item: string) =>
  `[${new Array(Math.floor(WORST_BYTES / (item.length + 1))).fill(item).join(',')}]`
const fill = (opening: string, one: (i: number) => string, closing: string) => {
  const parts: string[] = []
  for (let i = 0, size = 0; size < WORST_BYTES; i++)
    size += parts.push(one(i)) && (parts.at(-1)?.length ?? 0) + 1
  return text(opening + parts.join(',') + closing)
}
const repeated = (unit: readonly number[], before: readonly number[] = []) => {
  const bytes = Buffer.alloc(WORST_BYTES, Buffer.from(unit))
  bytes.set(before)
  return bytes
}

/** A length-delimited field. */
const field = (number: number, ...parts: Uint8Array[]) => {
  const body = Buffer.concat(parts)
  return Buffer.concat([varint(number * 8 + 2), varint(body.length), body])
}
function varint(value: number): Buffer {
  const bytes: number[] = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128)
  return Buffer.from([...bytes, value])
}
const many = (part: Uint8Array, most = WORST_BYTES) =>
  Buffer.concat(new Array<Uint8Array>(Math.floor(most / part.length)).fill(part))
const numbered = (part: (i: number) => Uint8Array, most = WORST_BYTES) => {
  const parts: Uint8Array[] = []
  for (let i = 0, size = 0; size < most; i++) size += parts[parts.push(part(i)) - 1]?.length ?? 0
  return Buffer.concat(parts)
}

const IDS = '"traceId":"000000000000000a","id":"000000000000000b"'
const PROTO_IDS = Buffer.concat([field(1, Buffer.alloc(8, 1)), field(3, Buffer.alloc(8, 2))])
const OTLP_IDS = '"traceId":"0000000000000001000000000000000a","spanId":"000000000000000b"'
const OTLP_PROTO_IDS = Buffer.concat([field(1, Buffer.alloc(16, 1)), field(2, Buffer.alloc(8, 2))])
const otlp = (span: string) =>
  [`{"resourceSpans":[{"scopeSpans":[{"spans":[{${OTLP_IDS},${span}`, '}]}]}]}'] as const
const otlpProto = (...span: Uint8Array[]) => field(1, field(2, field(2, OTLP_PROTO_IDS, ...span)))
const half = WORST_BYTES / 2

const JSON_INPUTS = (decoder: string, notes: string, tags: string): WorstInput[] => [
  { decoder, about: 'five million things that are no spans', make: () => text(list('0')) },
  { decoder, about: 'five million lists in each other', make: () => text('['.repeat(half) + ']'.repeat(half)) },
  { decoder, about: 'a million empty objects', make: () => text(list('{}')) },
  { decoder, about: 'smallest spans', make: () => text(list(`{${IDS}}`)) },
  { decoder, about: 'one span with one long name', make: () => text(`[{${IDS},"name":"${'X'.repeat(WORST_BYTES)}"}]`) },
  { decoder, about: 'half surrogates only', make: () => text(`[{${IDS},"name":"${'\\ud800'.repeat(WORST_BYTES / 6)}"}]`) },
  { decoder, about: 'one span with annotations, the last first', make: () => fill(`[{${IDS},"annotations":[`, (i) => notes.replace('#', `${9e6 - i}`), ']}]') },
  { decoder, about: 'one span with tags', make: () => fill(`[{${IDS},${tags.split('|')[0]}`, (i) => (tags.split('|')[1] ?? '').replace('#', `${i}`), tags.split('|')[2] ?? '') },
  { decoder, about: 'numbers where text is', make: () => text(list(`{"traceId":1,"id":1,"name":1e5}`)) },
] // prettier-ignore

const OTLP_JSON: WorstInput[] = [
  { decoder: 'decodeOtlpJson', about: 'lists in each other', make: () => text('['.repeat(half) + ']'.repeat(half)) },
  { decoder: 'decodeOtlpJson', about: 'a value as deep as can be', make: () => text(otlp('"attributes":[{"key":"a","value":').join(`${'{"arrayValue":{"values":['.repeat(WORST_BYTES / 28)}${']}}'.repeat(WORST_BYTES / 28)}}]`)) },
  { decoder: 'decodeOtlpJson', about: 'smallest spans', make: () => fill('{"resourceSpans":[{"scopeSpans":[{"spans":[', () => `{${OTLP_IDS}}`, ']}]}]}') },
  { decoder: 'decodeOtlpJson', about: 'a big resource, and many small spans to repeat it for', make: () => text(`{"resourceSpans":[{"resource":{"attributes":[${Array.from({ length: 50_000 }, (_, i) => `{"key":"k${i}","value":{"stringValue":"${'v'.repeat(60)}"}}`).join(',')}]},"scopeSpans":[{"spans":[${new Array(50_000).fill(`{${OTLP_IDS}}`).join(',')}]}]}]}`) },
  { decoder: 'decodeOtlpJson', about: 'one span with events', make: () => fill(otlp('"events":[')[0], (i) => `{"name":"e","timeUnixNano":"${9e8 - i}","attributes":[{"key":"a","value":{"intValue":${i}}}]}`, `]${otlp('')[1]}`) },
  { decoder: 'decodeOtlpJson', about: 'one span with attributes', make: () => fill(otlp('"attributes":[')[0], (i) => `{"key":"k${i}","value":{"intValue":${i}}}`, `]${otlp('')[1]}`) },
  { decoder: 'decodeOtlpJson', about: 'one span with links', make: () => fill(otlp('"links":[')[0], () => `{${OTLP_IDS}}`, `]${otlp('')[1]}`) },
] // prettier-ignore

const OTLP_PROTOBUF: WorstInput[] = [
  { decoder: 'decodeOtlpProtobuf', about: 'resources without anything', make: () => repeated([0x0a, 0]) },
  { decoder: 'decodeOtlpProtobuf', about: 'spans without anything', make: () => field(1, field(2, repeated([0x12, 0]))) },
  { decoder: 'decodeOtlpProtobuf', about: 'smallest spans', make: () => field(1, field(2, many(field(2, OTLP_PROTO_IDS)))) },
  { decoder: 'decodeOtlpProtobuf', about: 'a big resource, and many small spans to repeat it for', make: () => field(1, field(1, numbered((i) => field(1, field(1, text(`k${i}`)), field(2, field(1, text('v'.repeat(60))))), half)), field(2, many(field(2, OTLP_PROTO_IDS), half))) },
  { decoder: 'decodeOtlpProtobuf', about: 'one span with attributes', make: () => otlpProto(numbered((i) => field(9, field(1, text(`k${i}`)), field(2, Buffer.of(0x18, 1))))) },
  { decoder: 'decodeOtlpProtobuf', about: 'one span with events without anything', make: () => otlpProto(many(field(11))) },
  { decoder: 'decodeOtlpProtobuf', about: 'values in each other', make: () => otlpProto(field(9, field(1, text('a')), field(2, deep(2000)))) },
  { decoder: 'decodeOtlpProtobuf', about: 'groups in each other', make: () => repeated([0x0b]) },
] // prettier-ignore

/** An array of an array of …, each length known only from inside. */
function deep(levels: number): Buffer {
  let value = Buffer.from(field(1, text('x')))
  for (let i = 0; i < levels; i++) value = Buffer.from(field(5, field(1, value)))
  return value
}

export const WORST_INPUTS: readonly WorstInput[] = [
  ...JSON_INPUTS('decodeZipkinV2Json', '{"timestamp":#,"value":"v"}', '"tags":{|"k#":"v"|}}]'),
  ...JSON_INPUTS('decodeZipkinV1Json', '{"timestamp":#,"value":"v"}', '"binaryAnnotations":[|{"key":"k#","value":"v"}|]}]'),
  { decoder: 'decodeZipkinV1Json', about: 'one span of many services', make: () => fill(`[{${IDS},"annotations":[`, (i) => `{"timestamp":${i + 1},"value":"${['sr', 'cs', 'ss', 'cr'][i % 4]}","endpoint":{"serviceName":"s${i}"}}`, ']}]') },
  { decoder: 'decodeZipkinV1Json', about: 'one span with tags of many services', make: () => fill(`[{${IDS},"binaryAnnotations":[`, (i) => `{"key":"k${i}","value":"v","endpoint":{"serviceName":"s${i}"}}`, ']}]') },
  { decoder: 'decodeZipkinProto3', about: 'spans without anything', make: () => repeated([0x0a, 0]) },
  { decoder: 'decodeZipkinProto3', about: 'smallest spans', make: () => many(field(1, PROTO_IDS)) },
  { decoder: 'decodeZipkinProto3', about: 'one span with tags', make: () => field(1, PROTO_IDS, numbered((i) => field(11, field(1, text(`k${i}`))))) },
  { decoder: 'decodeZipkinProto3', about: 'one span with annotations without anything', make: () => field(1, PROTO_IDS, many(field(10))) },
  { decoder: 'decodeZipkinProto3', about: 'one span with endpoints over and over', make: () => field(1, PROTO_IDS, many(field(8))) },
  { decoder: 'decodeZipkinProto3', about: 'fields nobody knows', make: () => repeated([0x78, 0]) },
  { decoder: 'decodeZipkinProto3', about: 'groups in each other', make: () => repeated([0x0b]) },
  { decoder: 'decodeZipkinProto3', about: 'a number without end', make: () => repeated([0xff], [0x0a]) },
  { decoder: 'decodeZipkinThrift', about: 'spans without anything', make: () => thriftList(WORST_BYTES, [0]) },
  { decoder: 'decodeZipkinThrift', about: 'more spans announced than there are bytes', make: () => thriftList(0x7fffffff, [0]) },
  { decoder: 'decodeZipkinThrift', about: 'structs in each other, to be passed over', make: () => repeated([12, 0, 99], [12, 0, 0, 0, 1]) },
  { decoder: 'decodeZipkinThrift', about: 'lists in each other, to be passed over', make: () => repeated([15, 0, 0, 0, 1], [12, 0, 0, 0, 1, 15, 0, 99]) },
  { decoder: 'decodeZipkinThrift', about: 'a map announced large', make: () => repeated([0], [12, 0, 0, 0, 1, 13, 0, 99, 2, 2, 0x7f, 0xff, 0xff, 0xff]) },
  { decoder: 'decodeZipkinThrift', about: 'one span with annotations without anything', make: () => repeated([0], [12, 0, 0, 0, 1, 10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 10, 0, 4, 0, 0, 0, 0, 0, 0, 0, 2, 15, 0, 6, 12, 0, 0x9f, 0, 0]) },
  ...OTLP_JSON,
  ...OTLP_PROTOBUF,
] // prettier-ignore

function thriftList(count: number, span: readonly number[]): Buffer {
  const bytes = repeated(span)
  bytes.set([12])
  bytes.writeInt32BE(count, 1)
  return bytes
}
