// IP addresses as text, made uniform: one address has one spelling in every store, whatever the reporter wrote.
// Accepted and written as by zipkin2.Endpoint.parseIp, plus the hexadecimal spelling of an IPv4-mapped address.

/** Longer than any address with a few leading zeros; bounds the work for a stranger's text. */
const LONGEST = 64
const GROUPS = 8
const ZEROS: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0]

/**
 * The canonical text of an address, or undefined if it is none. With a colon in it, it is IPv6 (lower case,
 * zeros compressed), else IPv4. `::ffff:1.2.3.4` and `::1.2.3.4` are IPv4.
 */
export function ipFrom(text: string): string | undefined {
  if (text.length < 2 || text.length > LONGEST) return undefined
  const lastColon = text.lastIndexOf(':')
  if (lastColon < 0) return quadFrom(text)
  if (text.includes('.')) {
    return /^::(?:[fF0]{4}:)?$/.test(text.slice(0, lastColon + 1))
      ? quadFrom(text.slice(lastColon + 1))
      : undefined
  }
  const groups = groupsFrom(text)
  return groups && ipFromGroups(groups)
}

/** Of the eight 16-bit groups of an IPv6 address, which may be an IPv4 one that is mapped. */
export function ipFromGroups(groups: readonly number[]): string {
  return mappedQuad(groups) ?? ipv6Text(groups)
}

/** Four numbers of 0 to 255, leading zeros removed. */
function quadFrom(text: string): string | undefined {
  let dots = 0
  let digits = 0
  let value = 0
  let canonical = true
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 46) {
      if (digits === 0 || ++dots > 3) return undefined
      digits = 0
      value = 0
    } else if (c > 47 && c < 58) {
      if (digits > 0 && value === 0) canonical = false
      value = value * 10 + c - 48
      if (++digits > 3 || value > 255) return undefined
    } else {
      return undefined
    }
  }
  if (dots !== 3 || digits === 0) return undefined
  return canonical ? text : text.split('.').map(Number).join('.')
}

/** The eight 16-bit groups. `::` stands for one or more groups of zeros, once. */
function groupsFrom(text: string): number[] | undefined {
  if (!/^[0-9a-fA-F:]+$/.test(text)) return undefined
  const gap = text.indexOf('::')
  if (gap < 0) {
    const groups = hextets(text)
    return groups?.length === GROUPS ? groups : undefined
  }
  const before = hextets(text.slice(0, gap))
  const after = hextets(text.slice(gap + 2))
  if (before === undefined || after === undefined) return undefined
  const missing = GROUPS - before.length - after.length
  return missing >= 1 ? [...before, ...ZEROS.slice(0, missing), ...after] : undefined
}

function hextets(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  for (const part of text.split(':')) {
    const value = part === '' ? NaN : parseInt(part, 16)
    if (!(value <= 0xffff)) return undefined
    groups.push(value)
  }
  return groups
}

function mappedQuad(groups: readonly number[]): string | undefined {
  if (groups[5] !== 0xffff || groups.slice(0, 5).some((group) => group !== 0)) return undefined
  const [high = 0, low = 0] = groups.slice(6)
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/**
 * Compresses the first longest run of zeros. Like Zipkin, and unlike RFC 5952, it looks at a run at the end only
 * if there is no other, so that text from both is equal.
 */
function ipv6Text(groups: readonly number[]): string {
  let from = -1
  let length = 0
  for (let i = 0; i < GROUPS; i++) {
    if (groups[i] !== 0) continue
    let end = i
    while (end < GROUPS && groups[end] === 0) end++
    if (end - i > length && (end < GROUPS || from < 0)) {
      from = i
      length = end - i
    }
    i = end
  }
  const hex = groups.map((group) => group.toString(16))
  return from < 0 ? hex.join(':') : `${hex.slice(0, from).join(':')}::${hex.slice(from + length).join(':')}`
}
