// Jaeger's typed tags as OTLP's attributes, and those that OTLP has fields for as these: the inverse of tags.ts.
import { SPAN_KINDS } from '@hopscope/model'
import { Refused, shown } from '../decoded.ts'
import { membersOf, notAnObject, partsFrom, textFrom, valueFrom } from '../otlp/json-values.ts'
import {
  EMPTY_VALUE,
  KIND_INTERNAL,
  KIND_UNSPECIFIED,
  NO_ATTRIBUTES,
  NO_STATUS,
  type OtlpKeyValue,
  otlpKindOf,
  type OtlpStatus,
  type OtlpValue,
  STATUS_ERROR,
  STATUS_OK,
} from '../otlp/otlp.ts'
import { textOfValue } from '../otlp/value.ts'
import { isGiven, NUMBER_FOR_TEXT } from '../wire/json-values.ts'

/** Which member of an OTLP value holds a tag of this type. */
const VALUE_MEMBERS: ReadonlyMap<unknown, keyof OtlpValue> = new Map([
  ['string', 'stringValue'],
  ['bool', 'boolValue'],
  ['int64', 'intValue'],
  ['float64', 'doubleValue'],
  ['binary', 'bytesValue'],
])
/** Of a tag without a type, by that of its value. */
const MEMBERS_BY_VALUE: ReadonlyMap<string, keyof OtlpValue> = new Map([
  ['string', 'stringValue'],
  ['boolean', 'boolValue'],
  ['number', 'doubleValue'],
])

export function attributesFromTags(value: unknown, field: string): readonly OtlpKeyValue[] | Refused {
  const list = partsFrom(value, field)
  if (list instanceof Refused) return list
  if (list.length === 0) return NO_ATTRIBUTES
  const attributes: OtlpKeyValue[] = []
  for (let i = 0; i < list.length; i++) {
    const members = membersOf(list[i])
    if (members === undefined) return notAnObject(`${field}[${i}]`, list[i])
    const key = textFrom(members['key'], `${field}[${i}].key`)
    if (typeof key !== 'string') return key
    const read = tagValueFrom(members['type'], members['value'])
    if (read instanceof Refused)
      return read === NUMBER_FOR_TEXT ? read : new Refused(`${field}[${shown(key)}]`, read.reason)
    attributes.push({ key, value: read })
  }
  return attributes
}

function tagValueFrom(type: unknown, value: unknown): OtlpValue | Refused {
  const member = VALUE_MEMBERS.get(type) ?? MEMBERS_BY_VALUE.get(typeof value)
  if (member !== undefined) return valueFrom({ [member]: value }, 0)
  return isGiven(value) ? new Refused('', `A value must be simple, not ${shown(value)}.`) : EMPTY_VALUE
}

export interface TagMeanings {
  /** All other tags. */
  readonly attributes: readonly OtlpKeyValue[]
  readonly kind: number
  readonly status: OtlpStatus
  readonly traceState: string
  readonly scopeName: string
  readonly scopeVersion: string
}

const MEANT: ReadonlySet<string> = new Set([
  'span.kind',
  'error',
  'otel.status_code',
  'otel.status_description',
  'w3c.tracestate',
  'otel.scope.name',
  'otel.scope.version',
  'otel.library.name',
  'otel.library.version',
])

export function meaningsFrom(tags: readonly OtlpKeyValue[]): TagMeanings {
  const texts = new Map<string, string>()
  const attributes: OtlpKeyValue[] = []
  for (const tag of tags) {
    const text = MEANT.has(tag.key) && !texts.has(tag.key) ? meantText(tag) : undefined
    if (text === undefined) attributes.push(tag)
    else texts.set(tag.key, text)
  }
  return {
    attributes,
    kind: kindFrom(texts.get('span.kind')),
    status: statusFrom(texts),
    traceState: texts.get('w3c.tracestate') ?? '',
    scopeName: texts.get('otel.scope.name') ?? texts.get('otel.library.name') ?? '',
    scopeVersion: texts.get('otel.scope.version') ?? texts.get('otel.library.version') ?? '',
  }
}

/** Undefined where the tag doesn't mean what its name says: then it is kept as it is. */
function meantText({ key, value }: OtlpKeyValue): string | undefined {
  const text = textOfValue(value)
  if (key === 'error') return /^(?:false)?$/i.test(text) ? undefined : text
  if (value.stringValue === undefined) return undefined
  if (key === 'span.kind') return kindFrom(text) === KIND_UNSPECIFIED ? undefined : text
  if (key === 'otel.status_code') return /^(?:OK|ERROR)$/.test(text) ? text : undefined
  return text
}

function kindFrom(text: string | undefined): number {
  const name = text?.toUpperCase()
  if (name === 'INTERNAL') return KIND_INTERNAL
  const kind = SPAN_KINDS.find((each) => each === name)
  return kind === undefined ? KIND_UNSPECIFIED : otlpKindOf(kind)
}

/** A tag `error` is true, or says by its text what went wrong; Jaeger's viewer looks at it alone. */
function statusFrom(texts: ReadonlyMap<string, string>): OtlpStatus {
  const code = texts.get('otel.status_code')
  const error = texts.get('error')
  const message = texts.get('otel.status_description')
  if (code === 'ERROR' || error !== undefined)
    return {
      code: STATUS_ERROR,
      message: message ?? (error === undefined || /^true$/i.test(error) ? '' : error),
    }
  if (code === 'OK') return { code: STATUS_OK, message: message ?? '' }
  return message === undefined ? NO_STATUS : { code: NO_STATUS.code, message }
}
