// From a Zipkin v1 span to v2: one span for each service that wrote into it. The rules are Zipkin's own
// (zipkin2.v1.V1SpanConverter), so that both tell the same story of old spans.
import type { Endpoint, EpochMicros, Span, SpanKind } from '@hopscope/model'
import { byTimeAndValue } from '../annotations.ts'
import { isAddress, type V1Annotation, type V1BinaryAnnotation, type V1Span } from './v1.ts'
import { addTag, note, sameService, setDuration, setTimestamp, type Side, Sides } from './v1-sides.ts'

/** Annotations that say where a span begins and ends (wire times: ws after ms, wr before mr), and what they make of their side. */
const KINDS = {
  cs: 'CLIENT',
  cr: 'CLIENT',
  sr: 'SERVER',
  ss: 'SERVER',
  ms: 'PRODUCER',
  mr: 'CONSUMER',
  ws: undefined,
  wr: undefined,
} as const satisfies Record<string, SpanKind | undefined>

type CoreName = keyof typeof KINDS
type Core = { [Name in CoreName]?: V1Annotation | undefined }

/** @returns at least one span, first the side that wrote first */
export function spansFromV1(source: V1Span): Span[] {
  const sides = new Sides(source)
  const core = annotate(source, sides)
  timeRpc(source, core, sides)
  timeMessaging(source, core, sides)
  addTagsAndAddresses(source, core, sides)
  return sides.spans()
}

/** Gives every annotation to the side that wrote it, and every core one its meaning: of several the last. */
function annotate(source: V1Span, sides: Sides): Core {
  const core: Core = {}
  for (const annotation of [...source.annotations].sort(byTimeAndValue)) {
    const side = sides.of(annotation.endpoint)
    const { value } = annotation
    if (annotation.endpoint === undefined || !isCore(value)) {
      note(side, annotation)
    } else {
      core[value] = annotation
      side.kind = KINDS[value] ?? side.kind
    }
  }
  // A tracer that ends a span by an annotation may begin it by the timestamp alone.
  core.cs ??= impliedStart(source, core.cr)
  core.sr ??= impliedStart(source, core.ss)
  return core
}

function impliedStart({ timestamp, duration }: V1Span, end: V1Annotation | undefined) {
  return end !== undefined && timestamp !== 0 && duration !== 0 && timestamp + duration === end.timestamp
    ? { ...end, timestamp: timestamp as EpochMicros }
    : undefined
}

function timeRpc(source: V1Span, { cs, cr, sr, ss }: Core, sides: Sides): void {
  if (cs !== undefined && sr !== undefined) {
    // The timestamp and duration of a span that both sides wrote into are its client's.
    timeSide(source, sides.of(cs.endpoint), cs, cr)
    const [client, server] = pairOf(sides, cs, sr, 'CLIENT', 'SERVER')
    server.shared = true
    setTimestamp(server, sr.timestamp)
    if (ss !== undefined) setDuration(server, ss.timestamp - sr.timestamp)
    if (cr === undefined && source.duration === 0) setDuration(client, 0)
  } else if (cs !== undefined && cr !== undefined) {
    timeSide(source, sides.of(cs.endpoint), cs, cr)
  } else if (sr !== undefined && ss !== undefined) {
    timeSide(source, sides.of(sr.endpoint), sr, ss)
  } else {
    for (const side of sides.all) {
      const [start, end] = side.kind === 'CLIENT' ? [cs, cr] : side.kind === 'SERVER' ? [sr, ss] : []
      if (start !== undefined) setTimestamp(side, start.timestamp)
      if (end !== undefined) note(side, end)
    }
    if (source.timestamp !== 0) {
      setTimestamp(sides.first, source.timestamp)
      setDuration(sides.first, source.duration)
    }
  }
  // v1 has no flag for a span that its caller began: only who began it gives it a timestamp.
  if (cs === undefined && sr !== undefined) {
    const begunElsewhere = source.timestamp === 0 || (ss !== undefined && source.duration === 0)
    if (begunElsewhere) sides.of(sr.endpoint).shared = true
  }
}

