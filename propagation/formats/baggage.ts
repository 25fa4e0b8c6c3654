// W3C Baggage: what callers want carried along with a request. https://www.w3.org/TR/baggage/
import { type Context, currentContext, runWithContext } from '../context/context.ts'
import { BAGGAGE_OCTET, dropBlanks, isMadeOf, skip, skipBlanks, TOKEN } from './characters.ts'
import { type Format, formatOf } from './propagator.ts'

const BAGGAGE = 'baggage'

/** The most members the spec's grammar allows, and the most bytes it asks for; it is ASCII throughout. */
const MAX_MEMBERS = 180
const MAX_LENGTH = 8192

/** Additional to a value: the spec gives it no meaning. */
export interface BaggageProperty {
  readonly key: string
  readonly value?: string | undefined
}

export interface BaggageEntry {
  readonly value: string
  readonly properties?: readonly BaggageProperty[] | undefined
}

/** Values by key, decoded; a key is a token: letters, digits and ``!#$%&'*+-.^_`|~``. */
export type BaggageEntries =
  ReadonlyMap<string, BaggageEntry> | Readonly<Record<string, string | BaggageEntry>>

/** Calls `visit` with each member that is well-formed, as it is written, within the limits; whole members only. */
const eachMember = (header: string, visit: (member: string) => void): void => {
  let members = 0
  // What doesn't end within the limit is not looked at.
  const limit = Math.min(header.length, MAX_LENGTH)
  for (let at = 0; at < limit && members < MAX_MEMBERS;) {
    const comma = header.indexOf(',', at)
    const end = comma === -1 ? header.length : comma
    if (end > MAX_LENGTH) return
    const from = skipBlanks(header, at, end)
    const to = dropBlanks(header, from, end)
    if (isMember(header, from, to)) {
      members++
      visit(header.slice(from, to))
    }
    at = end + 1
  }
}

/** `key = value`, and any number of `; key` or `; key = value`; blanks around each of them. */
const isMember = (text: string, from: number, to: number): boolean => {
  const key = skip(TOKEN, text, from, to)
  let at = skipBlanks(text, key, to)
  if (key === from || at === to || text[at] !== '=') return false
  at = skipValue(text, at + 1, to)
  while (at < to) {
    if (text[at] !== ';') return false
    const start = skipBlanks(text, at + 1, to)
    const name = skip(TOKEN, text, start, to)
    if (name === start) return false
    at = skipBlanks(text, name, to)
    if (at < to && text[at] === '=') at = skipValue(text, at + 1, to)
  }
  return true
}

const skipValue = (text: string, from: number, to: number): number =>
  skipBlanks(text, skip(BAGGAGE_OCTET, text, skipBlanks(text, from, to), to), to)

/** Whether all of a header can be passed on as it is, which is the usual case. */
const isClean = (header: string): boolean => {
  if (header.length > MAX_LENGTH) return false
  let members = 0
  for (let at = 0; at <= header.length;) {
    const comma = header.indexOf(',', at)
    const end = comma === -1 ? header.length : comma
    if (++members > MAX_MEMBERS || !isMember(header, skipBlanks(header, at, end), end)) return false
    at = end + 1
  }
  return true
}

/** A baggage header to pass on: its well-formed members, up to 180 and 8192 bytes; `undefined` if there are none. */
export const baggageFrom = (value: string | undefined): string | undefined => {
  if (typeof value !== 'string' || value === '') return undefined
  if (isClean(value)) return value
  const members: string[] = []
  eachMember(value, (member) => members.push(member))
  return members.join(',') || undefined
}

/** W3C's baggage header. */
export const baggage: Format = formatOf(
  [BAGGAGE],
  (carrier, getter, into) => {
    into.baggage = baggageFrom(getter(carrier, BAGGAGE))
  },
  (context, carrier, setter) => {
    if (context.baggage) setter(carrier, BAGGAGE, context.baggage)
  },
)

const ESCAPES = /(?:%[0-9A-Fa-f]{2})+/g

/** Percent-decoded; bytes that are no UTF-8 become U+FFFD, as the spec asks, and a `%` that escapes nothing stays. */
const decoded = (text: string): string =>
  text.includes('%')
    ? text.replace(ESCAPES, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString())
    : text

