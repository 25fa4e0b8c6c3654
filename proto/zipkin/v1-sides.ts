// The sides of a Zipkin v1 span while it is taken apart: what each service wrote, on its way to become a v2 span.
import {
  type Annotation,
  type DurationMicros,
  type Endpoint,
  type EpochMicros,
  NO_ANNOTATIONS,
  NO_TAGS,
  type Span,
} from '@hopscope/model'
import { sortedAndUnique } from '../annotations.ts'
import { setTag } from '../tags.ts'
import type { V1Span } from './v1.ts'

/** One service's part of a span. It becomes a span in place, for a body may hold hundreds of thousands. */
export type Side = { -readonly [Field in keyof Span]: Span[Field] }

/** The sides of one span by the name of their service: a span may hold a million annotations of as many services. */
export class Sides {
  readonly first: Side
  readonly all: Side[]
  readonly #source: V1Span
  /** Of those after the first. */
  #byService: Map<string | undefined, Side> | undefined

  constructor(source: V1Span) {
    this.#source = source
    this.first = newSide(source, undefined)
    this.all = [this.first]
  }

  /** Whose endpoint isn't known is the first one's. The first to be known is the first one's, too. */
  of(endpoint: Endpoint | undefined): Side {
    const { first } = this
    if (endpoint === undefined) return first
    first.localEndpoint ??= endpoint
    if (sameService(first.localEndpoint, endpoint)) return first
    return this.#byService?.get(endpoint.serviceName) ?? this.fork(endpoint)
  }

  has(endpoint: Endpoint): boolean {
    const { localEndpoint } = this.first
    if (localEndpoint !== undefined && sameService(localEndpoint, endpoint)) return true
    return this.#byService?.has(endpoint.serviceName) ?? false
  }

  /** A new side, even if there is one of that name: that one stays the one that is found. */
  fork(endpoint: Endpoint | undefined): Side {
    const side = newSide(this.#source, endpoint)
    this.all.push(side)
    this.#byService ??= new Map()
    if (!this.#byService.has(endpoint?.serviceName)) this.#byService.set(endpoint?.serviceName, side)
    return side
  }

  /** Ends it: times and annotations, so far as they came, become what a span may have. */
  spans(): Span[] {
    for (const side of this.all) {
      if (side.timestamp !== undefined && !isTime(side.timestamp)) side.timestamp = undefined
      if (side.duration !== undefined && !isTime(side.duration)) side.duration = undefined
      if (side.annotations.length > 1) side.annotations = sortedAndUnique(side.annotations as Annotation[])
      // Only the called side can share a span that its caller began.
      if (side.kind === 'CLIENT') side.shared = false
    }
    return this.all
  }
}

function newSide({ traceId, id, parentId, name, debug }: V1Span, localEndpoint: Endpoint | undefined): Side {
  return {
    traceId,
    id,
    parentId: parentId === id ? undefined : parentId,
    kind: undefined,
    name,
    timestamp: undefined,
    duration: undefined,
    localEndpoint,
    remoteEndpoint: undefined,
    annotations: NO_ANNOTATIONS,
    tags: NO_TAGS,
    debug,
    shared: false,
    otel: undefined,
  }
}

function isTime(micros: number): boolean {
  return micros > 0 && micros <= Number.MAX_SAFE_INTEGER
}

/** @param micros none if 0 or less */
export function setTimestamp(side: Side, micros: number): void {
  side.timestamp = micros as EpochMicros
}

/** @param micros none if 0 or less */
export function setDuration(side: Side, micros: number): void {
  side.duration = micros as DurationMicros
}

export function note(side: Side, { timestamp, value }: Annotation): void {
  const annotation = { timestamp, value }
  if (side.annotations === NO_ANNOTATIONS) side.annotations = [annotation]
  else (side.annotations as Annotation[]).push(annotation)
}

export function addTag(side: Side, key: string, value: string): void {
  if (side.tags === NO_TAGS) side.tags = {}
  setTag(side.tags, key, value)
}

export function sameService(a: Endpoint | undefined, b: Endpoint | undefined): boolean {
  return a?.serviceName === b?.serviceName
}
