// Which page an address names, and the addresses of pages. The URL owns the state of a page, so that a link shows
// another what one sees.

export type Route =
  | { readonly page: 'search' }
  | { readonly page: 'request'; readonly requestId: string }
  | { readonly page: 'trace'; readonly traceId: string }
  /** A trace of a file on the reader's machine. */
  | { readonly page: 'file' }
  | { readonly page: 'services' }
  | { readonly page: 'service'; readonly service: string }
  | { readonly page: 'graph' }
  /** Two traces, or two groups of them as the query has it. */
  | { readonly page: 'compare'; readonly a: string | undefined; readonly b: string | undefined }
  | { readonly page: 'gallery' }
  | { readonly page: 'unknown'; readonly path: string }

const PLAIN = { services: 'services', graph: 'graph', file: 'file', gallery: 'gallery' } as const

export function parseRoute(pathname: string): Route {
  const parts = pathname.split('/').filter((part) => part !== '')
  const [kind, ...ids] = parts.map(decodedOnce)
  const unknown: Route = { page: 'unknown', path: pathname }
  if (parts.length === 0) return { page: 'search' }
  if (kind === undefined || ids.includes(undefined)) return unknown
  const [id, other] = ids
  if (id === undefined) {
    if (kind === 'compare') return { page: 'compare', a: undefined, b: undefined }
    return Object.hasOwn(PLAIN, kind) ? { page: PLAIN[kind as keyof typeof PLAIN] } : unknown
  }
  if (kind === 'compare' && ids.length === 2) return { page: 'compare', a: id, b: other }
  if (ids.length > 1) return unknown
  if (kind === 'requests') return { page: 'request', requestId: id }
  if (kind === 'traces') return { page: 'trace', traceId: id }
  if (kind === 'services') return { page: 'service', service: id }
  return unknown
}

function decodedOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined // A stray % is a page that doesn't exist, not a crash.
  }
}

const id = encodeURIComponent
const withQuery = (path: string, query: string) => (query ? `${path}?${query}` : path)

export const requestHref = (requestId: string) => `/requests/${id(requestId)}`
export const traceHref = (traceId: string, query = '') => withQuery(`/traces/${id(traceId)}`, query)
export const servicesHref = (query = '') => withQuery('/services', query)
export const serviceHref = (service: string, query = '') => withQuery(`/services/${id(service)}`, query)
export const graphHref = (query = '') => withQuery('/graph', query)
export const compareTracesHref = (a: string, b: string) => `/compare/${id(a)}/${id(b)}`
export const compareGroupsHref = (query: string) => withQuery('/compare', query)

/** The query with some of its keys set, or removed where the value is undefined. */
export function withParams(search: string, changes: Readonly<Record<string, string | undefined>>): string {
  const params = new URLSearchParams(search)
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) params.delete(key)
    else params.set(key, value)
  }
  return params.toString()
}

/** Files that other tools open, by the format's name in the API. */
export const FILE_FORMATS = [
  { format: 'zipkin', label: 'Zipkin' },
  { format: 'otlp', label: 'OTLP' },
  { format: 'jaeger', label: 'Jaeger' },
] as const

export const traceFileHref = (traceId: string, format: string) =>
  `/rest/v1/traces/${id(traceId)}?format=${format}`
