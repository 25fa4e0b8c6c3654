// Reads a parameter that holds a TraceQL query or plain words, or says where in it the mistake is.
import { readQuery, TraceQlError, type TraceQl } from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import { textParameter } from '../parameters.ts'

type Request = Parameters<typeof textParameter>[0]

export interface GivenQuery {
  readonly query: TraceQl
  /** The query as TraceQL. */
  readonly text: string
  /** Whether it was made of plain words. */
  readonly fromWords: boolean
}

export function queryParameter(request: Request, name: string): GivenQuery | undefined {
  const text = textParameter(request, name)
  if (text === undefined) return undefined
  try {
    return readQuery(text)
  } catch (error) {
    throw error instanceof TraceQlError ? mistake(name, text, error) : error
  }
}

/** Characters shown on each side of a mistake. */
const AROUND = 40

/** `at` and `length` of the problem are UTF-16 offsets in the parameter's text, as the parser has them. */
function mistake(name: string, text: string, error: TraceQlError): HopscopeError {
  const { message, at, length, suggestion } = error
  const end = Math.min(at + length, at + AROUND)
  const before = (at > AROUND ? '…' : '') + text.slice(Math.max(0, at - AROUND), at)
  const after = text.slice(end, end + AROUND) + (text.length > end + AROUND ? '…' : '')
  const place = `${before}⟪${text.slice(at, end)}⟫${after}`.replace(/\s+/g, ' ')
  return new HopscopeError('query-invalid', `${name}: ${message} Here: ${place}`, {
    members: { at, length, ...(suggestion !== undefined && { suggestion }) },
  })
}
