// Takes a ResourceSpans apart that is too large for one post. Its bytes stay as they are: parsed, large numbers would be rounded.
import type { Unit } from './import-unit.ts'

const QUOTE = 0x22
const ESCAPE = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const LIST = 0x5b
const LIST_END = 0x5d
const OBJECT = 0x7b
const OBJECT_END = 0x7d
const SPACE = 0x20

interface Scope {
  /** All of it before its spans. */
  readonly head: Buffer
  readonly spans: readonly Buffer[]
}

/**
 * The same spans in several units, each with its resource and scope, of about `limit` bytes; a span by itself may have more.
 * @param unit of valid JSON
 */
export function* piecesOf(unit: Unit, limit: number): Generator<Unit> {
  const parts = scopesOf(unit.json)
  if (parts === undefined || unit.spans < 2) return yield unit
  const { head, scopes } = parts
  let pieces: Buffer[] = []
  let size = 0
  let spans = 0
  const whole = (): Unit => ({ ...unit, json: Buffer.concat([head, ...pieces, TAIL]), spans })
  for (const scope of scopes) {
    let isOpen = false
    for (const span of scope.spans) {
      if (spans > 0 && size + span.length > limit) {
        yield whole()
        pieces = []
        spans = 0
        isOpen = false
      }
      if (spans === 0) size = head.length
      const before = isOpen ? [AFTER_SPAN] : [...(spans === 0 ? [] : [AFTER_SCOPE]), scope.head]
      isOpen = true
      pieces.push(...before, span)
      for (const { length } of [...before, span]) size += length
      spans++
    }
  }
  if (spans > 0) yield whole()
}

const AFTER_SPAN = Buffer.from(',')
const AFTER_SCOPE = Buffer.from(']},')
const TAIL = Buffer.from(']}]}')

/** @returns undefined if there is anything that is neither a scope nor a span, and would be lost */
function scopesOf(resourceSpans: Buffer): { head: Buffer; scopes: Scope[] } | undefined {
  const outer = splitAt(resourceSpans, 'scopeSpans')
  const scopes: Scope[] = []
  for (const each of outer?.items ?? []) {
    const inner = splitAt(each, 'spans')
    if (inner === undefined) return undefined
    scopes.push({ head: inner.head, spans: inner.items })
  }
  return outer && { head: outer.head, scopes }
}

/** The items of the list that an object has by this name, and all other members, up to the bracket of that list. */
function splitAt(object: Buffer, name: string): { head: Buffer; items: Buffer[] } | undefined {
  let list: Buffer | undefined
  const pieces: Buffer[] = [Buffer.from('{')]
  for (const { key, value } of membersOf(object)) {
    // Of several, JSON.parse takes the last.
    if (key === name) list = value
    else pieces.push(Buffer.from(`${JSON.stringify(key)}:`), value, AFTER_SPAN)
  }
  if (list?.[0] !== LIST) return undefined
  return { head: Buffer.concat([...pieces, Buffer.from(`"${name}":[`)]), items: [...itemsOf(list)] }
}

/** Of an object in JSON; none if it is something else. */
export function* membersOf(object: Buffer): Generator<{ readonly key: string; readonly value: Buffer }> {
  if (object[0] !== OBJECT) return
  for (const member of itemsOf(object)) {
    const end = afterString(member, 0)
    const key: unknown = JSON.parse(member.toString('utf8', 0, end))
    yield { key: String(key), value: trimmed(member, member.indexOf(COLON, end) + 1, member.length) }
  }
}

/** What commas part in a list or an object. */
function* itemsOf(json: Buffer): Generator<Buffer> {
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
function afterString(json: Buffer, at: number): number {
  for (let next = at + 1; next < json.length; next++) {
    if (json[next] === ESCAPE) next++
    else if (json[next] === QUOTE) return next + 1
  }
  return json.length
}

function trimmed(json: Buffer, from: number, to: number): Buffer {
  let start = from
  let end = to
  while (start < end && (json[start] ?? 0) <= SPACE) start++
  while (end > start && (json[end - 1] ?? 0) <= SPACE) end--
  return json.subarray(start, end)
}
