import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from '@jest/globals'
import { AnswerTooLarge, Connection, type ConnectionOptions, Refused } from './connection.ts'
import { type Answer, deadUrl, fakeCluster, type Script } from './testing/fake-cluster.ts'
import { TEST_CERTIFICATE } from './testing/tls.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function clusterOf(script: Script, options?: { tls: boolean }) {
  const cluster = await fakeCluster(script, options)
  closing.push(() => cluster.close())
  return cluster
}

function connectionTo(hosts: readonly string[], options: Partial<ConnectionOptions> = {}): Connection {
  const connection = new Connection({ hosts, timeoutMs: 60_000, ...options })
  closing.push(() => connection.close())
  return connection
}

const failure = async (asking: Promise<unknown>): Promise<Error> =>
  asking.then(
    () => new Error('it answered'),
    (error: unknown) => error as Error,
  )

describe('who we are', () => {
  test('user name and password arrive, whatever they hold', async () => {
    const { url, asked } = await clusterOf(() => ({}))
    await connectionTo([url], { username: 'me', password: 'p:ä@%40' }).ask('GET', '/')
    const [scheme, value = ''] = asked[0]?.headers.authorization?.split(' ') ?? []
    expect([scheme, Buffer.from(value, 'base64').toString()]).toEqual(['Basic', 'me:p:ä@%40'])
  })

  test('an API key arrives', async () => {
    const { url, asked } = await clusterOf(() => ({}))
    await connectionTo([url], { apiKey: 'a2V5' }).ask('GET', '/')
    expect(asked[0]?.headers.authorization).toBe('ApiKey a2V5')
  })

  test('without either nothing is said', async () => {
    const { url, asked } = await clusterOf(() => ({}))
    await connectionTo([url]).ask('GET', '/')
    expect(asked[0]?.headers.authorization).toBeUndefined()
  })
})

describe('by TLS', () => {
  test('the authority given is trusted', async () => {
    const { url } = await clusterOf(() => ({ json: { up: true } }), { tls: true })
    await expect(connectionTo([url], { ca: TEST_CERTIFICATE }).ask('GET', '/')).resolves.toEqual({ up: true })
  })

  test('a certificate that nobody vouches for is refused', async () => {
    const { url, asked } = await clusterOf(() => ({}), { tls: true })
    await expect(connectionTo([url]).ask('GET', '/')).rejects.toMatchObject({
      code: 'store-unavailable',
      detail: expect.stringContaining('self-signed certificate'),
    })
    expect(asked).toEqual([])
  })
})

describe('an error', () => {
  const SECRETS = ['s3cret', 'k3y', Buffer.from('me:s3cret').toString('base64')]
  const ANSWERS: Record<string, Answer> = {
    'an unknown user': { status: 401, json: { error: { type: 'security_exception', reason: 'who?' } } },
    'a missing right': { status: 403, json: { error: { type: 'security_exception', reason: 'no' } } },
    'a busy cluster': { status: 429 },
    'a broken cluster': { status: 500, json: { error: 'oops' } },
    'a bad request': { status: 400, json: { error: { type: 'parsing_exception', reason: 'huh' } } },
    'a cut connection': 'hang up',
    'no answer': 'silence',
  }
  const AUTHS: Partial<ConnectionOptions>[] = [{ username: 'me', password: 's3cret' }, { apiKey: 'k3y' }]

  test.each(Object.keys(ANSWERS))('of %s tells no secret, however deep one looks', async (name) => {
    const { url } = await clusterOf(() => ANSWERS[name]!)
    for (const auth of AUTHS)
      for (const body of [{ query: {} }, Buffer.from('{"create":{}}\n{}\n')]) {
        const connection = connectionTo([url], { ...auth, timeoutMs: 300 })
        const error = await failure(connection.ask('POST', '/_bulk', { body }))
        const text = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error)
        expect(error.message).not.toBe('it answered')
        for (const secret of SECRETS) expect(text).not.toContain(secret)
      }
  })

  test('of a password in a URL tells no secret either', async () => {
    const url = (await deadUrl()).replace('//', '//me:s3cret@')
    const connection = connectionTo([url])
    expect(connection.hosts).not.toContain('s3cret')
    const error = await failure(connection.ask('GET', '/'))
    expect(error).toMatchObject({ code: 'store-unavailable' })
    for (const secret of SECRETS) expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(secret)
  })

  test('says in words why nobody is let in', async () => {
    for (const name of ['an unknown user', 'a missing right']) {
      const { url } = await clusterOf(() => ANSWERS[name]!)
      await expect(connectionTo([url]).ask('GET', '/')).rejects.toMatchObject({
        code: 'store-unavailable',
        detail: expect.stringMatching(/refuses access \(40\d security_exception.*Check its user name/),
      })
    }
  })

  test('of what will not change by asking again has its status, type and reason', async () => {
    const json = { error: { root_cause: [{ type: 'parsing_exception', reason: 'huh' }], type: 'outer' } }
    const { url } = await clusterOf(() => ({ status: 400, json }))
    const error = await failure(connectionTo([url]).ask('GET', '/'))
    expect(error).toBeInstanceOf(Refused)
    expect(error).toMatchObject({ status: 400, type: 'parsing_exception', message: '400 parsing_exception: huh' }) // prettier-ignore
  })

  test('says that there was no answer in time', async () => {
    const { url } = await clusterOf(() => 'silence')
    const error = await failure(connectionTo([url]).ask('GET', '/', { timeoutMs: 50 }))
    expect(error).toMatchObject({ code: 'store-unavailable', detail: expect.stringContaining('in time') })
  })
})

describe('an answer', () => {
  test('that says 404 is what the caller takes for missing', async () => {
    const { url } = await clusterOf(() => ({ status: 404, json: { error: 'none' } }))
    await expect(connectionTo([url]).ask('GET', '/x', { missing: 'none' })).resolves.toBe('none')
    expect(await failure(connectionTo([url]).ask('GET', '/x'))).toBeInstanceOf(Refused)
  })

  test('that is larger than 64 MiB is not read', async () => {
    const { url } = await clusterOf(() => ({ json: 'x'.repeat(65 * 2 ** 20) }))
    expect(await failure(connectionTo([url]).ask('GET', '/'))).toBeInstanceOf(AnswerTooLarge)
  })

  test('never comes once closed', async () => {
    const { url, asked } = await clusterOf(() => ({}))
    const connection = connectionTo([url])
    await connection.close()
    expect(await failure(connection.ask('GET', '/'))).toMatchObject({ code: 'store-unavailable' })
    expect(asked).toEqual([])
  })
})

describe('several hosts', () => {
  test('share the questions', async () => {
    const clusters = await Promise.all([1, 2, 3].map(() => clusterOf(() => ({}))))
    const connection = connectionTo(clusters.map(({ url }) => url))
    for (let i = 0; i < 30; i++) await connection.ask('GET', '/')
    for (const { asked } of clusters) expect(asked.length).toBeGreaterThan(0)
  })

  test('one dead, the questions go on at the others', async () => {
    const { url, asked } = await clusterOf(() => ({ json: { up: true } }))
    const connection = connectionTo([await deadUrl(), url, await deadUrl()])
    for (let i = 0; i < 30; i++) await expect(connection.ask('GET', '/')).resolves.toEqual({ up: true })
    expect(asked).toHaveLength(30)
  })

  test('all dead, the error names them without secrets', async () => {
    const hosts = [await deadUrl(), await deadUrl()]
    const error = await failure(connectionTo(hosts).ask('GET', '/'))
    for (const host of hosts) expect(error.message).toContain(host)
  })
})
