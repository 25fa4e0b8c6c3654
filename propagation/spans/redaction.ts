// Which tags hold secrets by their names: their values are not recorded.
import { types } from 'node:util'

/** Words that name a credential, always redacted; several words are found where they follow each other. */
const ALWAYS = [
  'authorization', 'credential', 'credentials', 'cookie', 'cookies',
  'password', 'passwords', 'pass word', 'passwd', 'passphrase', 'passcode', 'pwd', 'pin', 'otp',
  'secret', 'secrets', 'clientsecret', 'secretkey', 'signature', 'x auth',
  'token', 'accesstoken', 'refreshtoken', 'idtoken', 'authtoken', 'apitoken', 'sessiontoken', 'csrftoken', 'xsrftoken',
  'jwt', 'bearer', 'csrf', 'xsrf', 'api key', 'apikey', 'access key', 'accesskey', 'private key', 'privatekey',
  'encryption key', 'encryptionkey', 'signing key', 'signingkey',
  'session', 'sessionid', 'jsessionid', 'phpsessid', 'sid',
  'credit card', 'creditcard', 'card number', 'cardnumber', 'cvv', 'cvc', 'iban', 'ssn',
] // prettier-ignore

const MAX_KNOWN = 1000
const MAX_ENTRIES = 1000
const NO_WORD = /[^\p{L}\p{N}]+/u
const LAST_DIGITS = /(?<=\p{L})\p{N}+(?= )/gu
const CAMEL = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu

/** Words in lower case, each between spaces: ` db user password ` of `db.userPassword`. */
const wordsOf = (text: string): string => ` ${text.split(NO_WORD).filter(Boolean).join(' ').toLowerCase()} `

/** Whether the option `redact` can be right. */
export const areRedactions = (value: unknown): value is readonly (string | RegExp)[] =>
  Array.isArray(value) &&
  value.length <= MAX_ENTRIES &&
  value.every((entry) => types.isRegExp(entry) || (typeof entry === 'string' && wordsOf(entry).trim() !== ''))

/** Options' text for what {@link areRedactions} wants. */
export const REDACT_MUST = 'a list of at most 1000 names, with a letter or a digit each, and RegExps'

/**
 * Whether the value of the tag of this name is to be redacted: by the default list, and by one of `list`, which is the
 * service's.
 * A text fits where its words are words of the name, one after the other, in any case: words end at anything but letters
 * and digits, and where a capital begins another. So `password` fits `db.password`, `user_password` and `userPassword`,
 * but not `passwordless`; `api-key` fits `x-api-key` and `apiKey`. Digits that a word ends with need not be there:
 * `password` fits `password1`. A RegExp is tested against the name as it is.
 */
export const redactorOf = (list: readonly (string | RegExp)[] = []): ((key: string) => boolean) =>
  redactorBy([...ALWAYS, ...list])

/**
 * The same by the service's list alone: for the tags of our own, which the default list has nothing to say of.
 * `undefined` where there is none, so that it costs nothing.
 */
export const ownRedactorOf = (
  list: readonly (string | RegExp)[] = [],
): ((key: string) => boolean) | undefined => (list.length > 0 ? redactorBy(list) : undefined)

const redactorBy = (list: readonly (string | RegExp)[]): ((key: string) => boolean) => {
  const words: string[] = []
  const forms: RegExp[] = []
  for (const entry of list) {
    // A copy: its lastIndex is ours, whatever the service does with the one it gave.
    if (typeof entry === 'string') words.push(entry)
    else forms.push(new RegExp(entry))
  }
  const wanted = words.map(wordsOf)
  const decide = (key: string): boolean => {
    // As it is, and taken apart where a capital begins a word; a bar between, so that nothing fits across the two.
    const text = `${wordsOf(key)}|${wordsOf(key.replace(CAMEL, ' '))}`
    const bare = text.replace(LAST_DIGITS, '')
    if (wanted.some((word) => text.includes(word) || bare.includes(word))) return true
    return forms.some((form) => {
      form.lastIndex = 0
      return form.test(key)
    })
  }
  const known = new Map<string, boolean>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    // Cleared, not trimmed: the few keys of a service are soon known again.
    if (known.size >= MAX_KNOWN) known.clear()
    const redacts = decide(key)
    known.set(key, redacts)
    return redacts
  }
}
