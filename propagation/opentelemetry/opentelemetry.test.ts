// The propagator and the processor by themselves, against OpenTelemetry's own types, contexts, getters and composites.
import { describe, expect, test } from '@jest/globals'
import {
  createContextKey,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  type TextMapGetter,
  type TextMapPropagator,
  trace,
} from '@opentelemetry/api'
import { CompositePropagator, suppressTracing, W3CTraceContextPropagator } from '@opentelemetry/core'
import { bufferTextMapGetter } from '@opentelemetry/instrumentation-kafkajs/build/src/propagator.js'
import { B3Propagator } from '@opentelemetry/propagator-b3'
import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node'
import { RequestIdPropagator, RequestIdSpanProcessor, requestIdOf, withRequestId } from './opentelemetry.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

// The assignments are the test of the types: no cast.
const propagator: TextMapPropagator = new RequestIdPropagator()
const processors: NodeSDKConfiguration['spanProcessors'] = [new RequestIdSpanProcessor()]

const extracted = (carrier: unknown, getter: TextMapGetter = defaultTextMapGetter, into = ROOT_CONTEXT) =>
  requestIdOf(propagator.extract(into, carrier, getter))

const injected = (context = ROOT_CONTEXT): Record<string, string> => {
  const carrier: Record<string, string> = {}
  propagator.inject(context, carrier, defaultTextMapSetter)
  return carrier
}

describe('extract', () => {
  test('keeps the id that came', () => {
    expect(extracted({ 'x-request-id': 'r-1' })).toBe('r-1')
  })

  test.each([undefined, null, {}, { 'x-request-id': '' }])(
    'makes a UUIDv7 where none came: %j',
    (carrier) => {
      expect(extracted(carrier)).toMatch(UUID_V7)
    },
  )

  test.each([
    'a b',
    'ä',
    'x'.repeat(129),
    'a, b',
    'a\r\nSet-Cookie: b',
    7,
    { length: 1 },
    [],
    ['a', 'b'],
    [7],
    [['a']],
  ])('replaces what is no request id: %j', (value) => {
    expect(extracted({ 'x-request-id': value })).toMatch(UUID_V7)
  })

  test('takes the one value of a list, as getters of gRPC metadata give it', () => {
    expect(extracted({ 'x-request-id': ['r-1'] })).toBe('r-1')
  })

  test('into a context that has an id: a carrier without one, or with a bad one, leaves it', () => {
    const first = propagator.extract(ROOT_CONTEXT, {}, defaultTextMapGetter)
    for (const carrier of [{}, { 'x-request-id': 'a b' }])
      expect(propagator.extract(first, carrier, defaultTextMapGetter)).toBe(first)
  })

  test('into a context that has an id: a carrier with one of its own has it kept', () => {
    const first = withRequestId(ROOT_CONTEXT, 'first')
    expect(extracted({ 'x-request-id': 'second' }, defaultTextMapGetter, first)).toBe('second')
    expect(requestIdOf(first)).toBe('first')
  })

  test.each(['x-request-id', 'X-Request-ID', 'X-REQUEST-ID'])(
    'from a Kafka message as %s, in bytes',
    (name) => {
      expect(extracted({ [name]: Buffer.from('r-1') }, bufferTextMapGetter)).toBe('r-1')
    },
  )

  test('from a Kafka message that has the header twice makes a new one', () => {
    expect(extracted({ 'X-Request-ID': [Buffer.from('a'), Buffer.from('b')] }, bufferTextMapGetter)).toMatch(
      UUID_V7,
    )
  })

  test('reads what inject wrote, also where names are taken as they are', () => {
    expect(extracted(injected(withRequestId(ROOT_CONTEXT, 'r-1')))).toBe('r-1')
  })
})

describe('inject', () => {
  test('writes the id under the one name of `fields`', () => {
    expect(injected(withRequestId(ROOT_CONTEXT, 'r-1'))).toEqual({ 'X-Request-ID': 'r-1' })
    expect(propagator.fields()).toEqual(['X-Request-ID'])
  })

  test('writes nothing outside of any request', () => {
    expect(injected()).toEqual({})
  })

  test('writes nothing where tracing is suppressed, as around exporters', () => {
    expect(injected(suppressTracing(withRequestId(ROOT_CONTEXT, 'r-1')))).toEqual({})
  })
})

describe('work that has no inbound request', () => {
  test('gets an id of its own, each time another', () => {
    const once = withRequestId(ROOT_CONTEXT)
    const again = withRequestId(once)
    expect(requestIdOf(once)).toMatch(UUID_V7)
    expect(requestIdOf(again)).toMatch(UUID_V7)
    expect(requestIdOf(again)).not.toBe(requestIdOf(once))
  })

  test('gets the id it is given, unless that is none', () => {
    expect(requestIdOf(withRequestId(ROOT_CONTEXT, 'job/7'))).toBe('job/7')
    expect(requestIdOf(withRequestId(ROOT_CONTEXT, 'job 7'))).toMatch(UUID_V7)
  })

  test('has none before that, and what another put under the key is none', () => {
    expect(requestIdOf(ROOT_CONTEXT)).toBeUndefined()
    expect(requestIdOf(ROOT_CONTEXT.setValue(createContextKey('hopscope.request_id'), 7))).toBeUndefined()
  })
})

describe.each([
  ['W3C', new W3CTraceContextPropagator(), ['traceparent']],
  ['B3', new B3Propagator(), ['b3']],
] as const)('composed with %s', (_, other, names) => {
  test.each(['first', 'last'])('%s: both cross, and neither disturbs the other', (place) => {
    const composite = new CompositePropagator({
      propagators: place === 'first' ? [propagator, other] : [other, propagator],
    })
    const spanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0 }
    const carrier: Record<string, string> = {}
    const context = trace.setSpanContext(withRequestId(ROOT_CONTEXT, 'r-1'), spanContext)
    composite.inject(context, carrier, defaultTextMapSetter)
    expect(Object.keys(carrier).sort()).toEqual(['X-Request-ID', ...names].sort())
    const arrived = composite.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter)
    expect(requestIdOf(arrived)).toBe('r-1')
    expect(trace.getSpanContext(arrived)).toMatchObject(spanContext)
    expect(composite.fields()).toEqual(expect.arrayContaining(['X-Request-ID', ...names]))
  })

  test('twice over: one id is made', () => {
    const composite = new CompositePropagator({ propagators: [propagator, other, new RequestIdPropagator()] })
    const once = composite.extract(ROOT_CONTEXT, {}, defaultTextMapGetter)
    expect(requestIdOf(once)).toMatch(UUID_V7)
    expect(requestIdOf(composite.extract(once, {}, defaultTextMapGetter))).toBe(requestIdOf(once))
  })
})

describe('the span processor', () => {
  const attributesIn = (context: typeof ROOT_CONTEXT): [string, string][] => {
    const set: [string, string][] = []
    new RequestIdSpanProcessor().onStart({ setAttribute: (key, value) => set.push([key, value]) }, context)
    return set
  }

  test('sets request_id, where Hopscope looks first, on a span started within a request, and only there', () => {
    expect(attributesIn(withRequestId(ROOT_CONTEXT, 'r-1'))).toEqual([['request_id', 'r-1']])
    expect(attributesIn(ROOT_CONTEXT)).toEqual([])
  })

  test('has nothing to flush or end', async () => {
    for (const processor of processors) {
      await expect(processor.forceFlush()).resolves.toBeUndefined()
      await expect(processor.shutdown()).resolves.toBeUndefined()
    }
  })
})
