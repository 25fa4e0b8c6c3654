// Short texts and ids out of protobuf's bytes. Spans repeat the same few hundred keys, names and values: those seen
// lately are found by their bytes, which is faster than making a text, and a text held once costs no memory twice.

const SLOT_BITS = 10
/** At most 32 kB of text is kept, and as much again in bytes. */
const SLOTS = 1 << SLOT_BITS
const LONGEST_KEPT = 32
/** Beyond this, native code is faster at finding out whether a text is ASCII. */
const LONGEST_LOOKED_AT = 100

/** The short texts seen lately and their bytes. Each has one slot to be in; a newer text takes it. */
const texts = new Array<string>(SLOTS).fill('')
const lengths = new Uint8Array(SLOTS)
const bytes = new Uint8Array(SLOTS * LONGEST_KEPT)

/** Bytes that aren't UTF-8 become U+FFFD. */
export function textFrom(buffer: Buffer, start: number, end: number): string {
  const length = end - start
  if (length === 0) return ''
  if (length > LONGEST_KEPT) return madeText(buffer, start, end)
  const slot = slotOf(buffer, start, end)
  return holds(slot, buffer, start, length) ? (texts[slot] as string) : keep(slot, buffer, start, end)
}

function holds(slot: number, buffer: Buffer, start: number, length: number): boolean {
  if (lengths[slot] !== length) return false
  const offset = slot * LONGEST_KEPT
  for (let i = 0; i < length; i++) {
    if (bytes[offset + i] !== buffer[start + i]) return false
  }
  return true
}

function keep(slot: number, buffer: Buffer, start: number, end: number): string {
  const text = madeText(buffer, start, end)
  texts[slot] = text
  lengths[slot] = end - start
  for (let from = start, to = slot * LONGEST_KEPT; from < end;) bytes[to++] = buffer[from++] as number
  return text
}

/** Looks at five bytes only: texts that differ elsewhere take turns in a slot, which is slower and no worse. */
function slotOf(buffer: Buffer, start: number, end: number): number {
  const length = end - start
  const first = buffer[start] as number
  const middle = buffer[start + (length >> 1)] as number
  const third = buffer[start + (length >> 2)] as number
  const last = buffer[end - 1] as number
  const beforeLast = buffer[length > 1 ? end - 2 : start] as number
  const hash = Math.imul(
    length ^ (first << 5) ^ (middle << 10) ^ (third << 15) ^ (beforeLast << 19) ^ (last << 24),
    0x9e3779b1,
  )
  return hash >>> (32 - SLOT_BITS)
}

function madeText(buffer: Buffer, start: number, end: number): string {
  if (end - start > LONGEST_LOOKED_AT) return buffer.toString('utf8', start, end)
  let bits = 0
  for (let i = start; i < end; i++) bits |= buffer[i] as number
  return buffer.toString(bits > 0x7f ? 'utf8' : 'latin1', start, end)
}

/** Of the two digits of every byte. */
const HIGH = Uint8Array.from({ length: 256 }, (_, byte) => (byte >> 4).toString(16).charCodeAt(0))
const LOW = Uint8Array.from({ length: 256 }, (_, byte) => (byte & 15).toString(16).charCodeAt(0))

/** The trace id read last: spans of one trace come together, and then share its text. */
let traceId = ''
const traceIdBytes = new Uint8Array(16)

/** Two lower-case digits a byte. */
export function hexFrom(buffer: Buffer, start: number, end: number): string {
  if (end - start === 8) return spanIdFrom(buffer, start)
  if (end - start !== 16) return buffer.toString('hex', start, end)
  let same = traceId !== ''
  for (let i = 0; i < 16; i++) {
    const byte = buffer[start + i] as number
    if (byte !== traceIdBytes[i]) {
      same = false
      traceIdBytes[i] = byte
    }
  }
  if (!same) traceId = buffer.toString('hex', start, end)
  return traceId
}

/** One call with all characters makes one flat text, and faster than native code finds its way. */
function spanIdFrom(buffer: Buffer, start: number): string {
  return String.fromCharCode(
    HIGH[buffer[start] as number] as number,
    LOW[buffer[start] as number] as number,
    HIGH[buffer[start + 1] as number] as number,
    LOW[buffer[start + 1] as number] as number,
    HIGH[buffer[start + 2] as number] as number,
    LOW[buffer[start + 2] as number] as number,
    HIGH[buffer[start + 3] as number] as number,
    LOW[buffer[start + 3] as number] as number,
    HIGH[buffer[start + 4] as number] as number,
    LOW[buffer[start + 4] as number] as number,
    HIGH[buffer[start + 5] as number] as number,
    LOW[buffer[start + 5] as number] as number,
    HIGH[buffer[start + 6] as number] as number,
    LOW[buffer[start + 6] as number] as number,
    HIGH[buffer[start + 7] as number] as number,
    LOW[buffer[start + 7] as number] as number,
  )
}
