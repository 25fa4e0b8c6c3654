// Zipkin's endpoint of a peer. Asked for twice a span, and nearly always about the same few peers.
import { isIPv4, isIPv6 } from 'node:net'
import type { Peer } from '../formats/headers.ts'

/** https://zipkin.io/zipkin-api/zipkin2-api.yaml#/definitions/Endpoint */
export interface Endpoint {
  serviceName?: string
  ipv4?: string
  ipv6?: string
  port?: number
}

const MAX_KNOWN = 1000
const MAX_HOST = 253
const MAX_SERVICE = 256

/** By host, service and port, in this order: callers that are many differ in the first. */
const known = new Map<string, Endpoint>()

/** What Zipkin can hold of a peer: a host name is no endpoint field and goes into a tag instead. */
export const endpointOf = ({ host = '', service = '', port = 0 }: Readonly<Peer>): Endpoint | undefined => {
  if (!host && !service && !port) return undefined
  if (host.length > MAX_HOST || service.length > MAX_SERVICE)
    return endpointOf({ host: host.slice(0, MAX_HOST), service: service.slice(0, MAX_SERVICE), port })
  const key = `${host} ${port} ${service}`
  const found = known.get(key)
  if (found) return found
  const ip = host.replace(/^::ffff:(?=\d+\.)/i, '')
  const endpoint = {
    ...(service && { serviceName: service.toLowerCase() }),
    ...(isIPv4(ip) && { ipv4: ip }),
    ...(isIPv6(ip) && { ipv6: ip }),
    ...(port && { port }),
  }
  // Cleared, not trimmed: who calls is soon known again, and nothing has to remember who came first.
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(key, Object.freeze(endpoint))
  return endpoint
}
