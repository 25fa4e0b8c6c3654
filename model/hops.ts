// The calls between services in a reconstructed trace, with where their time went: caller, network, callee.
import { int, item, num } from './columns.ts'
import { retryCounts } from './retries.ts'
import { type DurationMicros, isError, remoteServiceOf, serviceOf, type Span } from './span.ts'
import type { RowTable } from './tree.ts'
import type { Hop } from './view.ts'

export const UNKNOWN_SERVICE = 'unknown'

/**
 * In order of the calling row (the called one, if the caller wasn't reported). One client span with several servers
 * gives one hop for each. `traceDuration` is what shares are shares of.
 */
export function hopsOf(rows: RowTable, traceDuration: number): Hop[] {
  const callers = callersOf(rows)
  const callees = calleesByCaller(rows, callers)
  const hops: Hop[] = []
  for (let row = rows.synthetic ? 1 : 0; row < rows.spans.length; row++) {
    const span = item(rows.spans, row)
    if (isCaller(span)) {
      const called = callees.get(row)
      if (called === undefined) hops.push(hop(rows, hops.length, row, undefined, undefined, traceDuration))
      else
        for (const callee of called) hops.push(hop(rows, hops.length, row, callee, undefined, traceDuration))
    } else if (isCallee(span)) {
      const caller = int(callers, row)
      if (caller >= 0 && isCaller(item(rows.spans, caller))) continue
      const from = unreportedCaller(rows, row, caller)
      if (from !== undefined) hops.push(hop(rows, hops.length, undefined, row, from, traceDuration))
    }
  }
  const retries = retryCounts(rows, hops)
  return hops.map((each, i) => (retries[i] ? { ...each, retry: retries[i] } : each))
}

const isCaller = (span: Span) => span.kind === 'CLIENT' || span.kind === 'PRODUCER'
const isCallee = (span: Span) => span.kind === 'SERVER' || span.kind === 'CONSUMER'

/** By row: the nearest row above that took part in a call, past local work; -1 for none, or if it wasn't reported. */
function callersOf(rows: RowTable): Int32Array {
  const callers = new Int32Array(rows.spans.length).fill(-1)
  for (let row = 1; row < rows.spans.length; row++) {
    // An orphan hangs under the root for want of a better place: the root didn't call it.
    if (rows.orphan[row] === 1) continue
    const parent = int(rows.parent, row)
    callers[row] = item(rows.spans, parent).kind === undefined ? int(callers, parent) : parent
  }
  return callers
}

function calleesByCaller(rows: RowTable, callers: Int32Array): Map<number, number[]> {
  const callees = new Map<number, number[]>()
  for (let row = 0; row < rows.spans.length; row++) {
    const caller = int(callers, row)
    if (caller < 0 || !isCallee(item(rows.spans, row)) || !isCaller(item(rows.spans, caller))) continue
    const known = callees.get(caller)
    if (known === undefined) callees.set(caller, [row])
    else known.push(row)
  }
  return callees
}

/** Who called, where the calling span wasn't reported: the peer that the called span names, else the service above. */
function unreportedCaller(rows: RowTable, row: number, caller: number): string | undefined {
  const span = item(rows.spans, row)
  const named = remoteServiceOf(span)
  if (named !== undefined || caller < 0) return named
  const above = serviceOf(item(rows.spans, caller))
  return above === serviceOf(span) ? undefined : above
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
    error: (caller !== undefined && isError(caller)) || (callee !== undefined && isError(callee)),
    retry: 0,
  }
}

type Transit = Pick<Hop, 'networkTime' | 'requestTransit' | 'responseTransit'>
const NO_TRANSIT: Transit = { networkTime: undefined, requestTransit: undefined, responseTransit: undefined }

function networkTimes(rows: RowTable, client: number | undefined, server: number | undefined): Transit {
  if (client === undefined || server === undefined) return NO_TRANSIT
  const caller = item(rows.spans, client)
  const callee = item(rows.spans, server)
  if (caller.duration === undefined || callee.duration === undefined || caller.duration < callee.duration) {
    return NO_TRANSIT
  }
  const networkTime = caller.duration - callee.duration
  if (caller.timestamp === undefined || callee.timestamp === undefined) {
    return { ...NO_TRANSIT, networkTime: networkTime as DurationMicros }
  }
  // What clock correction couldn't settle must not show as a negative time.
  const before = Math.min(networkTime, Math.max(0, num(rows.start, server) - num(rows.start, client)))
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
