// The members of a JSON object and the items of a JSON list, as the bytes they are: parsed, large numbers would be rounded.

const QUOTE = 0x22
const ESCAPE = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const LIST = 0x5b
const LIST_END = 0x5d
const OBJECT = 0x7b
const OBJECT_END = 0x7d
const SPACE = 0x20

const UTF8 = new TextDecoder()

/** Of an object in JSON; none if it is something else. */
export function* membersOf(
  object: Uint8Array,
): Generator<{ readonly key: string; readonly value: Uint8Array }> {
  if (object[0] !== OBJECT) return
  for (const member of itemsOf(object)) {
    const end = afterString(member, 0)
    const key: unknown = JSON.parse(UTF8.decode(member.subarray(0, end)))
    yield { key: String(key), value: trimmed(member, member.indexOf(COLON, end) + 1, member.length) }
  }
}

/** What commas part in a list or an object. */
export function* itemsOf(json: Uint8Array): Generator<Uint8Array> {
  const end = json.lastIndexOf(json[0] === LIST ? LIST_END : OBJECT_END)
  let depth = 0
  let start = 1
  for (let at = 1; at < end; at++) {
    const byte = json[at]
    if (byte === QUOTE) at = afterString(json, at) - 1
    else if (byte === LIST || byte === OBJECT) depth++
    else if (byte === LIST_END || byte === OBJECT_END) depth--
    else if (byte === COMMA && depth === 0) {
      yield trimmed(json, start, at)
      start = at + 1
    }
  }
  const last = trimmed(json, start, end)
  if (last.length > 0) yield last
}

/** @param at its first quote */
function afterString(json: Uint8Array, at: number): number {
  for (let next = at + 1; next < json.length; next++) {
    if (json[next] === ESCAPE) next++
    else if (json[next] === QUOTE) return next + 1
  }
  return json.length
}

function trimmed(json: Uint8Array, from: number, to: number): Uint8Array {
  let start = from
  let end = to
  while (start < end && (json[start] ?? 0) <= SPACE) start++
  while (end > start && (json[end - 1] ?? 0) <= SPACE) end--
  return json.subarray(start, end)
}
