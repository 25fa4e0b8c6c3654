// The one search box: finds out whether a text is a trace id, a request id, a service or a query.
import { type Api, isNotFound } from '../api/api.ts'
import { NO_FILTERS, requestHref, searchHref, traceHref } from '../routing/urls.ts'

export type Resolution = { readonly found: true; readonly href: string } | { readonly found: false }

/** Characters of a request id; the server refuses longer ones. */
const LONGEST_ID = 1024
const TRACE_ID = /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/i

/** Ids as they get pasted: with quotes, a trailing comma, or `X-Request-ID: ` before them. */
export function cleaned(text: string): string {
  const bare = text.trim().replace(/^(?:x-)?(?:request|trace)[-_]?id\s*[:=]\s*/i, '')
  return bare.replace(/^["'`[(<]+|["'`\])>,;]+$/g, '').trim()
}

// `a=b`, `a>=5`; an id may well end with the `=` of base64.
const COMPARISON = /[^\s=<>!~](?:[=!]~|!=|[=<>]=?)[^\s=]/

/** Whether it can be nothing but a query: TraceQL, or words of which the first is a comparison such as `>500ms`. */
export function beginsAsQuery(text: string): boolean {
  return /^\s*(?:[{(]|[<>]=?\s*\d)/.test(text)
}

/** Whether it looks like a query, several words or an operator; ids may look so, too. */
export function isQuery(text: string): boolean {
  if (beginsAsQuery(text)) return true
  const id = cleaned(text)
  return /\s/.test(id) || COMPARISON.test(id)
}

/** Finds the page of an id, or the traces of a service. */
export async function resolve(
  api: Api,
  text: string,
  services: readonly string[],
  signal?: AbortSignal,
): Promise<Resolution> {
  const id = cleaned(text)
  if (!id || text.trim().length > LONGEST_ID) return { found: false }
  if (TRACE_ID.test(id)) {
    const traceId = id.toLowerCase()
    if (await exists(() => api.trace(traceId, signal))) return { found: true, href: traceHref(traceId) }
  }
  // A name of a known service could also be a request id, but hardly is one.
  const service = services.find((name) => name.toLowerCase() === id.toLowerCase())
  if (service !== undefined) return { found: true, href: searchHref({ ...NO_FILTERS, service }) }
  // An id may really begin or end with what is mostly a slip of the mouse.
  for (const requestId of new Set([id, text.trim()])) {
    if (await exists(() => api.request(requestId, signal)))
      return { found: true, href: requestHref(requestId) }
  }
  return { found: false }
}

async function exists(look: () => Promise<unknown>): Promise<boolean> {
  try {
    await look()
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

/** Names that begin with the text, then those that hold it; all of them for no text. */
export function suggestions(names: readonly string[], text: string, limit = 12): string[] {
  const needle = text.trim().toLowerCase()
  const starts = names.filter((name) => name.toLowerCase().startsWith(needle))
  const holds = names.filter((name) => !starts.includes(name) && name.toLowerCase().includes(needle))
  return [...new Set([...starts, ...holds])].slice(0, limit)
}
