// What `hopscope import` and `hopscope export` have in common: whom they talk to, and how they say what went wrong.
import { InvalidArgumentError } from 'commander'

/** What stops an import or an export, in words for whoever called it. */
export class TransferError extends Error {
  override readonly name = 'TransferError'
}

export const DEFAULT_URL = 'http://127.0.0.1:9411'

/** The address of a server, without the slash at its end. */
export function urlOption(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw new InvalidArgumentError('It must be a URL such as http://127.0.0.1:9411.')
  return url.href.replace(/\/+$/, '')
}

/** Why fetch() failed: its own words are only "fetch failed". */
export function causeOf(error: unknown): string {
  let cause = error
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause
  if (!(cause instanceof Error)) return String(cause)
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  return cause.message === '' ? code : cause.message
}

/** What the body of an error answer says: problem details, OTLP's Status, or text. */
export function detailOf(body: string): string {
  try {
    const parsed = JSON.parse(body) as { detail?: unknown; message?: unknown } | null
    const detail = parsed?.detail ?? parsed?.message
    if (typeof detail === 'string') return detail
  } catch {
    // It is text.
  }
  return body.trim()
}

const SHOWN_LENGTH = 400
/** Controls, and the marks that turn the direction of text. */
const UNPRINTABLE = /[^\P{C}]/gu

/** What came from anywhere, on one line and without power over the terminal. */
export function onOneLine(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .slice(0, SHOWN_LENGTH)
    .replaceAll(UNPRINTABLE, (each) => `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`)
}

const numbers = new Intl.NumberFormat('en')

/** `1,234 spans` */
export function counted(count: number, what: string): string {
  return `${numbers.format(count)} ${what}${count === 1 ? '' : 's'}`
}
