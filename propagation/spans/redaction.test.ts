// Tags named like secrets are redacted, ours never; the lists of strangers' keys do not grow.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { areRedactions, redactorOf } from './redaction.ts'

const byDefault = redactorOf()

describe('by default', () => {
  test.each([
    'authorization', 'http.request.header.authorization', 'http.request.header.proxy-authorization',
    'http.request.header.cookie', 'http.response.header.set-cookie', 'password', 'db.password', 'user_password',
    'userPassword', 'PASSWORD', 'http.query.password', 'http.query.Password', 'pAsSwOrD', 'passwd', 'secret',
    'client_secret', 'clientSecret', 'CLIENT-SECRET', 'access_token', 'accessToken', 'AccessToken', 'csrfToken',
    'x-api-key', 'api_key', 'apikey', 'apiKey', 'APIKey', 'http.query.api.key', 'session', 'session_id', 'sessionId',
    'http.request.body.user.passwords', 'private_key', 'aws.secretAccessKey', 'oauth2Token', 'http.query.X-Amz-Signature',
  ])('%s is', (key) => {
    expect(byDefault(key)).toBe(true)
  }) // prettier-ignore

  // Those that this library sets, in its README, and what OpenTelemetry's and Zipkin's users set beside them.
  test.each([
    'request_id', 'http.method', 'http.path', 'http.route', 'http.status_code', 'peer.service', 'peer.host',
    'peer.port', 'outcome', 'error', 'messaging.system', 'messaging.destination.name', 'messaging.kafka.offset',
    'messaging.consumer.group.name', 'messaging.kafka.message.key', 'messaging.operation.name', 'kafka.topic',
    'kafka.partition', 'db.system', 'db.system.name', 'db.statement', 'db.query.text', 'db.name', 'db.namespace',
    'db.operation', 'db.operation.name', 'db.user', 'db.collection.name', 'db.response.status_code', 'sql.query',
    'server.address', 'server.port', 'elasticsearch.index', 'http.request.resend_count', 'http.url', 'job',
    'http.request.header.user-agent', 'http.query.page', 'passwordless', 'tokens.total', 'tokenizer', 'secretary',
    'cookiecutter', 'author', 'key', 'api.version', '', '…',
  ])('%s is not', (key) => {
    expect(byDefault(key)).toBe(false)
  }) // prettier-ignore
})

describe('a list of the service', () => {
  test('adds to the default', () => {
    const redacts = redactorOf(['email', 'Card-Holder', /^x\.secretly/])
    expect(['email', 'user.email', 'userEmail', 'card_holder', 'cardHolder', 'x.secretly.y', 'token'].map(redacts)).toEqual(
      Array(7).fill(true),
    ) // prettier-ignore
    expect(['emails', 'card', 'holder card', 'y.x.secretly'].map(redacts)).toEqual(Array(4).fill(false))
  })

  test('words of letters that are not English are words', () => {
    const redacts = redactorOf(['пароль'])
    expect(redacts('user.пароль')).toBe(true)
    expect(redacts('user.ПАРОЛЬ')).toBe(true)
  })

  test.each([/mail/g, /mail/y, /mail/gi])('%s decides alike every time, and is left as it was', (form) => {
    form.lastIndex = 2
    const redacts = redactorOf([form])
    for (let i = 0; i < 5; i++) expect(redacts(`mail${'!'.repeat(i)}`)).toBe(true)
    expect(form.lastIndex).toBe(2)
  })

  test('what is no text with a word and no RegExp is no entry', () => {
    expect(areRedactions([])).toBe(true)
    expect(areRedactions(['a', 'x-y', /a/])).toBe(true)
    for (const entry of ['', ' ', '--', 7, null, undefined, {}])
      expect(areRedactions(['a', entry])).toBe(false)
    expect(areRedactions('a')).toBe(false)
  })
})

test('decides alike whether it knows a key or has forgotten it', () => {
  const redacts = redactorOf(['email'])
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 128 }), (key) => {
      const first = redacts(key)
      expect(redacts(key)).toBe(first)
      expect(redactorOf(['email'])(key)).toBe(first)
    }),
  )
  for (let i = 0; i < 3000; i++) expect(redacts(`key${i}`)).toBe(false)
  expect(redacts('email')).toBe(true)
})

test('takes time in proportion to the key', () => {
  const start = performance.now()
  for (const part of ['aA', 'A', '.', 'a.', 'api ', '\u0130']) byDefault(part.repeat(100_000))
  expect(performance.now() - start).toBeLessThan(5000)
})
