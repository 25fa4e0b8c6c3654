// The one search box: finds out whether a text is a trace id, a request id, a service or a query.
import { type Api, isNotFound } from '../api/api.ts'
import { requestHref, traceHref } from '../routing/routes.ts'
import { NO_FILTERS, searchHref } from '../routing/search-url.ts'

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

/**
 * Finds the page of an id, or the traces of a service.
 * @param hasTrace as {@link traceAtServer}
 */
export async function resolve(
  api: Pick<Api, 'request'>,
  text: string,
  services: readonly string[],
  signal?: AbortSignal,
  hasTrace = traceAtServer,
): Promise<Resolution> {
  const id = cleaned(text)
  if (!id || text.trim().length > LONGEST_ID) return { found: false }
  if (TRACE_ID.test(id)) {
    const traceId = id.toLowerCase()
    if (await hasTrace(traceId, signal)) return { found: true, href: traceHref(traceId) }
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

/**
 * Whether there is such a trace, without the trace: whoever has any version of it gets 304 and no body. What else may be wrong the
 * trace's page says; if there is no server, the next question to it says so.
 */
async function traceAtServer(traceId: string, signal?: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(`/rest/v1/traces/${traceId}`, {
      cache: 'no-store',
      headers: { accept: 'application/json', 'if-none-match': '*' },
      ...(signal ? { signal } : {}),
    })
    await response.body?.cancel()
    return response.status !== 404
  } catch (error) {
    console.debug('Trace not looked up', error)
    return false
  }
}
