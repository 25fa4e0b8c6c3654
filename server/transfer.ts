// What `hopscope import` and `hopscope export` have in common: whom they talk to, and how they say what went wrong.
import { InvalidArgumentError } from 'commander'
import { messageOf } from '@hopscope/proto'
import { onOneLine } from './printable.ts'

/** What stops an import or an export, in words for whoever called it. */
export class TransferError extends Error {
  override readonly name = 'TransferError'
}

export const DEFAULT_URL = 'http://127.0.0.1:9411'

/** The address of a server, without the slash at its end. @throws TransferError if it holds a password */
export function urlOption(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw new InvalidArgumentError('It must be a URL such as http://127.0.0.1:9411.')
  // The command line's own error would repeat it.
  if (url.username !== '' || url.password !== '')
    throw new TransferError('--url: A URL with a user or a password in it is not taken.')
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

/** Why a file can't be read or written, without the name of the call and the file: whoever says it names the file. */
export function fileErrorOf(error: unknown): string {
  return messageOf(error).replace(/, [a-z]+(?: '.*')?$/s, '')
}

const SHOWN_LENGTH = 400

/** What came from anywhere, as a part of a message. */
export function shown(text: string): string {
  return onOneLine(text, SHOWN_LENGTH)
}

const numbers = new Intl.NumberFormat('en')

/** `1,234 spans` */
export function counted(count: number, what: string): string {
  return `${numbers.format(count)} ${what}${count === 1 ? '' : 's'}`
}
