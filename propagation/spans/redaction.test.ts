// Tags named like secrets are redacted, ours never; the lists of strangers' keys do not grow.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Span } from '../index.ts'
import { Call } from '../clients/outgoing.ts'
import { coreOf } from '../testing/core.ts'
import { areRedactions, ownRedactorOf, redactorOf } from './redaction.ts'

const byDefault = redactorOf()

describe('by default', () => {
  test.each([
    'authorization', 'http.request.header.authorization', 'http.request.header.proxy-authorization',
    'http.request.header.cookie', 'http.response.header.set-cookie', 'password', 'db.password', 'user_password',
    'userPassword', 'PASSWORD', 'http.query.password', 'http.query.Password', 'pAsSwOrD', 'passwd', 'secret',
    'client_secret', 'clientSecret', 'CLIENT-SECRET', 'access_token', 'accessToken', 'AccessToken', 'csrfToken',
    'x-api-key', 'api_key', 'apikey', 'apiKey', 'APIKey', 'http.query.api.key', 'session', 'session_id', 'sessionId',
    'pass_word', 'passWord', 'password1', 'db.password2', 'PASSWORD_01', 'userPassword1', 'token1', 'cvv2', 'passcode',
    'credit card', 'credit_card', 'creditCard', 'creditcard', 'http.request.body.card.creditCardNumber', 'connect.sid',
    'http.query.sid', 'x-auth', 'http.request.header.x-auth', 'X-Auth-User', 'pin', 'user.pin', 'ssn', 'customer.ssn',
    'iban', 'debtorIban', 'signature', 'x-hub-signature-256', 'encryption_key', 'encryptionKey', 'apitoken', 'apiToken',
    'csrftoken', 'xsrftoken', 'secretkey', 'signing-key',
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
    'peer.host', 'db.operation.batch.size', 'db.system.name', 'http.response.header.content-type',
    'http.request.header.x-request-id', 'side', 'sidecar', 'inside', 'outsider', 'pinned', 'pinning', 'shipping', 'spin',
    'ping', 'pins', 'card', 'card.brand', 'credit', 'pass', 'passenger', 'word', 'libanon', 'signed', 'encryption',
    'keyboard', 'auth', 'http.auth', 'authority', 'x1', 'order1', 'k8s.pod.name', 'item.2', 'messageId', 'consider',
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

describe('the tags of our own', () => {
  const target = { method: 'GET', host: 'shop', port: 80, path: '/orders/secret-42?x' }
  const called = (redact?: readonly (string | RegExp)[]): Span | undefined => {
    const spans: Span[] = []
    const core = coreOf(spans, { redacts: redactorOf(redact), redactsOwn: ownRedactorOf(redact) })
    const call = new Call(core, target)
    call.failed(new Error('secret'))
    call.end(false)
    return spans[0]
  }

  test('are hidden where the service’s own list has them, by their names or forms, and so is a name made of them', () => {
    expect(called(['http.path'])).toMatchObject({
      name: 'GET',
      tags: { 'http.path': '[redacted]', error: 'secret' },
    })
    expect(called([/^http\.path$/, 'error'])).toMatchObject({
      name: 'GET',
      tags: { 'http.path': '[redacted]', 'http.method': 'GET', error: '[redacted]', outcome: 'error' },
    })
    expect(called([/./])?.tags).toMatchObject({
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      outcome: 'error',
    })
  })

  test.each([[undefined], [[]], [['email']]])('are not by the list %j', (redact) => {
    expect(called(redact)).toMatchObject({
      name: 'GET /orders/secret-42',
      tags: { 'http.path': '/orders/secret-42', error: 'secret' },
    })
  })
})

test('a key is asked about with more of it than is recorded', () => {
  const spans: Span[] = []
  coreOf(spans).withSpan('x', (span) => span.tag(`${'form.'.repeat(40)}password`, 'secret'))
  expect(JSON.stringify(spans)).not.toContain('secret')
  expect(Object.keys(spans[0]?.tags ?? {})[1]).toHaveLength(128)
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
