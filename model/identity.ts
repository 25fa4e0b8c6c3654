// A span's identity is a hash of its content: stores write each distinct report once, however often it is delivered.
//
// The hash: our own construction on the rounds and finalizer of MurmurHash3_x86_128 (Austin Appleby, public domain).
// Fields are fed in a fixed order, each text preceded by its length (absent: -1), so no two field lists encode alike.
// Tags and annotations are hashed one by one, finalized, and added lane by lane: their order doesn't matter. It is not
// cryptographic: who wants two of their own spans to collide can make them.
import type { Endpoint, Span } from './span.ts'

declare const brand: unique symbol
/** 32 lower-hex characters. */
export type SpanHash = string & { readonly [brand]: 'SpanHash' }

const C1 = 0x239b961b
const C2 = 0xab0e9789 | 0
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93 | 0

/** Lanes of the span, of the tag or annotation at hand, and the sum of the finalized ones. Reused: no allocation. */
const spanLanes = new Int32Array(4)
const partLanes = new Int32Array(4)
const sumLanes = new Int32Array(4)

/** Writes the span's 128-bit hash to `out[offset .. offset + 3]`. Allocates nothing. */
export function hashSpan(span: Span, out: Uint32Array, offset: number): void {
  const lanes = spanLanes
  lanes[0] = 0x3c6ef372
  lanes[1] = 0x1b873593
  lanes[2] = 0x2545f491
  lanes[3] = 0x510e527f
  feedText(lanes, span.traceId)
  feedText(lanes, span.id)
  feedText(lanes, span.parentId)
  feedText(lanes, span.kind)
  feedText(lanes, span.name)
  feedNumber(lanes, span.timestamp)
  feedNumber(lanes, span.duration)
  feedEndpoint(lanes, span.localEndpoint)
  feedEndpoint(lanes, span.remoteEndpoint)
  feedWords(lanes, span.debug ? 1 : 2, span.shared ? 1 : 2, 0, 0)
  feedAnnotations(lanes, span)
  feedTags(lanes, span)
  // Only where there is one: every other span keeps the identity it had before this field was known.
  if (span.otel !== undefined) feedText(lanes, span.otel)
  finish(lanes)
  for (let i = 0; i < 4; i++) out[offset + i] = lanes[i] as number
}

/** A 128-bit hash of one text by the same rounds, for ids made of texts: several times faster than a cryptographic one. */
export function hashText(text: string, out: Uint32Array): void {
  const lanes = spanLanes
  lanes[0] = 0x9216d5d9
  lanes[1] = 0x78dde6e4
  lanes[2] = 0x243f6a88
  lanes[3] = 0x13198a2e
  feedText(lanes, text)
  finish(lanes)
  for (let i = 0; i < 4; i++) out[i] = lanes[i] as number
}

/** The same hash as text, for look-ups and document ids. */
export function spanIdentity(span: Span): SpanHash {
  hashSpan(span, scratch, 0)
  return hexFromHash(scratch, 0)
}

const scratch = new Uint32Array(4)

function hexFromHash(hash: Uint32Array, offset: number): SpanHash {
  let hex = ''
  for (let i = 0; i < 4; i++) hex += (hash[offset + i] as number).toString(16).padStart(8, '0')
  return hex as SpanHash
}

function feedAnnotations(lanes: Int32Array, span: Span): void {
  sumLanes.fill(0)
  const { annotations } = span
  for (const annotation of annotations) {
    startPart(0x5bd1e995)
    feedNumber(partLanes, annotation.timestamp)
    feedText(partLanes, annotation.value)
    addPart()
  }
  feedSum(lanes, annotations.length)
}

function feedTags(lanes: Int32Array, span: Span): void {
  sumLanes.fill(0)
  const { tags } = span
  let count = 0
  // for-in allocates nothing where Object.keys would; inherited names are skipped as everywhere.
  for (const key in tags) {
    if (!Object.hasOwn(tags, key)) continue
    startPart(0x7feb352d)
    feedText(partLanes, key)
    feedText(partLanes, tags[key])
    addPart()
    count++
  }
  feedSum(lanes, count)
}

function startPart(seed: number): void {
  partLanes[0] = seed
  partLanes[1] = seed ^ C1
  partLanes[2] = seed ^ C2
  partLanes[3] = seed ^ C3
}

function addPart(): void {
  finish(partLanes)
  for (let i = 0; i < 4; i++) sumLanes[i] = ((sumLanes[i] as number) + (partLanes[i] as number)) | 0
}

function feedSum(lanes: Int32Array, count: number): void {
  feedWords(lanes, count, 0, 0, 0)
  feedWords(lanes, sumLanes[0] as number, sumLanes[1] as number, sumLanes[2] as number, sumLanes[3] as number)
}

function feedEndpoint(lanes: Int32Array, endpoint: Endpoint | undefined): void {
  if (endpoint === undefined) {
    feedWords(lanes, -1, 0, 0, 0)
    return
  }
  feedText(lanes, endpoint.serviceName)
  feedText(lanes, endpoint.ipv4)
  feedText(lanes, endpoint.ipv6)
  feedNumber(lanes, endpoint.port)
}

function feedNumber(lanes: Int32Array, value: number | undefined): void {
  if (value === undefined) feedWords(lanes, -1, 0, 0, 0)
  else feedWords(lanes, 1, value | 0, Math.floor(value / 0x1_0000_0000) | 0, 0)
}

