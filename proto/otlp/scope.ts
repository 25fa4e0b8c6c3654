// What all spans of one OTLP resource and scope have in common, made once for all of them: tags, service name, and
// their part of the detail.
import type { Endpoint } from '@hopscope/model'
import type { OtlpKeyValue, OtlpResource, OtlpScope } from './otlp.ts'
import {
  LIBRARY_NAME,
  LIBRARY_VERSION,
  RESERVED,
  SCOPE_NAME,
  SCOPE_VERSION,
  tagEntryJson,
  wholeEntryJson,
} from './entries.ts'
import { setTag } from '../tags.ts'
import { textOfValue } from './value.ts'

const SERVICE_NAME = 'service.name'
/** The specification's default for a resource that names no service. */
const UNKNOWN_SERVICE = 'unknown_service'
const NONE: ReadonlySet<string> = new Set()
/** About what a tag costs in an object beside its text. */
const TAG_COST = 32

export interface ScopeBase {
  readonly resource: OtlpResource
  readonly scope: OtlpScope
  /** Lower case. */
  readonly serviceName: string
  /** Of all spans that don't say more. */
  readonly localEndpoint: Endpoint
  /** Of the tags: those of the resource, overlaid by those of the scope. */
  readonly keys: readonly string[]
  /** Of the tags, in step with the keys. */
  readonly texts: readonly string[]
  /** The attribute that names the service, if any does. */
  readonly service: OtlpKeyValue | undefined
  /** Which attribute each tag shows. */
  readonly shown: ReadonlyMap<string, OtlpKeyValue>
  /** Has an attribute that is named like a tag with a meaning of its own. */
  readonly hasReserved: boolean
  /** Members of the detail in JSON, without braces; may be empty. */
  detail: string
  /** The whole detail of a span that has none of its own. */
  otel: string
  /** What a copy for one more span costs, in characters. */
  cost: number
}

/** Undefined if it would cost more than this. */
export function scopeBaseFrom(
  resource: OtlpResource,
  scope: OtlpScope,
  largestCost: number,
): ScopeBase | undefined {
  if ((resource.attributes.length + scope.attributes.length) * TAG_COST > largestCost) return undefined
  const keys: string[] = []
  const texts: string[] = []
  const shown = new Map<string, OtlpKeyValue>()
  let hasReserved = false
  let service: OtlpKeyValue | undefined
  for (const attribute of resource.attributes) {
    if (attribute.key === SERVICE_NAME) service = attribute
    else if (RESERVED.has(attribute.key)) hasReserved = true
    else shown.set(attribute.key, attribute)
  }
  for (const attribute of scope.attributes) {
    if (RESERVED.has(attribute.key)) hasReserved = true
    else shown.set(attribute.key, attribute)
  }
  let cost = 0
  for (const [key, { value }] of shown) {
    const text = textOfValue(value)
    keys.push(key)
    texts.push(text)
    cost += key.length + text.length + TAG_COST
  }
  if (scope.name !== '') {
    keys.push(SCOPE_NAME, LIBRARY_NAME)
    texts.push(scope.name, scope.name)
  }
  if (scope.version !== '') {
    keys.push(SCOPE_VERSION, LIBRARY_VERSION)
    texts.push(scope.version, scope.version)
  }

  const serviceText = service === undefined ? '' : textOfValue(service.value)
  const serviceName = (serviceText || UNKNOWN_SERVICE).toLowerCase()
  const base: ScopeBase = {
    resource,
    scope,
    serviceName,
    localEndpoint: { serviceName, ipv4: undefined, ipv6: undefined, port: undefined },
    service: service?.value.stringValue ? service : undefined,
    keys,
    texts,
    shown,
    hasReserved,
    detail: '',
    otel: '',
    cost: 0,
  }
  if (cost > largestCost) return undefined
  base.detail = baseDetailJson(base, NONE)
  base.otel = `{${base.detail}}`
  // Name and version are in two tags each, and may be in the detail as well.
  cost += base.detail.length + serviceName.length + 3 * (scope.name.length + scope.version.length) + TAG_COST
  if (cost > largestCost) return undefined
  base.cost = cost
  return base
}

/**
 * The members of the detail that tell resource and scope.
 * @param shadowed keys whose tag is an attribute of the span
 */
export function baseDetailJson(
  { resource, scope, serviceName, service, shown }: ScopeBase,
  shadowed: ReadonlySet<string>,
): string {
  const serviceText = service?.value.stringValue
  const members: string[] = []
  if (serviceText === undefined) members.push('"serviceName":null')
  else if (serviceText !== serviceName) members.push(`"serviceName":${JSON.stringify(serviceText)}`)
  const entriesJson = (attributes: readonly OtlpKeyValue[], name: string) => {
    const entries: string[] = []
    for (const attribute of attributes) {
      if (attribute === service) continue
      const isShown = shown.get(attribute.key) === attribute && !shadowed.has(attribute.key)
      entries.push(isShown ? tagEntryJson(attribute.key, attribute.value) : wholeEntryJson(attribute))
    }
    if (entries.length > 0) members.push(`"${name}":[${entries.join(',')}]`)
  }
  entriesJson(resource.attributes, 'resource')
  if (resource.droppedAttributesCount > 0)
    members.push(`"resourceDropped":${resource.droppedAttributesCount}`)
  if (resource.schemaUrl !== '') members.push(`"resourceSchemaUrl":${JSON.stringify(resource.schemaUrl)}`)
  entriesJson(scope.attributes, 'scopeAttributes')
  if (scope.droppedAttributesCount > 0) members.push(`"scopeDropped":${scope.droppedAttributesCount}`)
  if (scope.schemaUrl !== '') members.push(`"scopeSchemaUrl":${JSON.stringify(scope.schemaUrl)}`)
  return members.join(',')
}

/** A new object: keys set one by one are much faster to add to than a copy by spread. */
export function tagsOf({ keys, texts }: ScopeBase): Record<string, string> {
  const tags: Record<string, string> = {}
  for (let i = 0; i < keys.length; i++) setTag(tags, keys[i] as string, texts[i] as string)
  return tags
}
