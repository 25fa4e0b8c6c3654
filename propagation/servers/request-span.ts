// The SERVER span of a request, by whatever it is served: what it begins with, and what is known as it ends.
import type { Peer } from '../formats/headers.ts'
import type { Getter } from '../formats/propagator.ts'
import type { Core } from '../spans/core.ts'
import { pathOf } from '../spans/paths.ts'
import type { Outcome, Recording } from '../spans/span.ts'
import type { Recordable } from './recorded-values.ts'

const MAX_METHOD = 32

/** @param address the caller's, where there is a connection to be looked at */
export const beginRequest = <Carrier>(
  core: Core,
  request: { method: string | undefined; target: string | undefined; address?: string | undefined },
  carrier: Carrier,
  getter: Getter<Carrier>,
): Recording => {
  // Over HTTP/2 it may be anything.
  const method = (request.method ?? 'GET').slice(0, MAX_METHOD)
  const path = pathOf(request.target)
  const { from, peer } = core.inbound(carrier, getter, request.address)
  const recording = core.start(core.accept(from, method, path), 'SERVER', method)
  recording.put('http.method', method)
  recording.put('http.path', path)
  tagPeer(recording, peer, request.address)
  return recording
}

const tagPeer = (recording: Recording, peer: Peer, address: string | undefined): void => {
  if (peer.service) recording.put('peer.service', peer.service)
  if (peer.host) recording.put('peer.host', peer.host)
  if (peer.port) recording.put('peer.port', String(peer.port))
  // A host name is no address; the socket has one. Its port is of no use: the caller listens on another.
  if (address && !(peer.host && /^[\d.]+$|:/.test(peer.host))) peer.host = address
  recording.remote = peer
}

interface Ending {
  readonly method: string
  readonly route: string | undefined
  readonly status: number | undefined
  readonly outcome: Outcome
  /** One line about what went wrong, if it did. */
  readonly failure: string | undefined
  /** For the metrics: the class of what was thrown, or `aborted`. */
  readonly errorType: string | undefined
}

/** Names, tags and ends the span, and counts the request, sampled or not. */
export const endRequest = (
  { options }: Core,
  recording: Recording,
  { method, route, status, outcome, failure, errorType }: Ending,
  recordable: () => Recordable,
): void => {
  if (route) recording.name = `${method} ${route}`
  if (status) recording.put('http.status_code', String(status))
  if (options.recordValues && recording.records) options.recordValues(recording, recordable())
  recording.stop()
  recording.finish(outcome, failure)
  options.metrics?.observe({ method, route, status, errorType, seconds: recording.duration / 1e6 })
}

/** The value of `X-Response-Time` as of now: `12.345ms`. */
export const responseTimeOf = (recording: Recording): string => {
  const us = recording.elapsed()
  const rest = us % 1000
  return `${(us - rest) / 1000}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}ms`
}
