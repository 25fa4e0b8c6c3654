// What can stand where the caret is in a query. Tolerant: a query that is being typed is mostly no query yet.
import { beginsAsQuery } from '../resolve.ts'

type Wanted =
  /** A field or an attribute; `scope` is what was typed of one: `.`, `span.`, `resource.` */
  | { readonly kind: 'field'; readonly scope: string }
  | { readonly kind: 'operator' }
  /** A value of the field, behind this operator. */
  | { readonly kind: 'value'; readonly field: string; readonly operator: string; readonly open: boolean }
  /** `&&`, `||`, `}` */
  | { readonly kind: 'joint' }
  /** Behind a set of spans. */
  | { readonly kind: 'relation' }
  /** Behind `|`. */
  | { readonly kind: 'stage' }
  /** A word of a search in words. */
  | { readonly kind: 'word' }

export interface CompletionContext {
  readonly wanted: Wanted
  /** Where the text to be replaced begins; it goes to the caret. */
  readonly from: number
  /** That text, less an opening quote and the scope. */
  readonly prefix: string
  /** The service that the query names, for its operations and values. */
  readonly service: string | undefined
}

interface Piece {
  readonly type: 'text' | 'open-text' | 'operator' | 'number' | 'field' | 'brace'
  readonly text: string
  readonly at: number
}

const PIECE =
  /(?<text>"(?:[^"\\]|\\[^])*"|`[^`]*`)|(?<openText>["`][^]*$)|(?<brace>[{}()|](?!\|))|(?<operator>=~|!~|!=|>=|<=|>>|<<|&&|\|\||[=<>!+*/%^~&,-])|(?<number>\d[\p{L}\p{N}.]*)|(?<field>(?:[^\s{}()=~!<>&|^,"`]|(?<=\.)"(?:[^"\\]|\\.)*")+)/guy
const COMPARES = /^(?:=|!=|=~|!~|>|<|>=|<=)$/
const SERVICE = /(?:^|[^\w.:])(?:resource\.|\.)service\.name\s*=\s*"((?:[^"\\]|\\.)*)"/

export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = []
  for (let at = 0; at < text.length;) {
    PIECE.lastIndex = at
    const match = PIECE.exec(text)
    if (!match) {
      at++
      continue
    }
    const { groups = {} } = match
    const type =
      groups['openText'] !== undefined
        ? 'open-text'
        : (['text', 'brace', 'operator', 'number', 'field'] as const).find(
            (name) => groups[name] !== undefined,
          )
    if (type) pieces.push({ type, text: match[0], at })
    at += match[0].length
  }
  return pieces
}

/** What can stand at the caret, before which `before` is; `after` only says which service it is about. */
export function contextAt(before: string, after = ''): CompletionContext {
  const named = SERVICE.exec(before + after)?.[1]
  const service = named === undefined ? undefined : named.replace(/\\(.)/g, '$1')
  if (
    before.trim() !== '' &&
    !beginsAsQuery(before) &&
    !/^\s*(?:count|avg|max|min|sum|by)\s*\(/.test(before)
  ) {
    const from = before.length - (/\S*$/.exec(before)?.[0].length ?? 0)
    return { wanted: { kind: 'word' }, from, prefix: before.slice(from), service }
  }
  const pieces = piecesOf(before)
  const last = pieces.at(-1)
  const isOpen = last !== undefined && last.at + last.text.length === before.length
  const growing =
    isOpen && (last.type === 'field' || last.type === 'open-text' || last.type === 'number')
      ? last
      : undefined
  const done = growing ? pieces.slice(0, -1) : pieces
  const from = growing?.at ?? before.length
  const typed = growing?.text ?? ''
  const wanted = wantedAfter(done, typed)
  if (wanted.kind === 'field') return { wanted, from, prefix: typed.slice(wanted.scope.length), service }
  return { wanted, from, prefix: typed.replace(/^["`]/, ''), service }
}

function wantedAfter(pieces: readonly Piece[], typed: string): Wanted {
  let inSet = 0
  let inStage = false
  for (const { type, text } of pieces) {
    if (type !== 'brace') continue
    if (text === '{') inSet++
    else if (text === '}') inSet = Math.max(0, inSet - 1)
    else if (text === '|') inStage = true
    else if (text === ')') inStage = false
  }
  const last = pieces.at(-1)
  const before = pieces.at(-2)
  const field = {
    kind: 'field',
    scope: /^(?:span|resource|event|link|instrumentation|parent)?\./.exec(typed)?.[0] ?? '',
  } as const
  if (inSet === 0) {
    if (last === undefined) return { kind: 'word' }
    if (last.type === 'brace' && last.text === '|') return { kind: 'stage' }
    if (inStage && last.type === 'brace' && last.text === '(') return field
    if (last.type === 'brace' && (last.text === '}' || last.text === ')')) return { kind: 'relation' }
    return { kind: 'word' }
  }
  if (last === undefined) return field
  if (last.type === 'operator') {
    if (!COMPARES.test(last.text)) return field
    const name = before?.type === 'field' ? before.text : ''
    return { kind: 'value', field: name, operator: last.text, open: /^["`]/.test(typed) }
  }
  if (last.type === 'brace') return last.text === ')' ? { kind: 'joint' } : field
  const isValue = before?.type === 'operator' && COMPARES.test(before.text)
  if (last.type === 'field' && !isValue) return { kind: 'operator' }
  return { kind: 'joint' }
}

export const STAGES = ['count()', 'avg(', 'max(', 'min(', 'sum(', 'by(', 'select(', 'coalesce()'] as const
/** Fields that need no scope; see the names in model/traceql. */
export const FIELDS = [
  'name',
  'status',
  'duration',
  'kind',
  'resource.service.name',
  'requestId',
  'rootName',
  'rootServiceName',
  'traceDuration',
  'remoteService',
  'statusMessage',
  'span:childCount',
  'span:id',
  'span:parentID',
  'trace:id',
  'event:name',
  'instrumentation:name',
] as const
export const SCOPES = ['span.', 'resource.'] as const
const FIXED = new Map<string, readonly string[]>([
  ['status', ['error', 'ok', 'unset']],
  ['kind', ['server', 'client', 'producer', 'consumer', 'internal']],
  ['duration', ['100ms', '500ms', '1s', '5s']],
  ['traceDuration', ['100ms', '500ms', '1s', '5s']],
])

/** Where the values of a field come from. */
export type ValueSource =
  | { readonly from: 'fixed'; readonly values: readonly string[] }
  | { readonly from: 'services' | 'operations' }
  | { readonly from: 'tag'; readonly key: string }
  | undefined

export function valuesOf(field: string): ValueSource {
  const bare = field.replace(/^(?:span|trace):/, '')
  const values = FIXED.get(bare)
  if (values) return { from: 'fixed', values }
  if (/^(?:resource)?\.service\.name$|^(?:rootServiceName|rootService|remoteService)$/.test(field))
    return { from: 'services' }
  if (/^(?:name|rootName)$/.test(bare)) return { from: 'operations' }
  const key = /^(?:span|resource|event|link|instrumentation|parent)?\.(.+)$/.exec(field)?.[1]
  if (key === undefined) return undefined
  return { from: 'tag', key: /^".*"$/.test(key) ? key.slice(1, -1).replace(/\\(.)/g, '$1') : key }
}

export const OPERATORS = ['=', '!=', '=~', '!~', '>', '<', '>=', '<='] as const
