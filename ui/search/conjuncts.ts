// The conditions on a trace that a TraceQL query joins by `&&`: for adding one, and for taking back the one added.

/**
 * The sides of a query's outermost `&&`, each a set in braces or a part in parentheses; the query itself where it is anything else.
 * Only looks for what closes what: a query that makes no sense is one part.
 */
function conjunctsOf(query: string): readonly string[] {
  const parts: string[] = []
  let at = 0
  for (;;) {
    const end = query[at] === '{' || query[at] === '(' ? closedAt(query, at) : -1
    if (end < 0) return [query]
    parts.push(query.slice(at, end))
    if (end === query.length) return parts
    const joint = /^\s*&&\s*/.exec(query.slice(end))
    if (!joint) return [query]
    at = end + joint[0].length
  }
}

/** Behind the bracket that closes the one at `start`; -1 if none does. */
function closedAt(query: string, start: number): number {
  const bracket = /"(?:[^"\\]|\\.)*"|`[^`]*`|["`{}()]/g
  bracket.lastIndex = start
  const open: string[] = []
  for (let match = bracket.exec(query); match; match = bracket.exec(query)) {
    const [text] = match
    if (text === '"' || text === '`') return -1
    if (text === '{') open.push('}')
    else if (text === '(') open.push(')')
    else if (text === '}' || text === ')') {
      if (open.pop() !== text) return -1
      if (open.length === 0) return bracket.lastIndex
    }
  }
  return -1
}

const isClosed = (part: string) => /^[{(]/.test(part) && closedAt(part, 0) === part.length

/** The traces of the query that a condition, a set in braces, holds for as well; '' is every trace. */
export function narrowed(query: string, condition: string): string {
  if (query === '' || query === '{ }') return condition
  if (hasCondition(query, condition)) return query
  const parts = conjunctsOf(query)
  return [...parts.map((part) => (isClosed(part) ? part : `(${part})`)), condition].join(' && ')
}

export const hasCondition = (query: string, condition: string) => conjunctsOf(query).includes(condition)

/** Without the conditions that are such; the same text where there are none. */
export function widened(query: string, isSuch: (condition: string) => boolean): string {
  const parts = conjunctsOf(query)
  const left = parts.filter((part) => !isSuch(part))
  if (left.length === parts.length) return query
  const [only = ''] = left
  // The parentheses were for the condition's sake.
  if (left.length <= 1) return only.startsWith('(') ? only.slice(1, -1) : only
  return left.join(' && ')
}
