// The reader's own link to the logs of a span: an address with placeholders, which the browser keeps.
import { recall, remember } from '../../design/preferences.ts'

export const PLACEHOLDERS = ['traceId', 'spanId', 'requestId', 'service', 'start', 'end'] as const
type Placeholder = (typeof PLACEHOLDERS)[number]

export type LogsValues = Readonly<Record<Placeholder, string>>
export type LogsProblem = 'scheme' | 'placeholder' | 'address'

const KEY = 'hopscope.logs'
const LONGEST = 2000
/** The host ends before anything of a span may follow: no span decides where a link leads. */
const BEGINNING = /^https?:\/\/[^/?#{}\s@\\]+[/?#]/i

export const recallLogsPattern = (): string => recall(KEY) ?? ''
/** '' forgets it. */
export const rememberLogsPattern = (pattern: string) => remember(KEY, pattern || undefined)

/** undefined for a pattern that {@link logsHref} makes links of. */
export function logsProblem(pattern: string): LogsProblem | undefined {
  if (!BEGINNING.test(pattern)) return 'scheme'
  for (const [, name = ''] of pattern.matchAll(/\{([^{}]*)\}/g))
    if (!PLACEHOLDERS.some((known) => known === name)) return 'placeholder'
  return pattern.length <= LONGEST && URL.canParse(pattern) ? undefined : 'address'
}

/** undefined if there is no good pattern. Values are percent-encoded, so that each stays in its place. */
export function logsHref(pattern: string, values: LogsValues): string | undefined {
  if (logsProblem(pattern) !== undefined) return undefined
  const filled = pattern.replace(/\{([^{}]*)\}/g, (_, name: string) => encoded(values[name as Placeholder]))
  if (!URL.canParse(filled)) return undefined
  const { protocol, href } = new URL(filled)
  return protocol === 'https:' || protocol === 'http:' ? href : undefined
}

/** Half of a surrogate pair, which has no encoding, becomes U+FFFD; dots alone, which would lead a folder up, nothing. */
const encoded = (text: string) =>
  encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(/^\.{1,2}$/, '')
