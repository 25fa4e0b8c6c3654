import { describe, expect, test } from '@jest/globals'
import type { Span } from '@hopscope/model'
import { TEXT_EPOCH, traceFromText } from '@hopscope/model/testing'
import { encodeJaegerJson, type JaegerJsonOptions } from './json.ts'
import { decodeOtlpJson } from '../otlp/json.ts'

const encoded = (spans: readonly Span[], options?: JaegerJsonOptions) =>
  JSON.parse(encodeJaegerJson(spans, options)) as {
    traceID: string
    spans: Record<string, unknown>[]
    processes: unknown
  }

describe("Jaeger's JSON of a trace", () => {
  test('of Zipkin is, key by key, what Jaeger writes', () => {
    const { spans } = traceFromText(`
      web  get  0  2  SERVER  @10.0.0.1  error=late  note:1=retry
        web charge 0.5 1 CLIENT ->pay  k=v
    `)
    const child = (fields: string) =>
      `{"traceID":"000000000000000a","spanID":"0000000000000002","operationName":"charge","references":[{"refType":"CHILD_OF","traceID":"000000000000000a","spanID":"0000000000000001"}],${fields}`
    expect(encodeJaegerJson(spans)).toBe(
      '{"traceID":"000000000000000a","spans":[' +
        `{"traceID":"000000000000000a","spanID":"0000000000000001","operationName":"get","references":[],"startTime":${TEXT_EPOCH},"duration":2000,` +
        '"tags":[{"key":"network.local.address","type":"string","value":"10.0.0.1"},{"key":"span.kind","type":"string","value":"server"},{"key":"otel.status_code","type":"string","value":"ERROR"},{"key":"error","type":"bool","value":true},{"key":"otel.status_description","type":"string","value":"late"}],' +
        `"logs":[{"timestamp":${TEXT_EPOCH + 1000},"fields":[{"key":"event","type":"string","value":"retry"}]}],"processID":"p1","warnings":null},` +
        child(
          `"startTime":${TEXT_EPOCH + 500},"duration":1000,"tags":[{"key":"k","type":"string","value":"v"},{"key":"peer.service","type":"string","value":"pay"},{"key":"span.kind","type":"string","value":"client"}],"logs":[],"processID":"p2","warnings":null}`,
        ) +
        '],"processes":{"p1":{"serviceName":"web","tags":[{"key":"ip","type":"string","value":"10.0.0.1"}]},"p2":{"serviceName":"web","tags":[]}},"warnings":null}',
    )
  })

  test('has each process once, and names one without a service as Jaeger does', () => {
    const { spans } = traceFromText('web a 0 1\n pay b 0 1\n web c 0 1\n - d 0 1')
    const trace = encoded(spans)
    expect(trace.spans.map(({ processID }) => processID)).toEqual(['p1', 'p2', 'p1', 'p3'])
    expect(trace.processes).toEqual({
      p1: { serviceName: 'web', tags: [] },
      p2: { serviceName: 'pay', tags: [] },
      p3: { serviceName: 'missing-service-name', tags: [] },
    })
  })

  test('draws both halves of a call; raw leaves them their id', () => {
    const { spans } = traceFromText(
      'web charge 10 60 CLIENT id=b\n pay charge 20 40 SERVER shared id=b parent=-',
    )
    const ids = (options?: JaegerJsonOptions) => encoded(spans, options).spans.map(({ spanID }) => spanID)
    expect(ids()).toEqual(['000000000000000b', '0000000000000001'])
    expect(ids({ raw: true })).toEqual(['000000000000000b', '000000000000000b'])
  })

  test('has one trace id, the longest there is', () => {
    const long = '000000000000000b000000000000000a'
    const { spans } = traceFromText(`web a 0 1\n pay b 0 1 trace=${long}`)
    const trace = encoded(spans)
    expect([trace.traceID, ...trace.spans.map(({ traceID }) => traceID)]).toEqual([long, long, long])
    expect(trace.spans[1]).toMatchObject({ references: [{ traceID: long }] })
  })

  test('of OTLP keeps types, names, links, events, scope and resource', () => {
    const attribute = (key: string, value: object) => ({ key, value })
    const body = {
      resourceSpans: [
        {
          resource: {
            attributes: [
              attribute('service.name', { stringValue: 'Web' }),
              attribute('process.pid', { intValue: '7' }),
            ],
          },
          scopeSpans: [
            {
              scope: { name: 'lib', version: '2' },
              spans: [
                {
                  traceId: '5af7183fb1d4cf5f6b221d5bc9e6496c',
                  spanId: '352bff9a74ca9ad2',
                  name: 'GET /Cart',
                  kind: 1,
                  flags: 257,
                  startTimeUnixNano: '1700000000000000900',
                  endTimeUnixNano: '1700000000000002100',
                  attributes: [
                    attribute('retries', { intValue: '3' }),
                    attribute('cached', { boolValue: true }),
                    attribute('ratio', { doubleValue: 0.5 }),
                  ],
                  events: [
                    {
                      timeUnixNano: '1700000000000001000',
                      name: 'Hit',
                      attributes: [attribute('n', { intValue: '1' })],
                    },
                  ],
                  links: [{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16) }],
                  status: { code: 1 },
                },
              ],
            },
          ],
        },
      ],
    }
    const { spans } = decodeOtlpJson(Buffer.from(JSON.stringify(body)))
    expect(encoded(spans)).toEqual({
      traceID: '5af7183fb1d4cf5f6b221d5bc9e6496c',
      spans: [
        {
          traceID: '5af7183fb1d4cf5f6b221d5bc9e6496c',
          spanID: '352bff9a74ca9ad2',
          flags: 1,
          operationName: 'GET /Cart',
          references: [{ refType: 'FOLLOWS_FROM', traceID: 'f'.repeat(32), spanID: 'e'.repeat(16) }],
          startTime: 1_700_000_000_000_000,
          duration: 1,
          tags: [
            { key: 'otel.scope.name', type: 'string', value: 'lib' },
            { key: 'otel.scope.version', type: 'string', value: '2' },
            { key: 'cached', type: 'bool', value: true },
            { key: 'ratio', type: 'float64', value: 0.5 },
            { key: 'retries', type: 'int64', value: 3 },
            { key: 'span.kind', type: 'string', value: 'internal' },
            { key: 'otel.status_code', type: 'string', value: 'OK' },
          ],
          logs: [
            {
              timestamp: 1_700_000_000_000_001,
              fields: [
                { key: 'event', type: 'string', value: 'Hit' },
                { key: 'n', type: 'int64', value: 1 },
              ],
            },
          ],
          processID: 'p1',
          warnings: null,
        },
      ],
      processes: { p1: { serviceName: 'Web', tags: [{ key: 'process.pid', type: 'int64', value: 7 }] } },
      warnings: null,
    })
  })
})
