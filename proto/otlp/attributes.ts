// The attributes of one OTLP span as tags, upon those of its resource and scope, and what the detail keeps of them.
import { setTag } from '../tags.ts'
import { ERROR, RESERVED, tagEntryJson, wholeEntryJson } from './entries.ts'
import { LOCAL_KEYS, REMOTE_KEYS } from './endpoints.ts'
import type { OtlpKeyValue, OtlpSpan } from './otlp.ts'
import { baseDetailJson, type ScopeBase, tagsOf } from './scope.ts'
import { textOfValue } from './value.ts'

export interface AttributesAsTags {
  /** To be added to by the caller. */
  readonly tags: Record<string, string>
  /** Members of the detail in JSON, without braces; may be empty. */
  detail: string
  readonly hasRemote: boolean
  readonly hasLocal: boolean
  /**
   * Some attribute is named like a tag with a meaning of its own, so that the tags alone don't tell scope, status and dropped
   * counts any more.
   */
  readonly hasReserved: boolean
  /** The span's own attribute `error`, as text. */
  readonly error: string | undefined
}

const IS_REMOTE = 1
const IS_LOCAL = 2
const IS_RESERVED = 4
const ROLES = new Map<string, number>()
for (const key of REMOTE_KEYS) ROLES.set(key, IS_REMOTE)
for (const key of LOCAL_KEYS) ROLES.set(key, IS_LOCAL)
for (const key of RESERVED) ROLES.set(key, IS_RESERVED)

export function tagsFromAttributes({ attributes }: OtlpSpan, base: ScopeBase): AttributesAsTags {
  if (base.hasReserved) return tagsFromClashing(attributes, base)
  const tags = tagsOf(base)
  let typed = ''
  let roles = 0
  for (let i = 0; i < attributes.length; i++) {
    const { key, value } = attributes[i] as OtlpKeyValue
    roles |= ROLES.get(key) ?? 0
    if (roles >= IS_RESERVED || Object.hasOwn(tags, key)) return tagsFromClashing(attributes, base)
    setTag(tags, key, textOfValue(value))
    if (value.stringValue === undefined) typed += `${typed === '' ? '' : ','}${tagEntryJson(key, value)}`
  }
  return {
    tags,
    detail: joined(base.detail, typed === '' ? '' : `"attributes":[${typed}]`),
    hasRemote: (roles & IS_REMOTE) > 0,
    hasLocal: (roles & IS_LOCAL) > 0,
    hasReserved: false,
    error: undefined,
  }
}

/** The same where an attribute has a name that is taken: by another one, by its resource or scope, or by a meaning of its own. */
function tagsFromClashing(attributes: readonly OtlpKeyValue[], base: ScopeBase): AttributesAsTags {
  const tags = tagsOf(base)
  const shown = new Map<string, OtlpKeyValue>()
  const shadowed = new Set<string>()
  let roles = base.hasReserved ? IS_RESERVED : 0
  let error: string | undefined
  for (const attribute of attributes) {
    const { key } = attribute
    roles |= ROLES.get(key) ?? 0
    if (RESERVED.has(key)) {
      const text = textOfValue(attribute.value)
      if (key === ERROR) error = text
      else if (!Object.hasOwn(tags, key)) tags[key] = text
      continue
    }
    shown.set(key, attribute)
    if (base.shown.has(key)) shadowed.add(key)
  }
  for (const [key, { value }] of shown) setTag(tags, key, textOfValue(value))

  const entries: string[] = []
  for (const attribute of attributes) {
    const { key, value } = attribute
    if (shown.get(key) !== attribute) entries.push(wholeEntryJson(attribute))
    else if (value.stringValue === undefined) entries.push(tagEntryJson(key, value))
  }
  let detail = shadowed.size > 0 ? baseDetailJson(base, shadowed) : base.detail
  if (entries.length > 0) detail = joined(detail, `"attributes":[${entries.join(',')}]`)
  const hasReserved = roles >= IS_RESERVED
  if (hasReserved) detail = joined(detail, `"scope":${JSON.stringify([base.scope.name, base.scope.version])}`)
  const hasRemote = (roles & IS_REMOTE) > 0
  const hasLocal = (roles & IS_LOCAL) > 0
  return { tags, detail, hasRemote, hasLocal, hasReserved, error }
}

/** Members of a JSON object, one behind the other. */
export function joined(members: string, more: string): string {
  return members === '' ? more : more === '' ? members : `${members},${more}`
}
