// Where the README's programs run in a test: a collector and an inventory of the test's own, and what the programs did.
import type { IncomingHttpHeaders } from 'node:http'
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals'
import type { Span } from '../index.ts'
import { closeAll, fakeCollector, listen } from './harness.ts'
import { blocksOf, type Places, placesOf, Program, readme } from './readme.ts'

export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
/** For tests that start several programs, and what those need. */
export const SLOW = 60_000

export const files = Object.fromEntries(
  blocksOf(readme()).flatMap(({ file, code }) => (file ? [[file, code]] : [])),
)

/** What the programs talk to. */
interface World {
  spans: () => Span[]
  /** What inventory was asked, in order. */
  asked: { path: string | undefined; headers: IncomingHttpHeaders }[]
  places: Places
}
export let world: World
let programs: Program[] = []

const worldOf = async (): Promise<World> => {
  const collector = await fakeCollector()
  const asked: World['asked'] = []
  const inventory = await listen((request, response) => {
    asked.push({ path: request.url, headers: request.headers })
    response.setHeader('content-type', 'application/json').end('{"tea":3}')
  })
  return {
    spans: () => collector.posts.flatMap((post) => post.spans),
    asked,
    places: placesOf({ '127.0.0.1:9411': collector.port, 'inventory:3000': inventory }),
  }
}

/** Starts one in this world; it ends with the test. */
export const started = (...args: ConstructorParameters<typeof Program>): Program => {
  const program = new Program(...args)
  programs.push(program)
  return program
}
export const start = (file: string, variables: NodeJS.ProcessEnv = {}): Program =>
  started(file, files, world.places, variables)

/** For a program that ends by itself: it must do so well, and what it printed is given. */
export const run = async (file: string, variables: NodeJS.ProcessEnv = {}): Promise<string> => {
  const program = start(file, variables)
  const end = await program.end()
  expect({ end, errors: program.errors }).toEqual({ end: 0, errors: '' })
  return program.out
}

/** For a program that serves: one call, and the spans that it has sent once it is ended. */
export const called = async (
  file: string,
  path: string,
  options: RequestInit = {},
  variables: NodeJS.ProcessEnv = {},
): Promise<{ body: string; headers: Headers; requestId: string }> => {
  const program = start(file, variables)
  const response = await fetch(`${await program.url()}${path}`, options)
  const body = await response.text()
  expect({ ok: response.ok, body, errors: program.errors }).toMatchObject({ ok: true, errors: '' })
  expect(await program.end('SIGTERM')).toBe('SIGTERM')
  const requestId = response.headers.get('x-request-id') ?? ''
  return { body, headers: response.headers, requestId }
}

export const spanOf = (kind: Span['kind']): Span => {
  const found = world.spans().filter((span) => span.kind === kind)
  expect(found).toHaveLength(1)
  const [span] = found
  if (!span) throw new Error('there is none')
  return span
}

/** The spans of one trace and one request, by name; those that come last were opened first. */
export const named = (): string[] => {
  const spans = world.spans()
  expect(new Set(spans.map((span) => span.traceId)).size).toBe(1)
  expect(new Set(spans.map((span) => span.tags['request_id'])).size).toBe(1)
  expect(spans.filter((span) => span.tags['outcome'] !== 'success')).toEqual([])
  return spans.map((span) => `${span.kind ?? ''} ${span.name}`)
}

beforeAll(async () => {
  world = await worldOf()
})
afterEach(async () => {
  await Promise.all(programs.map((program) => program.end('SIGKILL')))
  programs = []
  await closeAll()
  world = await worldOf()
})
afterAll(closeAll)
