// How many spans a second each codec reads and writes, from bytes and to bytes, beside bare JSON.parse and JSON.stringify of the same spans. All
// of them take turns, round by round, so that whatever else the machine does hits all alike; the median round counts.
import type { Span } from '@hopscope/model'
import {
  decodeOtlpJson,
  decodeOtlpProtobuf,
  decodeZipkinProto3,
  decodeZipkinThrift,
  decodeZipkinV1Json,
  decodeZipkinV2Json,
  encodeJaegerJson,
  encodeOtlpJson,
  encodeZipkinProto3,
  encodeZipkinV2Json,
} from '@hopscope/proto'
import { protobufOf } from '@hopscope/proto/testing/otlp'
import { structs, thriftOf } from '@hopscope/proto/testing/thrift'
import { randomSpans } from './random-spans.ts'
import { quantile, Report } from './report.ts'

const ROUNDS = 100
/** Rounds until the code is compiled as it will be; not counted. */
const WARM_UP = 20

/** Of `spans` spans a round. */
export function codecs(spans: number): void {
  const report = new Report('codecs')
  const wire = [...randomSpans(spans, 60_000)]
  const json = Buffer.from(JSON.stringify(wire))
  const decoded = decodeZipkinV2Json(json).spans
  const proto3 = encodeZipkinProto3(decoded)
  const v1 = decoded.map(v1From)
  const v1Json = Buffer.from(JSON.stringify(v1))
  const thrift = structs(v1.map(thriftOf))
  const otlpText = encodeOtlpJson(decoded)
  const otlpJson = Buffer.from(otlpText)
  const otlpProtobuf = protobufOf(JSON.parse(otlpText) as object)
  const otlpSpans = decodeOtlpJson(otlpJson).spans

  // One line a codec: what it is called, what it is measured against, and one round of it.
  const codecs: readonly Codec[] = [
    ['JSON.parse', 'JSON.parse', () => JSON.parse(json.toString())],
    ['decode Zipkin v2 JSON', 'JSON.parse', () => decodeZipkinV2Json(json)],
    ['decode Zipkin proto3', 'decode Zipkin v2 JSON', () => decodeZipkinProto3(proto3)],
    ['JSON.parse of v1', 'JSON.parse of v1', () => JSON.parse(v1Json.toString())],
    ['decode Zipkin v1 JSON', 'JSON.parse of v1', () => decodeZipkinV1Json(v1Json)],
    ['decode Zipkin v1 thrift', 'decode Zipkin v1 JSON', () => decodeZipkinThrift(thrift)],
    ['JSON.parse of OTLP', 'JSON.parse of OTLP', () => JSON.parse(otlpJson.toString())],
    ['decode OTLP JSON', 'JSON.parse of OTLP', () => decodeOtlpJson(otlpJson)],
    ['decode OTLP protobuf', 'decode OTLP JSON', () => decodeOtlpProtobuf(otlpProtobuf)],
    ['JSON.stringify', 'JSON.stringify', () => Buffer.from(JSON.stringify(wire))],
    ['encode Zipkin v2 JSON', 'JSON.stringify', () => Buffer.from(encodeZipkinV2Json(decoded))],
    ['encode Zipkin proto3', 'encode Zipkin v2 JSON', () => encodeZipkinProto3(decoded)],
    ['encode OTLP JSON', 'JSON.stringify', () => Buffer.from(encodeOtlpJson(otlpSpans))],
    ['encode Jaeger JSON', 'JSON.stringify', () => Buffer.from(encodeJaegerJson(otlpSpans))],
  ]

  report.figure('v2 JSON bytes a span', json.length / wire.length, 'B')
  report.figure('proto3 bytes a span', proto3.length / wire.length, 'B')
  const perSecond = measured(codecs, wire.length)
  for (const [name, beside] of codecs) {
    const own = perSecond.get(name) ?? Number.NaN
    report.figure(name, own, 'spans/s')
    if (beside !== name)
      report.figure(`${name} beside ${beside}`, own / (perSecond.get(beside) ?? Number.NaN), 'x')
  }
  report.save()
}

/** The same call as a service of old would have reported it. */
function v1From({ traceId, id, parentId, name = '', kind, localEndpoint, tags, ...times }: Span) {
  const timestamp: number = times.timestamp ?? 0
  const duration: number = times.duration ?? 0
  const endpoint = {
    serviceName: localEndpoint?.serviceName ?? '',
    ipv4: localEndpoint?.ipv4 ?? '0.0.0.0',
    port: localEndpoint?.port ?? 0,
  }
  const [begin, end] = kind === 'CLIENT' ? ['cs', 'cr'] : ['sr', 'ss']
  return {
    traceId,
    id,
    ...(parentId !== undefined && { parentId }),
    name,
    timestamp,
    duration,
    annotations: [
      { timestamp, value: begin ?? '', endpoint },
      { timestamp: timestamp + duration, value: end ?? '', endpoint },
    ],
    binaryAnnotations: Object.entries(tags).map(([key, value]) => ({ key, value, endpoint })),
  }
}

type Codec = readonly [name: string, beside: string, round: () => unknown]

function measured(codecs: readonly Codec[], spans: number): Map<string, number> {
  const times = new Map<string, number[]>(codecs.map(([name]) => [name, []]))
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const [name, , run] of codecs) {
      const started = performance.now()
      run()
      if (round >= WARM_UP) times.get(name)?.push(performance.now() - started)
    }
  }
  return new Map(
    [...times].map(([name, milliseconds]) => {
      milliseconds.sort((a, b) => a - b)
      return [name, (spans * 1000) / quantile(milliseconds, 0.5)]
    }),
  )
}
