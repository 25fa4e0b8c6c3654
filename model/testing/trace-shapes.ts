// Traces of the shapes that life has, in sizes that it seldom has; the same for the same seed. For benchmarks and tests.
import { type Endpoint, type Span, SPAN_KINDS, type SpanKind, type Trace, type TraceId } from '../span.ts'
import { idOf, makeSpan, TEXT_EPOCH } from './make-span.ts'

/** A repeatable source of numbers in 0..1 (the constants are Numerical Recipes'; nobody's secrets hang on them). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    // The low bits of such a generator repeat soon; two thirds of it are good.
    return (state >>> 8) / 2 ** 24
  }
}

export interface TraceShape {
  readonly spans: number
  readonly random: () => number
}

/** Where span `i` (0 is the root) hangs; less than `i`. */
type ParentOf = (i: number) => number

const SHAPES = {
  /** Ten children each, five levels for 100,000. */
  wide: (i) => Math.floor((i - 1) / 10),
  /** Two chains, each half as deep as the trace is long. */
  'two chains': (i) => Math.max(0, i - 2),
  /** Each of the root's children has 10,000 children. */
  '10,000 children': (i) => (i % 10_000 === 1 ? 0 : i - 1 - ((i - 2) % 10_000)),
} satisfies Record<string, ParentOf>

type ShapeName = keyof typeof SHAPES
export const SHAPE_NAMES = Object.keys(SHAPES) as ShapeName[]

/** Children are reported before their parents, as processes do. */
export function shapedTrace(name: ShapeName, shape: TraceShape): Trace {
  const parentOf: ParentOf = SHAPES[name]
  const traceId = traceIdOf(shape.random)
  const spans: Span[] = []
  const depths = new Int32Array(shape.spans)
  for (let i = 0; i < shape.spans; i++) {
    const parent = i === 0 ? -1 : parentOf(i)
    if (parent >= 0) depths[i] = (depths[parent] ?? 0) + 1
    const service = i % 12
    spans.push(
      makeSpan({
        traceId,
        id: idOf(i + 1),
        parentId: parent < 0 ? undefined : idOf(parent + 1),
        kind: i === 0 ? 'SERVER' : undefined,
        name: `operation ${i % 40}`,
        timestamp: (TEXT_EPOCH + i) as never,
        duration: (1 + 2 * (shape.spans - i)) as never,
        localEndpoint: endpointOf(service, 0),
        tags: tagsOf(i, service),
      }),
    )
  }
  return { traceId, spans: spans.reverse() }
}

/** So many spans of a request: server, client, server, …, each call two spans, now and then one that failed. */
export function serviceTrace({ spans: count, random }: TraceShape): Trace {
  const traceId = traceIdOf(random)
  const ids = Array.from({ length: count }, () => spanIdOf(random))
  const start = TEXT_EPOCH + Math.floor(random() * 60_000_000)
  const failed = random() < 0.02
  const instance = Math.floor(random() * 20)
  const spans = ids.map((id, i) => {
    const service = i >> 1
    return makeSpan({
      traceId,
      id,
      parentId: ids[i - 1],
      kind: i % 2 === 0 ? 'SERVER' : 'CLIENT',
      name: `post /orders/${service}`,
      timestamp: (start + i * 111) as never,
      duration: (250_000 - i * 300) as never,
      localEndpoint: endpointOf(service, instance),
      tags: tagsOf(i, service, failed),
    })
  })
  return { traceId, spans: spans.reverse() }
}

const RANDOM_SERVICES = 50

/**
 * Calls between 50 services, half of them with both halves under one id (Zipkin) and half under two; local work between; every
 * instance with a clock that is up to 50 ms off; in no order.
 */
