// The calls between services in a reconstructed trace, with where their time went: caller, network, callee.
import { int, item, num } from '../columns.ts'
import { retryCounts } from './retries.ts'
import { type DurationMicros, type Endpoint, remoteServiceOf, serviceOf, type Span } from '../span.ts'
import type { RowTable } from './tree.ts'
import type { Hop } from './view.ts'

const UNKNOWN_SERVICE = 'unknown'

/**
 * In order of the calling row (the called one, if the caller wasn't reported). One client span with several servers
 * gives one hop for each. `traceDuration` is what shares are shares of.
 */
export function hopsOf(rows: RowTable, traceDuration: number): Hop[] {
  const places = placesOf(rows)
  const callers = callersOf(rows, places)
  const { first, next } = calleesByCaller(rows, places, callers)
  const hops: Hop[] = []
  for (let row = rows.synthetic ? 1 : 0; row < rows.spans.length; row++) {
    const span = item(rows.spans, row)
    if (isCaller(span)) {
      let callee = int(first, row)
      if (callee < 0) hops.push(hop(rows, hops.length, row, undefined, undefined, traceDuration))
      for (; callee >= 0; callee = int(next, callee))
        hops.push(hop(rows, hops.length, row, callee, undefined, traceDuration))
    } else if (isCallee(span)) {
      const caller = int(callers, row)
      if (caller >= 0 && isCaller(item(rows.spans, caller))) continue
      const from = unreportedCaller(rows, places, row, caller)
      if (from !== undefined) hops.push(hop(rows, hops.length, undefined, row, from, traceDuration))
    }
  }
  const retries = retryCounts(rows, hops)
  return hops.map((each, i) => (retries[i] ? { ...each, retry: retries[i] } : each))
}

const isCaller = (span: Span) => span.kind === 'CLIENT' || span.kind === 'PRODUCER'
const isCallee = (span: Span) => span.kind === 'SERVER' || span.kind === 'CONSUMER'

type Places = readonly (Endpoint | undefined)[]

/** By row: where it ran. What doesn't say so ran where its parent did, as far as we can tell. */
function placesOf(rows: RowTable): Places {
  const places: (Endpoint | undefined)[] = []
  for (let row = 0; row < rows.spans.length; row++) {
    const { localEndpoint } = item(rows.spans, row)
    const silent = localEndpoint?.serviceName === undefined && row > 0 && rows.orphan[row] === 0
    places.push(silent ? places[int(rows.parent, row)] : localEndpoint)
  }
  return places
}

/** In another service, or in another instance of the same. */
function elsewhere(a: Endpoint | undefined, b: Endpoint | undefined): boolean {
  if (a?.serviceName === undefined || b?.serviceName === undefined) return false
  const differ = (x: string | undefined, y: string | undefined) =>
    x !== undefined && y !== undefined && x !== y
  return a.serviceName !== b.serviceName || differ(a.ipv4, b.ipv4) || differ(a.ipv6, b.ipv6)
}

/** By row: the nearest row above that isn't local work there; -1 for none, or if it wasn't reported. */
function callersOf(rows: RowTable, places: Places): Int32Array {
  const callers = new Int32Array(rows.spans.length).fill(-1)
  for (let row = 1; row < rows.spans.length; row++) {
    // An orphan hangs under the root for want of a better place: the root didn't call it.
    if (rows.orphan[row] === 1) continue
    const parent = int(rows.parent, row)
    const above = int(rows.parent, parent)
    const local =
      item(rows.spans, parent).kind === undefined && !(above >= 0 && elsewhere(places[parent], places[above]))
    callers[row] = local ? int(callers, parent) : parent
  }
  return callers
}

/** By row: its first callee, and the next callee of the same caller; -1 for none. */
interface CalleeLists {
  readonly first: Int32Array
  readonly next: Int32Array
}