function timeMessaging(source: V1Span, { ms, mr, ws, wr }: Core, sides: Sides): void {
  if (ms !== undefined && mr !== undefined) {
    const [producer, consumer] = pairOf(sides, ms, mr, 'PRODUCER', 'CONSUMER')
    consumer.shared = true
    setTimestamp(consumer, (wr ?? mr).timestamp)
    if (wr !== undefined) setDuration(consumer, mr.timestamp - wr.timestamp)
    setTimestamp(producer, ms.timestamp)
    setDuration(producer, ws === undefined ? 0 : ws.timestamp - ms.timestamp)
  } else if (ms !== undefined) {
    timeSide(source, sides.of(ms.endpoint), ms, ws)
  } else if (mr !== undefined) {
    if (wr === undefined) timeSide(source, sides.of(mr.endpoint), mr, undefined)
    else timeSide(source, sides.of(wr.endpoint), wr, mr)
  } else {
    for (const wire of [ws, wr]) if (wire !== undefined) note(sides.of(wire.endpoint), wire)
  }
}

/** The two sides of one span. A service that called itself wrote them both under one name, and gets a second side. */
function pairOf(
  sides: Sides,
  from: V1Annotation,
  to: V1Annotation,
  fromKind: SpanKind,
  toKind: SpanKind,
): [from: Side, to: Side] {
  const sender = sides.of(from.endpoint)
  if (!sameService(from.endpoint, to.endpoint)) return [sender, sides.of(to.endpoint)]
  sender.kind = fromKind
  const receiver = sides.fork(to.endpoint)
  receiver.kind = toKind
  return [sender, receiver]
}

function timeSide(source: V1Span, side: Side, start: V1Annotation, end: V1Annotation | undefined): void {
  if (source.timestamp !== 0 && source.duration !== 0) {
    setTimestamp(side, source.timestamp)
    setDuration(side, source.duration)
  } else {
    setTimestamp(side, start.timestamp)
    if (end !== undefined) setDuration(side, end.timestamp - start.timestamp)
  }
}

function addTagsAndAddresses(source: V1Span, { cs, cr, sr, ss, ms, mr }: Core, sides: Sides): void {
  meetWritersOfTags(source, sides)
  const addresses: Record<string, Endpoint | undefined> = {}
  for (const { key, value, endpoint } of source.binaryAnnotations) {
    if (isAddress(key)) {
      addresses[key] = endpoint
    } else {
      const side = sides.of(endpoint)
      // A span without annotations names its service by an empty "lc".
      if (key !== 'lc' || value !== '') addTag(side, key, value)
    }
  }
  const { ca, sa, ma } = addresses

  const client = cs ?? cr
  const server = sr ?? ss
  if (client === undefined && server === undefined && (ca !== undefined || sa !== undefined)) {
    const side = sides.of(sa === undefined ? undefined : ca)
    if (sa === undefined) side.kind = 'SERVER' // only a server knows its client's address
    side.remoteEndpoint = sa ?? ca
    return
  }
  if (ca !== undefined && server !== undefined && !sameEndpoint(ca, server.endpoint)) {
    // Finagle's servers name the client's socket after themselves: that name would make them their own caller.
    const remote = sameService(ca, server.endpoint) ? withoutService(ca) : ca
    sides.of(server.endpoint).remoteEndpoint = remote
  }
  if (sa !== undefined && client !== undefined) sides.of(client.endpoint).remoteEndpoint = sa
  if (ma === undefined) return
  for (const message of [ms, mr]) if (message !== undefined) sides.of(message.endpoint).remoteEndpoint = ma
}

/**
 * Zipkin goes through tags by key: which one comes first decides on the first side, and on the endpoint that stands for
 * a service. To find those takes no sorting, which would be half the time of a span with half a million tags.
 */
function meetWritersOfTags({ binaryAnnotations }: V1Span, sides: Sides): void {
  let first: V1BinaryAnnotation | undefined
  const firstOfService = new Map<string | undefined, V1BinaryAnnotation>()
  for (const annotation of binaryAnnotations) {
    const { key, endpoint } = annotation
    if (endpoint === undefined || isAddress(key) || sides.has(endpoint)) continue
    const before = firstOfService.get(endpoint.serviceName)
    if (before === undefined || key < before.key) firstOfService.set(endpoint.serviceName, annotation)
    if (first === undefined || key < first.key) first = annotation
  }
  sides.of(first?.endpoint)
  for (const { endpoint } of firstOfService.values()) sides.of(endpoint)
}

function isCore(value: string): value is CoreName {
  return value.length === 2 && Object.hasOwn(KINDS, value)
}

function sameEndpoint(a: Endpoint, b: Endpoint | undefined): boolean {
  return sameService(a, b) && a.ipv4 === b?.ipv4 && a.ipv6 === b?.ipv6 && a.port === b?.port
}

function withoutService({ ipv4, ipv6, port }: Endpoint): Endpoint | undefined {
  const nothing = ipv4 === undefined && ipv6 === undefined && port === undefined
  return nothing ? undefined : { serviceName: undefined, ipv4, ipv6, port }
}