export function randomTrace({ spans: count, random }: TraceShape): Trace {
  const traceId = traceIdOf(random)
  const upTo = (n: number) => Math.floor(random() * n)
  const clocks = Array.from({ length: RANDOM_SERVICES * 4 }, () => upTo(100_000) - 50_000)
  interface Place {
    readonly id: Span['id']
    readonly service: number
    readonly instance: number
    readonly start: number
    readonly duration: number
  }
  const spans: Span[] = []
  const add = (
    place: Place,
    parentId: Span['id'] | undefined,
    kind: SpanKind | undefined,
    shared = false,
  ) => {
    const { id, service, instance, start, duration } = place
    spans.push(
      makeSpan({
        traceId,
        id,
        parentId,
        kind,
        name: `operation ${upTo(20)}`,
        timestamp: (start + (clocks[service * 4 + instance] ?? 0)) as never,
        duration: duration as never,
        localEndpoint: endpointOf(service, instance),
        tags: tagsOf(spans.length, service, random() < 0.01),
        shared,
      }),
    )
  }
  const root = { id: spanIdOf(random), service: 0, instance: 0, start: TEXT_EPOCH, duration: 60_000_000 }
  add(root, undefined, 'SERVER')
  const places: Place[] = [root]
  while (spans.length < count) {
    // A recent one as a rule: deep and wide by turns.
    const above = places[Math.max(0, places.length - 1 - upTo(upTo(2000) + 1))] ?? root
    const length = Math.max(2, Math.floor((above.duration * (1 + random())) / 2))
    const start = above.start + upTo(Math.max(1, above.duration - length))
    const work = { ...above, id: spanIdOf(random), start, duration: length }
    if (random() < 0.3) {
      add(work, above.id, undefined)
      places.push(work)
      continue
    }
    const shared = random() < 0.5
    const served: Place = {
      id: shared ? work.id : spanIdOf(random),
      service: upTo(RANDOM_SERVICES),
      instance: upTo(4),
      start: start + (length >> 3),
      duration: Math.max(1, length - (length >> 2)),
    }
    add(work, above.id, 'CLIENT')
    if (spans.length < count) add(served, shared ? above.id : work.id, 'SERVER', shared)
    places.push(served)
  }
  return { traceId, spans: shuffled(spans, random) }
}

/** Few ids, services and times, so that duplicates, halves, cycles, lost parents and lost times are the rule. */
export function brokenTrace({ spans: count, random }: TraceShape): Trace {
  const upTo = (n: number) => Math.floor(random() * n)
  const oneOf = <T>(...choices: readonly T[]) => choices[upTo(choices.length)] as T
  const ids = 2 + upTo(count)
  const spans = Array.from({ length: count }, () =>
    makeSpan({
      id: idOf(1 + upTo(ids)),
      parentId: random() < 0.8 ? idOf(1 + upTo(ids)) : undefined,
      kind: oneOf(undefined, ...SPAN_KINDS),
      name: oneOf('a', 'b', undefined),
      timestamp: oneOf(undefined, 1 + upTo(100), 1 + upTo(5000)) as never,
      duration: oneOf(undefined, 1 + upTo(100), 1 + upTo(5000)) as never,
      localEndpoint: oneOf(
        undefined,
        ...['x', 'y', undefined].map((serviceName) => ({ ...endpointOf(0, upTo(2)), serviceName })),
      ),
      tags: oneOf<Span['tags']>({}, { error: '' }, { request_id: oneOf('r', 's') }),
      shared: random() < 0.3,
    }),
  )
  return { traceId: traceIdOf(random), spans }
}

export function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const result = [...list]
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const moved = result[i] as T
    result[i] = result[j] as T
    result[j] = moved
  }
  return result
}

function hexOf(random: () => number): string {
  let hex = ''
  for (let i = 0; i < 4; i++) hex += (0x1_0000 + Math.floor(random() * 0x1_0000)).toString(16).slice(1)
  return hex
}

const spanIdOf = (random: () => number) => idOf(`1${hexOf(random).slice(1)}`)
const traceIdOf = (random: () => number) => `${idOf(`1${hexOf(random).slice(1)}`)}${hexOf(random)}` as TraceId

function endpointOf(service: number, instance: number): Endpoint {
  return {
    serviceName: `service-${service}`,
    ipv4: `10.1.${service}.${instance + 1}`,
    ipv6: undefined,
    port: 8080,
  }
}

function tagsOf(i: number, service: number, failed = false): Span['tags'] {
  return {
    'http.method': 'GET',
    'http.path': `/api/v1/resource/${i}`,
    'http.status_code': failed ? '500' : '200',
    ...(failed && { error: '500' }),
    instance: `service-${service}`,
    region: 'eu-central-1',
    'http.route': '/api/v1/resource/{id}/items',
    request_id: '3b241101-e2bb-4255-8caf-4136c566a962',
  }
}
