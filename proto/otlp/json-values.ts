// Parts of OTLP/JSON that repeat: typed values, attributes, events, links, times and ids. Read as leniently as protobuf's
// JSON mapping says: 64-bit numbers as number or text, null as absent, unknown members passed over.
import { Refused, shown } from '../decoded.ts'
import {
  EMPTY_VALUE,
  LONGEST_LINKED_ID,
  MOST_PARTS,
  NO_ATTRIBUTES,
  NO_TIME,
  type OtlpEvent,
  type OtlpKeyValue,
  type OtlpLink,
  type OtlpTime,
  type OtlpValue,
  timeFromText,
} from './otlp.ts'
import { DEEPEST_VALUE, doubleFromText, doubleOf } from './value.ts'
import { bytesFromBase64, hexFrom, uniformBase64 } from '../wire/base64.ts'
import { isGiven, isObject, NUMBER_FOR_TEXT, wholeNumberFrom } from '../wire/json-values.ts'

export type Members = Readonly<Record<string, unknown>>

/** As long as anyone may write 64 bits. */
const WHOLE_TEXT = /^([+-]?\d{1,30})(?:\.(\d{1,30}))?(?:[eE]\+?(\d{1,2}))?$/
const UINT32_MAX = 0xffff_ffff

const NO_MEMBERS: Members = {}

/** Undefined for what is no object. Members are asked for by names that no prototype has. */
export function membersOf(value: unknown): Members | undefined {
  return isObject(value) ? (value as Members) : undefined
}

/** Absent is an object without members. */
export function objectFrom(value: unknown, field: string): Members | Refused {
  if (!isGiven(value)) return NO_MEMBERS
  return membersOf(value) ?? notAnObject(field, value)
}

export function notAnObject(field: string, value: unknown): Refused {
  return new Refused(field, `It must be an object, not ${shown(value)}.`)
}

/** Absent is empty. */
export function textFrom(value: unknown, field: string): string | Refused {
  if (typeof value === 'string') return value
  if (!isGiven(value)) return ''
  return typeof value === 'number'
    ? NUMBER_FOR_TEXT
    : new Refused(field, `It must be text, not ${shown(value)}.`)
}

/** Absent is 0; unsigned 32 bits. */
export function uint32From(value: unknown, field: string): number | Refused {
  if (!isGiven(value)) return 0
  const number = wholeNumberFrom(value)
  return number >= 0 && number <= UINT32_MAX
    ? number + 0
    : new Refused(field, `${shown(value)} is not a whole number from 0 to ${UINT32_MAX}.`)
}

/** Nanoseconds as text or number; absent is {@link NO_TIME}. */
export function timeFrom(value: unknown, field: string): OtlpTime | Refused {
  if (!isGiven(value)) return NO_TIME
  if (typeof value === 'number' && !Number.isSafeInteger(value) && value > 0) return NUMBER_FOR_TEXT
  const text = typeof value === 'number' ? String(value) : value
  const digits = typeof text === 'string' ? wholeDigitsFrom(text) : undefined
  const time = digits === undefined ? undefined : timeFromText(digits)
  return time ?? new Refused(field, `${shown(value)} is not a number of nanoseconds.`)
}

/** Every digit of a whole number: `1.7e3` is 1700. Undefined for anything else. */
function wholeDigitsFrom(text: string): string | undefined {
  const [all, whole, fraction = '', exponent = '0'] = WHOLE_TEXT.exec(text) ?? []
  if (whole === undefined || whole === all) return whole
  const decimals = fraction.replace(/0+$/, '')
  const zeros = Number(exponent) - decimals.length
  return zeros < 0 ? undefined : whole + decimals + '0'.repeat(zeros)
}

const BASE64_ID = /^[A-Za-z0-9+/]{11}(?:=|[A-Za-z0-9+/]{11}==)$/

