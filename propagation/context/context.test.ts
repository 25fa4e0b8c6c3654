// The context goes where the work goes, through all that Node puts off until later, and nowhere else.
import { EventEmitter, EventEmitterAsyncResource, on, once } from 'node:events'
import { readFile } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { Duplex, PassThrough, Readable, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, jest, test } from '@jest/globals'
import { coreOf } from '../testing/core.ts'
import { listen } from '../testing/harness.ts'
import { tracerOf, untraced } from '../testing/services.ts'
import { bindContext, type Context, currentContext, runUntraced, runWithContext } from './context.ts'

const contextOf = (requestId: string): Context => ({
  requestId,
  traceId: '463ac35c9f6413ad48485a3953bb6124',
  spanId: 'a2fb4a1d1a96d312',
  sampled: true,
})
const idHere = (): string | undefined => currentContext()?.requestId

type Note = () => void
/** Made before any request: what a service has at its top level. */
const shared = new EventEmitter()

/** Each way calls `note` later, and is over once it has. */
const ways: Record<string, (note: Note) => Promise<unknown>> = {
  setTimeout: (note) => new Promise<void>((ok) => setTimeout(() => ok(note()), 1)),
  setInterval: (note) =>
    new Promise<void>((ok) => {
      let left = 2
      const timer = setInterval(() => {
        note()
        if (--left > 0) return
        clearInterval(timer)
        ok()
      }, 1)
    }),
  setImmediate: (note) => new Promise<void>((ok) => setImmediate(() => ok(note()))),
  nextTick: (note) => new Promise<void>((ok) => process.nextTick(() => ok(note()))),
  queueMicrotask: (note) => new Promise<void>((ok) => queueMicrotask(() => ok(note()))),
  'timers/promises': (note) => pause(1).then(note),
  'promises then, catch and finally': (note) =>
    Promise.resolve()
      .then(note)
      .then(() => Promise.reject(new Error('x')))
      .catch(note)
      .finally(note),
  'Promise.all, race and allSettled': async (note) => {
    await Promise.all([pause(1), Promise.resolve()])
    note()
    await Promise.race([pause(1), pause(2)])
    note()
    await Promise.allSettled([Promise.reject(new Error('x')), pause(1)])
    note()
  },
  'async iterators': async (note) => {
    async function* numbers(): AsyncGenerator<number> {
      for (let at = 0; at < 3; at++) {
        await pause(1)
        note()
        yield at
      }
    }
    for await (const number of numbers()) if (number >= 0) note()
    note()
  },
  thenables: async (note) => {
    // Run by `await`, and settled by a timer.
    await {
      // oxlint-disable-next-line unicorn/no-thenable
      then: (ok: () => void) => {
        note()
        setTimeout(ok, 1)
      },
    }
    note()
  },
  'a promise settled outside': async (note) => {
    const waiting: (() => void)[] = []
    runUntraced(() => setTimeout(() => waiting.forEach((run) => run()), 1))
    await new Promise<void>((ok) => waiting.push(ok))
    note()
  },
  'callbacks of node:fs': (note) =>
    new Promise<void>((ok) => readFile(import.meta.filename, () => ok(note()))),
  'Readable and Transform in a pipeline': (note) =>
    pipeline(
      Readable.from(['a', 'b']),
      new Transform({
        transform(chunk, _encoding, done) {
          note()
          setImmediate(() => done(null, chunk))
        },
        flush(done) {
          note()
          done()
        },
      }),
      new Writable({
        write(_chunk, _encoding, done) {
          note()
          done()
        },
      }),
    ).then(note),
  'listeners and for await on a stream': async (note) => {
    const through = new PassThrough()
    through.on('data', note).once('end', note).once('close', note)
    setTimeout(() => through.end('x'), 1)
    await once(through, 'close')
    for await (const chunk of Duplex.from(['a', 'b'])) if (chunk) note()
    note()
  },
  'an emitter made inside and emitting inside': async (note) => {
    const emitter = new EventEmitter().on('x', note)
    await pause(1)
    emitter.emit('x')
  },
  'an emitter made outside and emitting inside': async (note) => {
    shared.on('x', note)
    await pause(1)
    shared.emit('x')
    shared.off('x', note)
  },
  'events.once and events.on, the emitter emitting outside': async (note) => {
    runUntraced(() => setTimeout(() => shared.emit('y'), 1))
    await once(shared, 'y')
    note()
    runUntraced(() => setTimeout(() => shared.emit('y'), 1))
    for await (const event of on(shared, 'y')) {
      if (event) note()
      break
    }
    note()
  },
  'a listener bound by bindContext, the emitter emitting outside': async (note) => {
    const bound = bindContext(note)
    shared.on('z', bound)
    await new Promise<void>((ok) => {
      shared.once('z', () => ok())
      runUntraced(() => setImmediate(() => shared.emit('z')))
    })
    shared.off('z', bound)
  },
  'an EventEmitterAsyncResource made inside and emitting outside': (note) =>
    new Promise<void>((ok) => {
      const emitter = new EventEmitterAsyncResource({ name: 'test' })
      emitter.on('x', () => ok(note()))
      runUntraced(() => setImmediate(() => emitter.emit('x')))
    }),
  'an AbortSignal': (note) =>
    new Promise<void>((ok) => {
      const controller = new AbortController()
      controller.signal.addEventListener('abort', () => ok(note()))
      setTimeout(() => controller.abort(), 1)
    }),
}

const served = async (fn: () => Promise<unknown>, id: string): Promise<unknown> => {
  const middleware = tracerOf('a').middleware()
  const answer = async (res: ServerResponse): Promise<void> => {
    await fn()
    res.end()
  }
  const port = await listen((req, res) => middleware(req, res, () => void answer(res)))
  return untraced(port, '/', { 'x-request-id': id })
}

const opened: Record<string, (fn: () => Promise<unknown>, id: string) => Promise<unknown>> = {
  runWithContext: (fn, id) => runWithContext(contextOf(id), fn),
  withSpan: (fn, id) => runWithContext(contextOf(id), () => coreOf([]).withSpan('x', fn)),
  'a served request': served,
}

describe.each(Object.keys(opened))('inside of %s', (opener) => {
  test.each(Object.keys(ways))('the context is kept through %s', async (way) => {
    const seen: (string | undefined)[] = []
    await opened[opener]?.(async () => ways[way]?.(() => seen.push(idHere())), 'r-1')
    expect(seen.length).toBeGreaterThan(0)
    expect(new Set(seen)).toEqual(new Set(['r-1']))
    expect(idHere()).toBeUndefined()
  })
})

test('two copies of the library in one process are inside the same request', async () => {
  jest.resetModules()
  const copy = await import('./context.ts')
  expect(copy.currentContext).not.toBe(currentContext)
  const context = contextOf('r-1')
  runWithContext(context, () => {
    expect(copy.currentContext()).toBe(context)
    copy.runUntraced(() => expect(currentContext()).toBeUndefined())
    copy.runWithContext(contextOf('r-2'), () => expect(idHere()).toBe('r-2'))
  })
  expect(copy.currentContext()).toBeUndefined()
})