function calleesByCaller(rows: RowTable, places: Places, callers: Int32Array): CalleeLists {
  const first = new Int32Array(rows.spans.length).fill(-1)
  const next = new Int32Array(rows.spans.length).fill(-1)
  const answering: number[] = []
  // Backwards, so that each list begins with its first.
  for (let row = rows.spans.length - 1; row >= 0; row--) {
    const caller = int(callers, row)
    if (caller < 0 || !isCaller(item(rows.spans, caller))) continue
    const span = item(rows.spans, row)
    if (isCallee(span)) {
      next[row] = int(first, caller)
      first[caller] = row
    } else if (span.kind === undefined && item(rows.spans, caller).kind === 'CLIENT') {
      if (elsewhere(places[row], places[caller])) answering.push(row)
    }
  }
  // Some don't say that they serve (functions, say). Where no server was reported, the first elsewhere is it.
  for (const row of answering.reverse()) {
    const caller = int(callers, row)
    if (int(first, caller) < 0) first[caller] = row
  }
  return { first, next }
}

/** Who called, where the calling span wasn't reported: the peer that the called span names, else the service above. */
function unreportedCaller(rows: RowTable, places: Places, row: number, caller: number): string | undefined {
  const named = remoteServiceOf(item(rows.spans, row))
  if (named !== undefined || caller < 0) return named
  return elsewhere(places[caller], places[row]) ? places[caller]?.serviceName : undefined
}

function hop(
  rows: RowTable,
  index: number,
  client: number | undefined,
  server: number | undefined,
  namedCaller: string | undefined,
  traceDuration: number,
): Hop {
  const caller = client === undefined ? undefined : item(rows.spans, client)
  const callee = server === undefined ? undefined : item(rows.spans, server)
  const messaging = caller?.kind === 'PRODUCER' || callee?.kind === 'CONSUMER'
  const clientTime = caller?.duration
  const serverTime = callee?.duration
  const time = clientTime ?? serverTime ?? 0
  const failed = (row: number | undefined) => row !== undefined && rows.error[row] === 1
  const transit = messaging ? queueTime(rows, client, server) : networkTimes(rows, client, server)
  return {
    index,
    kind: messaging ? 'messaging' : 'rpc',
    from: namedCaller ?? (caller && serviceOf(caller)) ?? UNKNOWN_SERVICE,
    to: (callee && serviceOf(callee)) ?? (caller && remoteServiceOf(caller)) ?? UNKNOWN_SERVICE,
    // The caller's name first: attempts that never reached the server have no other, and retries are found by it.
    operation: caller?.name ?? callee?.name ?? UNKNOWN_SERVICE,
    client,
    server,
    clientTime,
    serverTime,
    networkTime: transit.networkTime,
    requestTransit: transit.requestTransit,
    responseTransit: transit.responseTransit,
    share: traceDuration > 0 ? Math.min(1, time / traceDuration) : 0,
    error: failed(client) || failed(server),
    retry: 0,
  }
}

type Transit = Pick<Hop, 'networkTime' | 'requestTransit' | 'responseTransit'>
const NO_TRANSIT: Transit = { networkTime: undefined, requestTransit: undefined, responseTransit: undefined }

function networkTimes(rows: RowTable, client: number | undefined, server: number | undefined): Transit {
  if (client === undefined || server === undefined) return NO_TRANSIT
  const caller = item(rows.spans, client)
  const callee = item(rows.spans, server)
  if (caller.duration === undefined || callee.duration === undefined) return NO_TRANSIT
  const networkTime = caller.duration - callee.duration
  if (caller.timestamp === undefined || callee.timestamp === undefined) {
    return networkTime < 0 ? NO_TRANSIT : { ...NO_TRANSIT, networkTime: networkTime as DurationMicros }
  }
  // What clock correction couldn't settle must not show as a negative time.
  const before = Math.max(0, num(rows.start, server) - num(rows.start, client))
  // The server went on after the client had left: it sent no answer that anybody waited for.
  if (before > networkTime) return { ...NO_TRANSIT, requestTransit: before as DurationMicros }
  return {
    networkTime: networkTime as DurationMicros,
    requestTransit: before as DurationMicros,
    responseTransit: (networkTime - before) as DurationMicros,
  }
}

/** From the end of sending to the start of receiving; 0 if the receiver was faster than the acknowledgement. */
function queueTime(rows: RowTable, client: number | undefined, server: number | undefined): Transit {
  if (client === undefined || server === undefined) return NO_TRANSIT
  if (item(rows.spans, client).timestamp === undefined || item(rows.spans, server).timestamp === undefined) {
    return NO_TRANSIT
  }
  const sent = num(rows.start, client) + num(rows.duration, client)
  return { ...NO_TRANSIT, requestTransit: Math.max(0, num(rows.start, server) - sent) as DurationMicros }
}