/** Hex of any case to lower; base64, which some senders write for it, is told by its length. Absent is empty. */
export function idFrom(value: unknown, field: string): string | Refused {
  const text = textFrom(value, field)
  if (typeof text !== 'string') return text
  return (text.length === 12 || text.length === 24) && BASE64_ID.test(text)
    ? hexFrom(bytesFromBase64(text))
    : text.toLowerCase()
}

const HEX = /^[0-9a-f]*$/

/** Of a link. What is no id is kept as it was sent, so far as it isn't longer than any. */
function linkedIdFrom(value: unknown, field: string): string | Refused {
  const id = idFrom(value, field)
  if (typeof id !== 'string') return id
  return (HEX.test(id) ? id : String(value)).slice(0, LONGEST_LINKED_ID)
}

export function listFrom(value: unknown, field: string): readonly unknown[] | Refused {
  if (!isGiven(value)) return []
  return Array.isArray(value) ? value : new Refused(field, `It must be a list, not ${shown(value)}.`)
}

/** Not more than one span may have. */
export function partsFrom(value: unknown, field: string): readonly unknown[] | Refused {
  const list = listFrom(value, field)
  return list instanceof Refused || list.length <= MOST_PARTS
    ? list
    : new Refused(field, `There are more than ${MOST_PARTS}.`)
}

export function attributesFrom(value: unknown, field: string, depth = 0): readonly OtlpKeyValue[] | Refused {
  const list = partsFrom(value, field)
  if (list instanceof Refused) return list
  if (list.length === 0) return NO_ATTRIBUTES
  const attributes: OtlpKeyValue[] = []
  for (let i = 0; i < list.length; i++) {
    const members = membersOf(list[i])
    if (members === undefined) return notAnObject(`${field}[${i}]`, list[i])
    const key =
      typeof members['key'] === 'string' ? members['key'] : textFrom(members['key'], `${field}[${i}].key`)
    if (typeof key !== 'string') return key
    const read = valueFrom(members['value'], depth)
    if (read instanceof Refused)
      return read === NUMBER_FOR_TEXT ? read : new Refused(`${field}[${shown(key)}]`, read.reason)
    attributes.push({ key, value: read })
  }
  return attributes
}

/** Attributes, and how many more the sender had: a resource, scope, span, event and link each have both. */
interface Attributed {
  readonly attributes: readonly OtlpKeyValue[]
  readonly droppedAttributesCount: number
}

/** @param prefix of the fields' paths, such as `scope.` */
export function attributedFrom(members: Members, prefix: string): Attributed | Refused {
  const attributes = attributesFrom(members['attributes'], `${prefix}attributes`)
  if (attributes instanceof Refused) return attributes
  const droppedAttributesCount = uint32From(
    members['droppedAttributesCount'],
    `${prefix}droppedAttributesCount`,
  )
  if (typeof droppedAttributesCount !== 'number') return droppedAttributesCount
  return { attributes, droppedAttributesCount }
}

