// Finds a text in a trace: in names of services and operations, ids, kinds, and in tags and annotations, whatever its case.
// Every text is in the trace's pool once, as UTF-8, so the bytes are looked through and not a million strings.
import { type Endpoint, SPAN_KINDS, type TraceTable } from '@hopscope/model'

const LOWER = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte))

/** One byte a row, 1 where it holds the text; undefined for a blank one. */
export function foundRows(table: TraceTable, text: string): Uint8Array | undefined {
  const needle = text.trim().toLowerCase()
  if (!needle) return undefined
  const { rows, services } = table.columns
  const found = new Uint8Array(table.size)
  const holding = textsWith(table, needle)
  const service = Uint8Array.from(services, ({ name }) => (name.toLowerCase().includes(needle) ? 1 : 0))
  const kind = Uint8Array.from(['', ...SPAN_KINDS], (name) => (name.toLowerCase().includes(needle) ? 1 : 0))
  const endpoints = endpointsWith(table, needle)
  const id = /^[0-9a-f]{2,16}$/.test(needle)
  const pair = pairOf(table, needle)
  let from = 0
  let annotation = 0
  for (let row = 0; row < found.length; row++) {
    const end = rows.tagEnds[row] as number
    const annotationEnd = rows.annotationEnds[row] as number
    let hit =
      holding[rows.name[row] as number] === 1 ||
      endpoints(rows.remoteEndpoint[row] as number) ||
      service[rows.service[row] as number] === 1 ||
      kind[rows.kind[row] as number] === 1 ||
      (id && table.spanId(row).includes(needle))
    for (let tag = from; tag < end && !hit; tag++) {
      const [key, value] = [rows.tagKeys[tag] as number, rows.tagValues[tag] as number]
      hit = holding[key] === 1 || holding[value] === 1
      if (pair && !hit) hit = pair.keys[key] === 1 && pair.values[value] === 1
    }
    for (; annotation < annotationEnd; annotation++) {
      if (holding[rows.annotationValues[annotation] as number] === 1) hit = true
    }
    from = end
    if (hit) found[row] = 1
  }
  return found
}

/** For `key=value`: the texts that end with what is before the sign, and those that begin with what is behind it. */
function pairOf(table: TraceTable, needle: string) {
  const sign = needle.indexOf('=')
  if (sign < 0) return undefined
  return {
    keys: textsWith(table, needle.slice(0, sign), 'end'),
    values: textsWith(table, needle.slice(sign + 1), 'start'),
  }
}

/** Whether the service or an address of an endpoint holds the needle; endpoints are texts, each looked at once. */
function endpointsWith(table: TraceTable, needle: string): (text: number) => boolean {
  const known = new Map<number, boolean>([[0, false]])
  return (text) => {
    let hit = known.get(text)
    if (hit === undefined) {
      const { serviceName, ipv4, ipv6 } = JSON.parse(table.text(text)) as Partial<Endpoint>
      hit = [serviceName, ipv4, ipv6].some((value) => value?.toLowerCase().includes(needle))
      known.set(text, hit)
    }
    return hit
  }
}

type Where = 'anywhere' | 'start' | 'end'

/** One byte a text; 1 where it holds the needle, which is in lower case. */
function textsWith(table: TraceTable, needle: string, where: Where = 'anywhere'): Uint8Array {
  const { bytes, ends } = table.columns.texts
  const holding = new Uint8Array(ends.length)
  const wanted = new TextEncoder().encode(needle)
  // Beyond ASCII a letter's other case has other bytes, maybe more of them: such texts are made and looked at.
  const isAscii = wanted.every((byte) => byte < 128)
  let start = 0
  for (let text = 0; text < ends.length; text++) {
    const end = ends[text] as number
    const hit = isAscii
      ? holds(bytes, start, end, wanted, where)
      : isBeyondAscii(bytes, start, end) && textHolds(table.text(text), needle, where)
    if (hit) holding[text] = 1
    start = end
  }
  return holding
}

function isBeyondAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) > 127) return true
  return false
}

function textHolds(text: string, needle: string, where: Where): boolean {
  const lower = text.toLowerCase()
  if (where === 'start') return lower.startsWith(needle)
  return where === 'end' ? lower.endsWith(needle) : lower.includes(needle)
}

function holds(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array, where: Where): boolean {
  const last = end - wanted.length
  if (last < start) return false
  const first = wanted[0]
  if (first === undefined) return true
  const from = where === 'end' ? last : start
  const to = where === 'start' ? start : last
  for (let at = from; at <= to; at++) {
    if (LOWER[bytes[at] as number] !== first) continue
    let same = 1
    while (same < wanted.length && LOWER[bytes[at + same] as number] === wanted[same]) same++
    if (same === wanted.length) return true
  }
  return false
}
