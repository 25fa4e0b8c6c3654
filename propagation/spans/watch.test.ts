// What a watched call gives back, who hears of its failure, and that its span ends either way.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import type { Span } from '../index.ts'
import { coreOf } from '../testing/core.ts'

/** As the promises of got: with a method of its own. */
const decorated = <T>(promise: Promise<T>): Promise<T> & { json: () => string } =>
  Object.assign(promise, { json: () => '{}' })

class Own<T> extends Promise<T> {}

const outcomes = (spans: readonly Span[]): unknown[] =>
  spans.map(({ tags }) => [tags['outcome'], tags['error']])

describe('what is given back', () => {
  const spans: Span[] = []
  const core = coreOf(spans)

  test('of a plain promise is one that settles alike, once the span has ended', async () => {
    spans.splice(0)
    const value = {}
    const given = core.withSpan('x', () => Promise.resolve(value))
    expect(spans).toEqual([])
    expect(await given).toBe(value)
    expect(spans).toHaveLength(1)
    const error = new Error('no')
    await expect(core.withSpan('x', () => Promise.reject(error))).rejects.toBe(error)
    expect(outcomes(spans)).toEqual([
      ['success', undefined],
      ['error', 'no'],
    ])
  })

  test('of one with properties or a class of its own is that promise itself', async () => {
    spans.splice(0)
    const got = decorated(Promise.resolve(1))
    const own = new Own((ok) => ok(1))
    expect(core.withSpan('x', () => got)).toBe(got)
    expect(core.withSpan('x', () => own)).toBe(own)
    await Promise.all([got, own])
    expect(outcomes(spans)).toEqual([
      ['success', undefined],
      ['success', undefined],
    ])
  })

  test('is what it is where its `then` can’t be read or throws, and the span ends', () => {
    spans.splice(0)
    const broken = new Error('broken then')
    const throwing = (): never => {
      throw broken
    }
    // oxlint-disable-next-line unicorn/no-thenable
    const getter = Object.defineProperty({}, 'then', { get: throwing })
    // oxlint-disable-next-line unicorn/no-thenable
    const promise = Object.assign(Promise.resolve(1), { then: throwing })
    expect(core.withSpan('getter', () => getter) === getter).toBe(true)
    expect(core.withSpan('promise', () => promise) === promise).toBe(true)
    expect(outcomes(spans)).toEqual([
      ['success', undefined],
      ['error', 'broken then'],
    ])
  })

  test('of a query whose `then` throws is a promise that fails with it', async () => {
    spans.splice(0)
    const broken = new Error('broken then')
    const query = {
      // oxlint-disable-next-line unicorn/no-thenable
      then: (): never => {
        throw broken
      },
    }
    await expect(core.withSpan('query', () => query)).rejects.toBe(broken)
    expect(outcomes(spans)).toEqual([['error', 'broken then']])
  })
})

describe('a rejection', () => {
  const library = new URL('../dist/index.js', import.meta.url)

  /** The messages of the rejections that the process is told of as unhandled: Jest has none of these reach a test. */
  const unhandledIn = async (script: string): Promise<string[]> => {
    if (!existsSync(fileURLToPath(library))) throw new Error('build first: these tests run the built library')
    const source = `import { createTracer } from ${JSON.stringify(library.href)}
      const unhandled = []
      process.on('unhandledRejection', (error) => unhandled.push(error.message))
      process.on('exit', () => console.log(JSON.stringify(unhandled)))
      const reporter = { report: async () => { throw new Error('report') }, flush: async () => true,
        close: async () => {}, stats: () => ({}) }
      const tracer = createTracer({ service: 'child', reporter, log: () => undefined, enableHttpTracing: false })
      const fails = (message) => async () => { await null; throw new Error(message) }
      const { Producer, Redis, Client, Pool } = {
        Producer: class { send = fails('send'); sendBatch = fails('batch'); transaction = fails('transaction') },
        Redis: class {
          pipeline() { return { isPipeline: true, length: 1, exec: fails('pipeline') } }
          multi() {}
          sendCommand(command) { return command.promise }
        },
        Client: class { query() { return fails('query')() } connect() {} },
        Pool: class { totalCount = 0; query() {} connect() { return fails('connect')() } },
      }
      ${script}`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', source])
    return JSON.parse(stdout) as string[]
  }

  test('that nobody handles is told to the process, once', async () => {
    const seen = await unhandledIn(`
      tracer.withSpan('span', fails('span'))
      tracer.runWithRequest('request', fails('request'))
      tracer.kafkaEachMessage(fails('message'))({ topic: 't', partition: 0, message: {} })
      tracer.kafkaProducer(new Producer()).send({ topic: 't', messages: [{ value: 'x' }] })
      tracer.withSpan('lazy', () => ({ then: (ok, no) => fails('lazy')().then(ok, no) }))
      tracer.withSpan('stores', () => {
        tracer.pg(new Client()).query('select 1')
        const redis = tracer.ioredis(new Redis())
        redis.sendCommand({ name: 'get', promise: fails('command')() })
        redis.pipeline().exec()
        tracer.pg(new Pool()).connect()
      })`)
    expect(seen.sort()).toEqual(
      ['span', 'request', 'message', 'send', 'lazy', 'query', 'command', 'pipeline', 'connect'].sort(),
    )
  })

  test('that somebody handles is not', async () => {
    const seen = await unhandledIn(`
      const handled = (promise) => promise.then(() => console.log('!'), () => undefined)
      handled(tracer.withSpan('span', fails('span')))
      handled(tracer.runWithRequest('request', fails('request')))
      handled(tracer.kafkaProducer(new Producer()).send({ topic: 't', messages: [{ value: 'x' }] }))
      handled(tracer.withSpan('got', () => Object.assign(fails('got')(), { json() {} })))
      tracer.withSpan('stores', () => {
        handled(tracer.pg(new Client()).query('select 1'))
        const redis = tracer.ioredis(new Redis())
        handled(redis.sendCommand({ name: 'get', promise: fails('command')() }))
        handled(redis.pipeline().exec())
        handled(tracer.pg(new Pool()).connect())
        // By a callback: the promise is handled by the library, and not looked at by the service.
        const promise = fails('callback')()
        handled(promise)
        redis.sendCommand({ name: 'get', promise, callback() {} })
        const executed = fails('executed')()
        handled(executed)
        tracer.ioredis(Object.assign(new Redis(), {
          pipeline: () => ({ isPipeline: true, length: 1, exec: () => executed }),
        })).pipeline().exec(() => undefined)
      })`)
    expect(seen).toEqual([])
  })
})
