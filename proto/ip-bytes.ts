// IP addresses between bytes and the one spelling that ip.ts gives them.
import { ipFromGroups } from './ip.ts'

const SLOTS = 256
/** The addresses seen lately and their texts, by their low bits: a body is from few hosts. */
const quads = new Int32Array(SLOTS)
const quadTexts = new Array<string>(SLOTS).fill('0.0.0.0')

/** @param quad four bytes as one number, the first of them highest */
export function ipFromQuad(quad: number): string {
  const slot = (quad ^ (quad >>> 8)) & (SLOTS - 1)
  if (quads[slot] !== (quad | 0)) {
    quads[slot] = quad
    quadTexts[slot] = `${quad >>> 24}.${(quad >>> 16) & 255}.${(quad >>> 8) & 255}.${quad & 255}`
  }
  return quadTexts[slot] as string
}

/** 4 bytes are IPv4, 16 bytes IPv6, or IPv4 if mapped; undefined for any other number of bytes. */
export function ipFromBytes(bytes: Uint8Array): string | undefined {
  const group = (at: number) => ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
  if (bytes.length === 4) return ipFromQuad((group(0) << 16) | group(2))
  if (bytes.length !== 16) return undefined
  const groups: number[] = []
  for (let at = 0; at < 16; at += 2) groups.push(group(at))
  return ipFromGroups(groups)
}

/** The 4 or 16 bytes of an address in its one spelling. */
export function bytesFromIp(ip: string): Uint8Array {
  if (!ip.includes(':')) return bytesFromQuad(ip)
  const bytes = new Uint8Array(16)
  const gap = ip.indexOf('::')
  const before = ip.slice(0, gap < 0 ? ip.length : gap).split(':')
  const after = gap < 0 ? [] : ip.slice(gap + 2).split(':')
  before.forEach((group, i) => write(bytes, i, group))
  after.forEach((group, i) => write(bytes, 8 - after.length + i, group))
  return bytes
}

function bytesFromQuad(ip: string): Uint8Array {
  const bytes = new Uint8Array(4)
  let place = 0
  for (let i = 0; i < ip.length; i++) {
    const code = ip.charCodeAt(i)
    if (code === 46) place++
    else bytes[place] = (bytes[place] as number) * 10 + code - 48
  }
  return bytes
}

function write(bytes: Uint8Array, place: number, group: string): void {
  const value = group === '' ? 0 : parseInt(group, 16)
  bytes[2 * place] = value >> 8
  bytes[2 * place + 1] = value
}
