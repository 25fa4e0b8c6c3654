// Groups of tests that need real servers: Kafka, Elasticsearch, data stores. Where there is none they are skipped, and their titles say
// why; with HOPSCOPE_REQUIRE_BACKENDS=1 they fail instead.
import { get } from 'node:http'
import { beforeAll, describe, test } from '@jest/globals'
import { type Kind, OFFER, type Offer } from './offer.ts'

const REQUIRED = process.env['HOPSCOPE_REQUIRE_BACKENDS'] === '1'
/** The first run on a machine fetches some 250 MB. */
const START_MS = 600_000

const offer: Offer | undefined = JSON.parse(process.env[OFFER] ?? 'null') ?? undefined

/** Its bootstrap servers. Shared by the whole test run: use topics and groups of your own. */
export const sharedKafka = (): Promise<string> => (kafka ??= shared('kafka'))
/** Its URL. Shared by the whole test run: use indices of your own. */
export const sharedElasticsearch = (): Promise<string> => (elasticsearch ??= shared('elasticsearch'))
/** Its URL, with a user and for PostgreSQL a database. Shared by the whole test run: use tables and keys of your own. */
export const sharedPostgres = (): Promise<string> => (postgres ??= shared('postgres'))
export const sharedRedis = (): Promise<string> => (redis ??= shared('redis'))
export const sharedMariadb = (): Promise<string> => (mariadb ??= shared('mariadb'))
let kafka: Promise<string> | undefined
let elasticsearch: Promise<string> | undefined
let postgres: Promise<string> | undefined
let redis: Promise<string> | undefined
let mariadb: Promise<string> | undefined

/** Tests with {@link sharedKafka}; it is up before the first of them. */
export const describeWithKafka = (name: string, body: () => void) =>
  group(name, body, [missing('kafka')], [sharedKafka])
export const describeWithElasticsearch = (name: string, body: () => void) =>
  group(name, body, [missing('elasticsearch')], [sharedElasticsearch])
export const describeWithPostgres = (name: string, body: () => void) =>
  group(name, body, [missing('postgres')], [sharedPostgres])
export const describeWithRedis = (name: string, body: () => void) =>
  group(name, body, [missing('redis')], [sharedRedis])
export const describeWithMariadb = (name: string, body: () => void) =>
  group(name, body, [missing('mariadb')], [sharedMariadb])
export const describeWithBackends = (name: string, body: () => void) =>
  group(name, body, [missing('kafka'), missing('elasticsearch')], [sharedKafka, sharedElasticsearch])

/** Tests that start, stop and kill servers of their own by `startKafka` and `startElasticsearch`. */
export const describeWithOwn = (kinds: readonly Kind[], name: string, body: () => void) =>
  group(name, body, kinds.map((kind) => (offer === undefined ? 'no test run' : offer.whyNoOwn[kind])), []) // prettier-ignore

function missing(kind: Kind): string | undefined {
  const source = offer === undefined ? { missing: 'not run by Jest with our settings' } : offer.shared[kind]
  return typeof source === 'string' ? undefined : source.missing
}

function group(
  name: string,
  body: () => void,
  reasons: readonly (string | undefined)[],
  needs: readonly (() => Promise<string>)[],
): void {
  const reason = reasons.find((reason) => reason !== undefined)
  if (reason === undefined)
    describe(name, () => {
      if (needs.length > 0)
        beforeAll(() => Promise.all(needs.map((need) => need())).then(() => undefined), START_MS)
      body()
    })
  else if (REQUIRED)
    describe(name, () => {
      test('has the backends it needs', () => {
        throw new Error(reason)
      })
    })
  else describe.skip(`${name} (${reason})`, body)
}

/** Not by fetch, which gives up after five minutes. */
function shared(kind: Kind): Promise<string> {
  return new Promise((resolve, reject) => {
    get(`${offer?.host}/${kind}`, (response) => {
      let text = ''
      response.on('data', (part: Buffer) => (text += part.toString()))
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))))
    }).once('error', reject)
  })
}
