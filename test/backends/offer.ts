// What backends this machine has to offer, found out once for a test run and handed to its tests by a variable.
import { spawnSync } from 'node:child_process'
import { whyNot } from './distribution.ts'
import { ELASTICSEARCH } from './elasticsearch.ts'
import { KAFKA } from './kafka.ts'
import { whyNoMariadb } from './mariadb.ts'
import { whyNoPostgres } from './postgres.ts'
import { whyNoRedis } from './redis.ts'

export const KINDS = ['kafka', 'elasticsearch', 'postgres', 'redis', 'mariadb'] as const
export type Kind = (typeof KINDS)[number]

/** `given`: by a variable; `started`: by us, from Maven's files; `docker`: by docker compose; else why there is none. */
type Source = 'given' | 'started' | 'docker' | { readonly missing: string }

export interface Offer {
  /** Where the test run's own process is asked for the shared ones. */
  readonly host: string
  readonly shared: Readonly<Record<Kind, Source>>
  /** Why a test can't start one of its own; undefined where it can. */
  readonly whyNoOwn: Readonly<Partial<Record<Kind, string | undefined>>>
}

export const OFFER = 'HOPSCOPE_TEST_BACKENDS'

export const given: Readonly<Record<Kind, string | undefined>> = {
  kafka: process.env['KAFKA_BOOTSTRAP_SERVERS'],
  // Tests talk to one node; a scheme may be missing, as in Zipkin's setting.
  elasticsearch: process.env['ES_HOSTS']?.split(',')[0]?.replace(/^(?!https?:)(?=.)/, 'http://'),
  // By names that are ours alone: tests write to it.
  postgres: process.env['HOPSCOPE_TEST_POSTGRES_URL'],
  redis: process.env['HOPSCOPE_TEST_REDIS_URL'],
  mariadb: process.env['HOPSCOPE_TEST_MARIADB_URL'],
}

/** Those of docker-compose.yml. */
const IN_COMPOSE: ReadonlySet<Kind> = new Set(['kafka', 'elasticsearch'])

export function offerOf(host: string): Offer {
  const docker = hasDocker()
  const whyNoOwn = {
    kafka: whyNot(KAFKA),
    elasticsearch: whyNot(ELASTICSEARCH),
    postgres: whyNoPostgres(),
    redis: whyNoRedis(),
    mariadb: whyNoMariadb(),
  }
  const source = (kind: Kind): Source => {
    if (given[kind]) return 'given'
    const missing = whyNoOwn[kind]
    if (missing === undefined) return 'started'
    if (!IN_COMPOSE.has(kind)) return { missing }
    return docker ? 'docker' : { missing: `${missing}, and no running Docker engine with compose` }
  }
  return {
    host,
    whyNoOwn,
    shared: {
      kafka: source('kafka'),
      elasticsearch: source('elasticsearch'),
      postgres: source('postgres'),
      redis: source('redis'),
      mariadb: source('mariadb'),
    },
  }
}

function hasDocker(): boolean {
  const works = (...args: string[]) =>
    spawnSync('docker', args, { stdio: 'ignore', timeout: 5_000 }).status === 0
  return works('compose', 'version') && works('info')
}