/** Every UTF-16 unit, eight to a round; the last round is padded with zeros, which the length tells from content. */
function feedText(lanes: Int32Array, text: string | undefined): void {
  let h1 = lanes[0] as number
  let h2 = lanes[1] as number
  let h3 = lanes[2] as number
  let h4 = lanes[3] as number
  const length = text === undefined ? -1 : text.length
  h1 = (Math.imul(h1 ^ Math.imul(length, C3), C1) + h2) | 0
  h3 = (Math.imul((h3 << 13) | (h3 >>> 19), 5) + h1 + 0x561ccd1b) | 0
  if (text !== undefined) {
    for (let i = 0; i < length; i += 8) {
      let k1: number
      let k2: number
      let k3: number
      let k4: number
      if (i + 8 <= length) {
        k1 = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16)
        k2 = text.charCodeAt(i + 2) | (text.charCodeAt(i + 3) << 16)
        k3 = text.charCodeAt(i + 4) | (text.charCodeAt(i + 5) << 16)
        k4 = text.charCodeAt(i + 6) | (text.charCodeAt(i + 7) << 16)
      } else {
        // Past the end charCodeAt is NaN, which `|` and `<<` read as 0, but slowly: hence the guards.
        k1 = text.charCodeAt(i) | (i + 1 < length ? text.charCodeAt(i + 1) << 16 : 0)
        k2 = i + 2 < length ? text.charCodeAt(i + 2) | (i + 3 < length ? text.charCodeAt(i + 3) << 16 : 0) : 0
        k3 = i + 4 < length ? text.charCodeAt(i + 4) | (i + 5 < length ? text.charCodeAt(i + 5) << 16 : 0) : 0
        k4 = i + 6 < length ? text.charCodeAt(i + 6) : 0
      }
      k1 = Math.imul(k1, C1)
      h1 ^= Math.imul((k1 << 15) | (k1 >>> 17), C2)
      h1 = (Math.imul(((h1 << 19) | (h1 >>> 13)) + h2, 5) + 0x561ccd1b) | 0
      k2 = Math.imul(k2, C2)
      h2 ^= Math.imul((k2 << 16) | (k2 >>> 16), C3)
      h2 = (Math.imul(((h2 << 17) | (h2 >>> 15)) + h3, 5) + 0x0bcaa747) | 0
      k3 = Math.imul(k3, C3)
      h3 ^= Math.imul((k3 << 17) | (k3 >>> 15), C4)
      h3 = (Math.imul(((h3 << 15) | (h3 >>> 17)) + h4, 5) + 0x96cd1c35) | 0
      k4 = Math.imul(k4, C4)
      h4 ^= Math.imul((k4 << 18) | (k4 >>> 14), C1)
      h4 = (Math.imul(((h4 << 13) | (h4 >>> 19)) + h1, 5) + 0x32ac3b17) | 0
    }
  }
  lanes[0] = h1
  lanes[1] = h2
  lanes[2] = h3
  lanes[3] = h4
}

function feedWords(lanes: Int32Array, w1: number, w2: number, w3: number, w4: number): void {
  let h1 = lanes[0] as number
  let h2 = lanes[1] as number
  let h3 = lanes[2] as number
  let h4 = lanes[3] as number
  const k1 = Math.imul(w1, C1)
  h1 ^= Math.imul((k1 << 15) | (k1 >>> 17), C2)
  h1 = (Math.imul(((h1 << 19) | (h1 >>> 13)) + h2, 5) + 0x561ccd1b) | 0
  const k2 = Math.imul(w2, C2)
  h2 ^= Math.imul((k2 << 16) | (k2 >>> 16), C3)
  h2 = (Math.imul(((h2 << 17) | (h2 >>> 15)) + h3, 5) + 0x0bcaa747) | 0
  const k3 = Math.imul(w3, C3)
  h3 ^= Math.imul((k3 << 17) | (k3 >>> 15), C4)
  h3 = (Math.imul(((h3 << 15) | (h3 >>> 17)) + h4, 5) + 0x96cd1c35) | 0
  const k4 = Math.imul(w4, C4)
  h4 ^= Math.imul((k4 << 18) | (k4 >>> 14), C1)
  h4 = (Math.imul(((h4 << 13) | (h4 >>> 19)) + h1, 5) + 0x32ac3b17) | 0
  lanes[0] = h1
  lanes[1] = h2
  lanes[2] = h3
  lanes[3] = h4
}

/** Murmur3's end: every lane reaches every other, each avalanched, so that sums of results stay well spread. */
function finish(lanes: Int32Array): void {
  let h1 = lanes[0] as number
  let h2 = lanes[1] as number
  let h3 = lanes[2] as number
  let h4 = lanes[3] as number
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = (h2 + h1) | 0
  h3 = (h3 + h1) | 0
  h4 = (h4 + h1) | 0
  h1 = avalanche(h1)
  h2 = avalanche(h2)
  h3 = avalanche(h3)
  h4 = avalanche(h4)
  h1 = (h1 + h2 + h3 + h4) | 0
  lanes[0] = h1
  lanes[1] = (h2 + h1) | 0
  lanes[2] = (h3 + h1) | 0
  lanes[3] = (h4 + h1) | 0
}

function avalanche(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
