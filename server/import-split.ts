// Takes a ResourceSpans apart that is too large for one post. Its bytes stay as they are: parsed, large numbers would be rounded.
import { itemsOf, membersOf } from '@hopscope/proto/files'
import type { Unit } from './import-unit.ts'

const LIST = 0x5b

interface Scope {
  /** All of it before its spans. */
  readonly head: Uint8Array
  readonly spans: readonly Uint8Array[]
}

/**
 * The same spans in several units, each with its resource and scope, of about `limit` bytes; a span by itself may have more.
 * @param unit of valid JSON
 */
export function* piecesOf(unit: Unit, limit: number): Generator<Unit> {
  const parts = scopesOf(unit.json)
  if (parts === undefined || unit.spans < 2) return yield unit
  const { head, scopes } = parts
  let pieces: Uint8Array[] = []
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
function scopesOf(resourceSpans: Uint8Array): { head: Uint8Array; scopes: Scope[] } | undefined {
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
function splitAt(object: Uint8Array, name: string): { head: Uint8Array; items: Uint8Array[] } | undefined {
  let list: Uint8Array | undefined
  const pieces: Uint8Array[] = [Buffer.from('{')]
  for (const { key, value } of membersOf(object)) {
    // Of several, JSON.parse takes the last.
    if (key === name) list = value
    else pieces.push(Buffer.from(`${JSON.stringify(key)}:`), value, AFTER_SPAN)
  }
  if (list?.[0] !== LIST) return undefined
  return { head: Buffer.concat([...pieces, Buffer.from(`"${name}":[`)]), items: [...itemsOf(list)] }
}
