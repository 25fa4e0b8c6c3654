// Makes span names and path tags of URLs: no query string, bounded, and in names nothing that is different every time.
const MAX_PATH = 1024
const MAX_NAME = 128

const ID_LIKE = [
  /^\d+$/,
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  /^(?=.*\d)[0-9a-f]{8,}$/i,
  // An address of mail, as it is or encoded.
  /@|%40/,
  // Long and with several digits: a JWT, a bot's token, an ULID, a prefixed id such as ord_4f8Kq2...
  /^(?=(?:\D*\d){3}).{20,}$/s,
  // Longer still, and not made of words as slugs and the names of RPC services are: a token whatever its digits.
  /^(?![A-Za-z]{1,24}\d{0,2}(?:[._-][A-Za-z]{1,24}\d{0,2})*$).{40,}$/s,
]

/** The path of a request target: `/a/b` of `/a/b?c`, `//a`, `http://host/a/b#c`. */
export const pathOf = (target: string | undefined): string => {
  // As nearly all are.
  if (
    target?.startsWith('/') &&
    target.length <= MAX_PATH &&
    !target.includes('?') &&
    !target.includes('#')
  ) {
    return target
  }
  const bounded = (target ?? '/').slice(0, MAX_PATH * 2)
  const path = bounded.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  return (path || '/').slice(0, MAX_PATH)
}

/** The path with numbers, UUIDs, long hex, long tokens and what has an `@` as `:id`, at most 128 characters. */
export const nameOfPath = (path: string): string =>
  path
    .split('/')
    .map((segment) =>
      segment.length <= 256 && ID_LIKE.every((form) => !form.test(segment)) ? segment : ':id',
    )
    .join('/')
    .slice(0, MAX_NAME)
