// Which attributes of an OTLP span say who called whom. The order of rank is that of "Remote endpoint" in OpenTelemetry's
// specification/trace/sdk_exporters/zipkin.md, with today's names beside those it knows.
import type { Endpoint, SpanKind, Tags } from '@hopscope/model'
import { ipFrom } from '../ip.ts'

const PEER_SERVICE = ['peer.service', 'service.peer.name'] as const
/** May hold a name or an address. */
const REMOTE_NAMES = [
  ...PEER_SERVICE,
  'server.address',
  'net.peer.name',
  'network.peer.address',
  'server.socket.domain',
  'server.socket.address',
  'net.sock.peer.name',
  'net.sock.peer.addr',
  'peer.hostname',
  'peer.address',
  'db.name',
  'db.namespace',
] as const
const PEER_ADDRESSES = [
  'network.peer.address',
  'net.sock.peer.addr',
  'net.peer.ip',
  'peer.ipv4',
  'peer.ipv6',
] as const
const REMOTE_ADDRESSES = [
  ...PEER_ADDRESSES,
  'server.socket.address',
  'server.address',
  'net.peer.name',
  'peer.address',
] as const
const PEER_PORTS = ['network.peer.port', 'net.sock.peer.port', 'net.peer.port', 'peer.port'] as const
const REMOTE_PORTS = [
  'network.peer.port',
  'server.port',
  'net.peer.port',
  'server.socket.port',
  'net.sock.peer.port',
  'peer.port',
] as const
const LOCAL_ADDRESSES = ['network.local.address', 'net.sock.host.addr', 'net.host.ip'] as const
const LOCAL_PORTS = ['network.local.port', 'net.sock.host.port', 'net.host.port'] as const

/** Attributes that {@link remoteEndpointFrom} looks at. */
export const REMOTE_KEYS: readonly string[] = [...REMOTE_NAMES, ...REMOTE_ADDRESSES, ...REMOTE_PORTS]
/** Attributes that {@link localEndpointFrom} looks at. */
export const LOCAL_KEYS: readonly string[] = [...LOCAL_ADDRESSES, ...LOCAL_PORTS]

/**
 * The other side, by the texts of the attributes. The specification asks for it of clients and producers. Of a consumer the
 * same attributes name the broker; of a server and of anything else `server.*` and `db.*` would name the span's own side, so only
 * what says "peer" counts. An address is never a service's name.
 */
export function remoteEndpointFrom(tags: Tags, kind: SpanKind | undefined): Endpoint | undefined {
  const called = kind === 'SERVER' || kind === undefined
  const ranked = first(tags, called ? PEER_SERVICE : REMOTE_NAMES)
  const serviceName = ranked === undefined || ipFrom(ranked) !== undefined ? undefined : ranked.toLowerCase()
  const ip = firstIp(tags, called ? PEER_ADDRESSES : REMOTE_ADDRESSES)
  const port = firstPort(tags, called ? PEER_PORTS : REMOTE_PORTS)
  return serviceName === undefined && ip === undefined && port === undefined
    ? undefined
    : endpointOf(serviceName, ip, port)
}

export function localEndpointFrom(tags: Tags, serviceName: string): Endpoint {
  return endpointOf(serviceName, firstIp(tags, LOCAL_ADDRESSES), firstPort(tags, LOCAL_PORTS))
}

function endpointOf(
  serviceName: string | undefined,
  ip: string | undefined,
  port: number | undefined,
): Endpoint {
  const isIpv6 = ip?.includes(':') === true
  return { serviceName, ipv4: isIpv6 ? undefined : ip, ipv6: isIpv6 ? ip : undefined, port }
}

function first(tags: Tags, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const text = Object.hasOwn(tags, key) ? tags[key] : undefined
    if (text) return text
  }
  return undefined
}

function firstIp(tags: Tags, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const text = Object.hasOwn(tags, key) ? tags[key] : undefined
    const ip = text === undefined ? undefined : ipFrom(text)
    if (ip !== undefined) return ip
  }
  return undefined
}

function firstPort(tags: Tags, keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const text = Object.hasOwn(tags, key) ? tags[key] : undefined
    if (text === undefined || !/^\d{1,5}$/.test(text)) continue
    const port = Number(text)
    if (port > 0 && port <= 65_535) return port
  }
  return undefined
}