/** Recurses at most {@link DEEPEST_VALUE} times. What is refused has no field. */
export function valueFrom(value: unknown, depth: number): OtlpValue | Refused {
  if (!isGiven(value)) return EMPTY_VALUE
  if (depth > DEEPEST_VALUE) return new Refused('', `It lies more than ${DEEPEST_VALUE} lists deep.`)
  const members = membersOf(value)
  if (members === undefined) return new Refused('', `A value must be an object, not ${shown(value)}.`)
  const { stringValue, intValue, boolValue, doubleValue, bytesValue, arrayValue, kvlistValue } = members
  if (isGiven(stringValue)) {
    const text = textFrom(stringValue, '')
    return typeof text === 'string' ? { stringValue: text } : text
  }
  if (isGiven(intValue)) return intFrom(intValue)
  if (isGiven(boolValue)) {
    if (boolValue === true || boolValue === 'true') return { boolValue: true }
    if (boolValue === false || boolValue === 'false') return { boolValue: false }
    return new Refused('', `${shown(boolValue)} is not true or false.`)
  }
  if (isGiven(doubleValue)) {
    const double =
      typeof doubleValue === 'number'
        ? doubleOf(doubleValue)
        : typeof doubleValue === 'string'
          ? doubleFromText(doubleValue)
          : undefined
    return double === undefined
      ? new Refused('', `${shown(doubleValue)} is not a number.`)
      : { doubleValue: double }
  }
  if (isGiven(bytesValue)) {
    return typeof bytesValue === 'string'
      ? { bytesValue: uniformBase64(bytesValue) }
      : new Refused('', `It must be base64, not ${shown(bytesValue)}.`)
  }
  if (isGiven(arrayValue)) {
    const array = objectFrom(arrayValue, '')
    if (array instanceof Refused) return array
    const list = listFrom(array['values'], '')
    if (list instanceof Refused) return list
    const values: OtlpValue[] = []
    for (const entry of list) {
      const read = valueFrom(entry, depth + 1)
      if (read instanceof Refused) return read
      values.push(read)
    }
    return { arrayValue: { values } }
  }
  if (isGiven(kvlistValue)) {
    const map = objectFrom(kvlistValue, '')
    if (map instanceof Refused) return map
    const values = attributesFrom(map['values'], '', depth + 1)
    return values instanceof Refused ? values : { kvlistValue: { values } }
  }
  return EMPTY_VALUE
}

function intFrom(value: unknown): OtlpValue | Refused {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return { intValue: String(value) }
    if (Number.isInteger(value)) return NUMBER_FOR_TEXT
  } else if (typeof value === 'string') {
    const digits = wholeDigitsFrom(value)
    if (digits !== undefined) {
      const int = BigInt(digits.startsWith('+') ? digits.slice(1) : digits)
      if (int === BigInt.asIntN(64, int)) return { intValue: String(int) }
    }
  }
  return new Refused('', `${shown(value)} is not a whole number of 64 bits.`)
}

export function eventsFrom(value: unknown, field: string): readonly OtlpEvent[] | Refused {
  return eachOf(value, field, (members, path) => {
    const time = timeFrom(members['timeUnixNano'], `${path}.timeUnixNano`)
    if (time instanceof Refused) return time
    const name = textFrom(members['name'], `${path}.name`)
    if (typeof name !== 'string') return name
    const attributed = attributedFrom(members, `${path}.`)
    if (attributed instanceof Refused) return attributed
    return { time, name, ...attributed }
  })
}

export function linksFrom(value: unknown, field: string): readonly OtlpLink[] | Refused {
  return eachOf(value, field, (members, path) => {
    const traceId = linkedIdFrom(members['traceId'], `${path}.traceId`)
    if (typeof traceId !== 'string') return traceId
    const spanId = linkedIdFrom(members['spanId'], `${path}.spanId`)
    if (typeof spanId !== 'string') return spanId
    const traceState = textFrom(members['traceState'], `${path}.traceState`)
    if (typeof traceState !== 'string') return traceState
    const attributed = attributedFrom(members, `${path}.`)
    if (attributed instanceof Refused) return attributed
    const flags = uint32From(members['flags'], `${path}.flags`)
    if (typeof flags !== 'number') return flags
    return { traceId, spanId, traceState, ...attributed, flags }
  })
}

function eachOf<Part>(
  value: unknown,
  field: string,
  read: (members: Members, path: string) => Part | Refused,
): readonly Part[] | Refused {
  const list = partsFrom(value, field)
  if (list instanceof Refused) return list
  const parts: Part[] = []
  for (let i = 0; i < list.length; i++) {
    const members = membersOf(list[i])
    if (members === undefined) return notAnObject(`${field}[${i}]`, list[i])
    const part = read(members, `${field}[${i}]`)
    if (part instanceof Refused) return part
    parts.push(part)
  }
  return parts
}
