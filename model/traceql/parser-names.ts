// The names of fields in TraceQL: Tempo's, in its old and its scoped form, and ours.
import type { FieldReference, IntrinsicName } from './ast.ts'

/** How each intrinsic is printed. */
const PRINTED: Readonly<Record<IntrinsicName, string>> = {
  service: 'resource.service.name',
  remoteService: 'remoteService',
  name: 'name',
  status: 'status',
  statusMessage: 'statusMessage',
  kind: 'kind',
  duration: 'duration',
  childCount: 'span:childCount',
  spanId: 'span:id',
  parentId: 'span:parentID',
  event: 'event:name',
  instrumentation: 'instrumentation:name',
  requestId: 'requestId',
  traceId: 'trace:id',
  traceDuration: 'traceDuration',
  rootName: 'rootName',
  rootService: 'rootServiceName',
}

const INTRINSICS = new Map<string, IntrinsicName>([
  ['remoteService', 'remoteService'],
  ['requestId', 'requestId'],
  ['name', 'name'],
  ['status', 'status'],
  ['statusMessage', 'statusMessage'],
  ['kind', 'kind'],
  ['duration', 'duration'],
  ['childCount', 'childCount'],
  ['traceDuration', 'traceDuration'],
  ['rootName', 'rootName'],
  ['rootServiceName', 'rootService'],
  ['rootService', 'rootService'],
  ['span:name', 'name'],
  ['span:status', 'status'],
  ['span:statusMessage', 'statusMessage'],
  ['span:kind', 'kind'],
  ['span:duration', 'duration'],
  ['span:childCount', 'childCount'],
  ['span:id', 'spanId'],
  ['span:parentID', 'parentId'],
  ['trace:id', 'traceId'],
  ['trace:duration', 'traceDuration'],
  ['trace:rootName', 'rootName'],
  ['trace:rootService', 'rootService'],
  ['event:name', 'event'],
  ['instrumentation:name', 'instrumentation'],
])

/** What a wrong name is compared with. */
export const FIELD_WORDS: readonly string[] = [...INTRINSICS.keys()]

/** An intrinsic by its name in a query; undefined if there is none. */
export function intrinsicNamed(name: string): IntrinsicName | undefined {
  return INTRINSICS.get(name)
}

/** `service.name` is an intrinsic, whatever its scope. */
export function attributeField(scope: 'span' | 'resource' | undefined, key: string): FieldReference {
  if (key === 'service.name') return { kind: 'intrinsic', name: 'service' }
  return { kind: 'attribute', scope, key }
}

/** A field as it stands in a query. */
export function printField(field: FieldReference): string {
  if (field.kind === 'intrinsic') return PRINTED[field.name]
  const { scope, key } = field
  // `.5` would be a number.
  const plain = /^[^\s{}()=~!<>&|^,"]+$/.test(key) && !(scope === undefined && /^\d/.test(key))
  return `${scope ?? ''}.${plain ? key : `"${key.replace(/["\\]/g, '\\$&')}"`}`
}

/** What Tempo has and Hopscope has not, with the reason. Undefined if the name is not one of these. */
export function unsupportedName(name: string): string | undefined {
  if (/^nestedSet(Left|Right|Parent)$/.test(name))
    return `\`${name}\` numbers Tempo's own storage and isn't known here: use \`>\`, \`>>\` or \`~\` between {…} for structure.`
  if (name === 'parent' || name.startsWith('parent.'))
    return 'Attributes of the parent aren’t supported: write `{ … } > { … }`, the parent on the left.'
  if (name === 'event:timeSinceStart')
    return '`event:timeSinceStart` isn’t supported: only `event:name` of an event can be asked for.'
  if (name.startsWith('event.'))
    return 'Events have no attributes here, only a text: ask for it by `event:name`.'
  if (name.startsWith('link.') || name === 'link:traceID' || name === 'link:spanID')
    return 'Links between traces aren’t kept and can’t be asked for.'
  if (name.startsWith('instrumentation.') || name === 'instrumentation:version')
    return 'Of the instrumentation only its name is kept: `instrumentation:name`.'
  return undefined
}

const METRICS = new Set(
  'rate count_over_time min_over_time max_over_time avg_over_time sum_over_time quantile_over_time histogram_over_time compare topk bottomk with'.split(
    ' ',
  ),
)

/** Tempo's functions that compute series. */
export function isMetricsFunction(word: string): boolean {
  return METRICS.has(word)
}
