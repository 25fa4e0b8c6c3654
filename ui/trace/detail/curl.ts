// Command lines that ask the REST API for what the page shows. They are pasted into a shell, and what is in them was
// written by strangers: nothing of it may be more than text there.

/** One word for sh, bash and zsh, whatever it holds: nothing is special between single quotes but their end. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

const curl = (url: string) => `curl -sS ${shellWord(url)}`

/** @param origin of the page, which is the server's */
export function curlOfTrace(origin: string, traceId: string): string {
  return curl(`${origin}/rest/v1/traces/${encodeURIComponent(traceId)}`)
}

/** The newest traces with a span of this service and operation. */
export function curlOfSearch(
  origin: string,
  service: string | undefined,
  operation: string | undefined,
): string {
  const params = new URLSearchParams()
  if (service) params.set('service', service)
  if (operation) params.set('operation', operation)
  params.set('limit', '20')
  return curl(`${origin}/rest/v1/traces?${params.toString()}`)
}
