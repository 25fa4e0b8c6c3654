// Whatever arrives in a header, only what fits gets in; whatever goes out can be read back.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { newRequestId, newSpanId, newTraceId, sampledAt } from '../context/ids.ts'
import { nameOfPath, pathOf } from '../spans/paths.ts'
import { propagatorOf } from './formats.ts'
import { peerFrom, tellPeer } from './propagator.ts'

const onlyX = propagatorOf({ extract: ['x'], inject: ['x'] })

type Carrier = Map<string, string>
const getter = (carrier: Carrier, name: string): string | undefined => carrier.get(name.toLowerCase())
const setter = (carrier: Carrier, name: string, value: string): void => {
  carrier.set(name.toLowerCase(), value)
}
const extract = (headers: Record<string, string>) => onlyX.extract(new Map(Object.entries(headers)), getter)

const HEADERS = ['x-request-id', 'x-trace-id', 'x-span-id', 'x-parent-span-id', 'x-sampled'] as const
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.stringMatching(/^[0-9a-fA-F]{0,40}$/),
  fc.stringMatching(/^[A-Za-z0-9_.:/+=@-]{0,140}$/),
)

describe('extract', () => {
  test('lets in nothing but ids of the right length and characters, whatever is sent', () => {
    fc.assert(
      fc.property(fc.tuple(anything, anything, anything, anything, anything), (values) => {
        const found = extract(Object.fromEntries(HEADERS.map((name, at) => [name, values[at] ?? ''])))
        expect(found.requestId ?? 'x').toMatch(/^[A-Za-z0-9_.:/+=@-]{1,128}$/)
        expect(found.traceId ?? 'f'.repeat(32)).toMatch(/^(?!0+$)(?:[0-9a-f]{16}|[0-9a-f]{32})$/)
        expect(found.spanId ?? 'f'.repeat(16)).toMatch(/^(?!0+$)[0-9a-f]{16}$/)
        expect(found.parentSpanId ?? 'f'.repeat(16)).toMatch(/^(?!0+$)[0-9a-f]{16}$/)
        expect([true, false, undefined]).toContain(found.sampled)
      }),
    )
  })

  test.each([
    ['a newline', 'abc\r\nX-Evil: 1'],
    ['a trailing newline', 'abc\n'],
    ['markup', '<script>'],
    ['a space', 'a b'],
    ['two joined values', 'a, b'],
    ['nothing', ''],
    ['ten kilobytes', 'a'.repeat(10_240)],
    ['other letters', 'añb'],
  ])('refuses a request id with %s', (_what, value) => {
    expect(extract({ 'x-request-id': value })).toEqual({})
  })

  test('takes a request id of 128 characters, and no longer one', () => {
    expect(extract({ 'x-request-id': 'a'.repeat(128) })).toEqual({ requestId: 'a'.repeat(128) })
    expect(extract({ 'x-request-id': 'a'.repeat(129) })).toEqual({})
  })

  test('lowers hex, takes 64-bit trace ids, and refuses all-zero ids', () => {
    expect(extract({ 'x-trace-id': 'ABCDEF0123456789', 'x-span-id': 'ABCDEF0123456789' })).toEqual({
      traceId: 'abcdef0123456789',
      spanId: 'abcdef0123456789',
    })
    expect(extract({ 'x-trace-id': '0'.repeat(32), 'x-span-id': 'abcdef0123456789' })).toEqual({})
    expect(extract({ 'x-trace-id': 'abcdef0123456789', 'x-span-id': '0'.repeat(16) })).toEqual({
      traceId: 'abcdef0123456789',
    })
  })

  test('drops a span id whose trace id is bad, and keeps the sampling decision', () => {
    expect(extract({ 'x-trace-id': 'nope', 'x-span-id': 'abcdef0123456789', 'x-sampled': '0' })).toEqual({
      sampled: false,
    })
  })

  test('reads back what inject wrote', () => {
    const context = {
      requestId: newRequestId(),
      traceId: newTraceId(),
      spanId: newSpanId(),
      parentSpanId: newSpanId(),
      sampled: false,
    }
    const carrier: Carrier = new Map()
    onlyX.inject(context, carrier, setter)
    expect(onlyX.extract(carrier, getter)).toEqual(context)
    expect([...carrier.keys()].sort()).toEqual(onlyX.fields.map((name) => name.toLowerCase()).sort())
  })
})

describe('peers', () => {
  test('are read back as told', () => {
    const carrier: Carrier = new Map()
    tellPeer({ service: 'web', host: '::1', port: 80 }, carrier, setter)
    expect(peerFrom(carrier, getter)).toEqual({ service: 'web', host: '::1', port: 80 })
  })

  test('are refused where they do not fit', () => {
    const told = { 'x-peer-service': 'a b', 'x-peer-host': 'h'.repeat(300), 'x-peer-port': '65536' }
    expect(peerFrom(new Map(Object.entries(told)), getter)).toEqual({})
  })
})

describe('ids', () => {
  test('are a UUIDv7, 32 and 16 hex digits', () => {
    expect(newRequestId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(newTraceId()).toMatch(/^[0-9a-f]{32}$/)
    expect(newSpanId()).toMatch(/^[0-9a-f]{16}$/)
  })

  test('a trace kept at a rate is kept at every higher one, in its 64-bit form too', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (a, b) => {
          const traceId = newTraceId()
          const [low, high] = a < b ? [a, b] : [b, a]
          if (sampledAt(low, traceId)) expect(sampledAt(high, traceId)).toBe(true)
          expect(sampledAt(a, traceId.slice(16))).toBe(sampledAt(a, traceId))
        },
      ),
    )
    expect(sampledAt(0, newTraceId())).toBe(false)
    expect(sampledAt(1, 'f'.repeat(32))).toBe(true)
  })

  test('a rate of a quarter keeps about a quarter', () => {
    const kept = Array.from({ length: 4000 }, newTraceId).filter((id) => sampledAt(0.25, id)).length
    expect(kept).toBeGreaterThan(800)
    expect(kept).toBeLessThan(1200)
  })
})

describe('paths', () => {
  test('lose query, fragment and origin', () => {
    expect(pathOf('/a/b?token=secret#x')).toBe('/a/b')
    expect(pathOf('http://host:1/a?b')).toBe('/a')
    expect(pathOf('?x')).toBe('/')
    expect(pathOf(undefined)).toBe('/')
    expect(pathOf(`/${'a'.repeat(10_000)}`)).toHaveLength(1024)
  })

  test.each([
    ['/users/42/orders', '/users/:id/orders'],
    ['/o/01890a5d-ac96-774b-bcce-b302099a8057', '/o/:id'],
    ['/t/5af7183fb1d4cf5f/x', '/t/:id/x'],
    ['/v1/feedbacks', '/v1/feedbacks'],
    ['/api/v2/spans', '/api/v2/spans'],
    ['/f/deadbeef', '/f/deadbeef'],
  ])('%s is named %s', (path, name) => {
    expect(nameOfPath(path)).toBe(name)
  })
})
