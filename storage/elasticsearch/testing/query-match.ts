// Decides as Elasticsearch does whether a document passes a query of ours: on terms as the mapping makes them.
import type { SpanDocument } from '../document.ts'
import type { Query } from '../bool-query.ts'
import { LONGEST_KEY_TOKEN, LONGEST_TERM } from '../terms.ts'

type Value = string | number | boolean

/** What the mapping makes terms of; it ignores longer values. `wide` takes more than the others. */
export function termsOf(document: SpanDocument, field: string): Value[] {
  const value = document[field as keyof SpanDocument] as Value | readonly (Value | null)[] | undefined
  const longest = field === 'wide' ? LONGEST_KEY_TOKEN + 1000 : LONGEST_TERM
  return [value ?? []].flat().filter((each): each is Value => each !== null && String(each).length <= longest)
}

/** @throws Error for a query of a kind that it doesn't know */
export function passes(document: SpanDocument, query: Query): boolean {
  const [[kind, body] = []] = Object.entries(query) as [string, Record<string, unknown>][]
  const [field = '', wanted] = Object.entries(body ?? {})[0] ?? []
  switch (kind) {
    case 'match_none':
      return false
    case 'match_all':
      return true
    case 'regexp': {
      const expression = fromLucene((wanted as { value: string }).value)
      return termsOf(document, field).some((term) => expression(String(term)))
    }
    case 'term':
      return termsOf(document, field).includes(wanted as Value)
    case 'terms':
      return termsOf(document, field).some((term) => (wanted as Value[]).includes(term))
    case 'prefix':
      return termsOf(document, field).some((term) => String(term).startsWith(String(wanted)))
    case 'exists':
      return termsOf(document, String(wanted)).length > 0
    case 'range':
      return termsOf(document, field).some((term) => inRange(Number(term), wanted as Record<string, number>))
    case 'bool': {
      const { filter = [], should = [], must_not = [] } = body as Record<string, Query[]>
      const one = (each: Query) => passes(document, each)
      return filter.every(one) && !must_not.some(one) && (should.length === 0 || should.some(one))
    }
    default:
      throw new Error(`query of kind ${kind}`)
  }
}

function inRange(value: number, { gte = -Infinity, lte = Infinity }: Record<string, number>): boolean {
  return value >= gte && value <= lte
}

/** Of Lucene's expressions what ours are made of. There `.` is any character. */
function fromLucene(value: string): (text: string) => boolean {
  // JavaScript lets only those be escaped that mean something to it.
  const body = value.replace(/\\(.)/gsu, (escape, each: string) =>
    each === '-' ? '[-]' : /[\^$\\.*+?()[\]{}|/]/.test(each) ? escape : each,
  )
  const expression = new RegExp(`^(?:${body})$`, 'su')
  return (text) => expression.test(text)
}