/** Percent-encoded: all but the octets a value may have, and `%` itself. Half a surrogate pair becomes U+FFFD. */
const encoded = (value: unknown): string => {
  const text = String(value)
  if (skip(BAGGAGE_OCTET, text, 0, text.length) === text.length && !text.includes('%')) return text
  return encodeURIComponent(Buffer.from(text).toString())
}

const partsOf = (text: string): [key: string, value: string | undefined] => {
  const equals = text.indexOf('=')
  return equals === -1
    ? [text.trim(), undefined]
    : [text.slice(0, equals).trim(), decoded(text.slice(equals + 1).trim())]
}

const keyOf = (member: string): string => member.slice(0, skip(TOKEN, member, 0, member.length))

/**
 * The entries of a baggage header, decoded. What is malformed or over the limits is left out; of a key that comes twice
 * the last one counts.
 */
export const parseBaggage = (header: string | undefined): ReadonlyMap<string, BaggageEntry> => {
  const entries = new Map<string, BaggageEntry>()
  if (typeof header !== 'string') return entries
  eachMember(header, (member) => {
    // Neither keys nor values have a semicolon in them.
    const [first = '', ...rest] = member.split(';')
    const [key, value = ''] = partsOf(first)
    const properties = rest.map(partsOf).map(([name, text]) => ({
      key: name,
      ...(text !== undefined && { value: text }),
    }))
    entries.set(key, properties.length > 0 ? { value, properties } : { value })
  })
  return entries
}

const isKey = (key: string): boolean => isMadeOf(TOKEN, key, MAX_LENGTH)

/** A member as it is sent; `undefined` where there is nothing to send, or more than can be. */
const memberOf = (key: string, entry: string | BaggageEntry | undefined): string | undefined => {
  const { value, properties } = typeof entry === 'object' && entry !== null ? entry : { value: entry }
  if (!isKey(key) || value === undefined || value === null) return undefined
  let member = `${key}=${encoded(value)}`
  for (const property of properties ?? []) {
    if (!isKey(property.key)) continue
    member += `;${property.key}`
    if (property.value !== undefined) member += `=${encoded(property.value)}`
  }
  return member.length > MAX_LENGTH ? undefined : member
}

/** Members that fit beside each other, in their order. */
const joined = (members: Iterable<string>): string => {
  let header = ''
  let count = 0
  for (const member of members) {
    if (count === MAX_MEMBERS) break
    const longer = header ? `${header},${member}` : member
    if (longer.length > MAX_LENGTH) continue
    header = longer
    count++
  }
  return header
}

const membersOf = (entries: BaggageEntries): string[] => {
  const pairs: [string, string | BaggageEntry][] =
    entries instanceof Map ? [...entries] : Object.entries(entries)
  return pairs.map(([key, entry]) => memberOf(key, entry)).filter((member) => member !== undefined)
}

/**
 * Entries as a baggage header, percent-encoded. Left out are those whose key is no token, and what goes beyond 180
 * members or 8192 bytes.
 */
export const formatBaggage = (entries: BaggageEntries): string => joined(membersOf(entries))

/** The baggage of the request this code runs for; empty outside of any. */
export const currentBaggage = (): ReadonlyMap<string, BaggageEntry> => parseBaggage(currentContext()?.baggage)

/**
 * Runs `fn`, and all it starts, with entries added to the baggage of the current context, in the place of those with the
 * same keys. Every service called from there gets them. Outside of any request `fn` is just run.
 */
export const runWithBaggage = <T>(entries: BaggageEntries, fn: () => T): T => {
  const context = currentContext()
  return context ? runWithContext(withBaggage(context, entries), fn) : fn()
}

const withBaggage = (context: Context, entries: BaggageEntries): Context => {
  // The new ones first: where not all fit, those that came from elsewhere go.
  const members = membersOf(entries)
  const added = new Set(members.map(keyOf))
  eachMember(context.baggage ?? '', (member) => {
    if (!added.has(keyOf(member))) members.push(member)
  })
  return { ...context, baggage: joined(members) || undefined }
}
