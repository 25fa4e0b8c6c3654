// What a span in Zipkin v2 JSON is made of beside plain fields: endpoints, annotations and tags.
import {
  type Annotation,
  type Endpoint,
  type EpochMicros,
  NO_ANNOTATIONS,
  NO_TAGS,
  type Tags,
} from '@hopscope/model'
import { byTimeAndValue, sortedAndUnique } from '../annotations.ts'
import { Refused, shown } from '../decoded.ts'
import { ipFrom } from '../ip.ts'
import { isGiven, isObject, NUMBER_FOR_TEXT, textFrom, wholeNumberFrom } from '../wire/json-values.ts'
import { nameFrom, refusedMicros } from './v2-json-values.ts'

interface WireEndpoint {
  readonly serviceName?: unknown
  readonly ipv4?: unknown
  readonly ipv6?: unknown
  readonly port?: unknown
}

export function endpointFrom(value: unknown, field: string): Endpoint | undefined | Refused {
  if (!isGiven(value)) return undefined
  if (!isObject(value)) return new Refused(field, `It must be an object, not ${shown(value)}.`)
  const wire: WireEndpoint = value

  const serviceName = nameFrom(wire.serviceName, `${field}.serviceName`)
  if (typeof serviceName === 'object') return serviceName

  // Either field may hold either family, and what is no address is no reason to lose the span.
  let ipv4: string | undefined
  let ipv6: string | undefined
  if (isGiven(wire.ipv4)) {
    const text = textFrom(wire.ipv4, `${field}.ipv4`)
    if (typeof text === 'object') return text
    const ip = ipFrom(text)
    if (ip?.includes(':')) ipv6 = ip
    else ipv4 = ip
  }
  if (isGiven(wire.ipv6)) {
    const text = textFrom(wire.ipv6, `${field}.ipv6`)
    if (typeof text === 'object') return text
    const ip = ipFrom(text)
    if (ip?.includes(':')) ipv6 = ip
    else ipv4 = ip ?? ipv4
  }

  let port: number | undefined
  if (isGiven(wire.port)) {
    const number = wholeNumberFrom(wire.port)
    if (!(number <= 65_535)) {
      return new Refused(`${field}.port`, `${shown(wire.port)} is not a port, up to 65535.`)
    }
    // Reporters write 0 or -1 for a port they don't know.
    port = number > 0 ? number : undefined
  }

  if (serviceName === undefined && ipv4 === undefined && ipv6 === undefined && port === undefined)
    return undefined
  return { serviceName, ipv4, ipv6, port }
}

export function annotationsFrom(value: unknown): readonly Annotation[] | Refused {
  if (!isGiven(value)) return NO_ANNOTATIONS
  if (!Array.isArray(value)) return new Refused('annotations', `It must be a list, not ${shown(value)}.`)
  if (value.length === 0) return NO_ANNOTATIONS
  const entries: readonly unknown[] = value
  const annotations: Annotation[] = []
  let inOrder = true
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]
    if (!isObject(entry))
      return new Refused(`annotations[${i}]`, `It must be an object, not ${shown(entry)}.`)
    const wire: { readonly timestamp?: unknown; readonly value?: unknown } = entry

    const timestamp = wholeNumberFrom(wire.timestamp)
    if (!Number.isSafeInteger(timestamp))
      return refusedMicros(`annotations[${i}].timestamp`, wire.timestamp, timestamp)
    const text = typeof wire.value === 'string' ? wire.value : textFrom(wire.value, `annotations[${i}].value`)
    if (typeof text === 'object') return text

    const annotation = { timestamp: (timestamp + 0) as EpochMicros, value: text } // -0 + 0 is 0
    const last = annotations[i - 1]
    if (last !== undefined && byTimeAndValue(last, annotation) >= 0) inOrder = false
    annotations.push(annotation)
  }
  return inOrder ? annotations : sortedAndUnique(annotations)
}

/**
 * Keeps the object that JSON.parse made, keys in the order sent: its keys are plain own properties, `__proto__`
 * and `constructor` too.
 */
export function tagsFrom(value: unknown): Tags | Refused {
  if (!isGiven(value)) return NO_TAGS
  if (!isObject(value)) return new Refused('tags', `It must be an object, not ${shown(value)}.`)
  const tags = value as Record<string, unknown>
  let empty = true
  for (const key in tags) {
    const tag = tags[key]
    if (typeof tag === 'number') return NUMBER_FOR_TEXT
    if (typeof tag !== 'string')
      return new Refused(`tags[${shown(key)}]`, `It must be text, not ${shown(tag)}.`)
    empty = false
  }
  return empty ? NO_TAGS : (tags as Tags)
}
