// Where a span ran, from several reports of it that may each know a part.
import type { Endpoint } from '../span.ts'

/** Nothing that both know differs. Endpoints are sometimes reported in pieces. */
export function compatible(a: Endpoint | undefined, b: Endpoint | undefined): boolean {
  if (a === undefined || b === undefined) return true
  return (
    (a.serviceName === undefined || b.serviceName === undefined || a.serviceName === b.serviceName) &&
    (a.ipv4 === undefined || b.ipv4 === undefined || a.ipv4 === b.ipv4) &&
    (a.ipv6 === undefined || b.ipv6 === undefined || a.ipv6 === b.ipv6) &&
    (a.port === undefined || b.port === undefined || a.port === b.port)
  )
}

export function mergeEndpoint(a: Endpoint | undefined, b: Endpoint | undefined): Endpoint | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return {
    serviceName: a.serviceName ?? b.serviceName,
    ipv4: a.ipv4 ?? b.ipv4,
    ipv6: a.ipv6 ?? b.ipv6,
    port: a.port ?? b.port,
  }
}
