// Requests served at the same time: each sees its own ids, whatever the order things happen in.
import { EventEmitter } from 'node:events'
import http from 'node:http'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { coreOf } from '../testing/core.ts'
import { listen, until } from '../testing/harness.ts'
import { tracerOf } from '../testing/services.ts'
import { bindContext, type Context, currentContext, runUntraced, runWithContext } from './context.ts'

const idHere = (): string | undefined => currentContext()?.requestId

const emitter = new EventEmitter().setMaxListeners(0)
const core = coreOf([])
const waiting: (() => void)[] = []

const STEPS: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
  await: () => Promise.resolve(),
  timer: (id) => new Promise((ok) => setTimeout(ok, id.length % 3)),
  immediate: () => new Promise((ok) => setImmediate(ok)),
  tick: () => new Promise<void>((ok) => process.nextTick(ok)),
  microtask: () => new Promise<void>((ok) => queueMicrotask(ok)),
  span: () => core.withSpan('x', () => new Promise((ok) => setImmediate(ok))),
  untraced: () => runUntraced(() => new Promise((ok) => setImmediate(ok))),
  // One request lets the others go on, each in its own context.
  wake: () => {
    for (const run of waiting.splice(0)) run()
    return Promise.resolve()
  },
  // Woken by whichever request comes to it first, or by the timer.
  wait: (id) =>
    new Promise<void>((ok, no) => {
      const woken = bindContext(() => (idHere() === id ? ok() : no(new Error(`${id} woke as ${idHere()}`))))
      waiting.push(woken)
      setTimeout(woken, 2)
    }),
  emit: async (id) => {
    let seen: string | undefined
    const listener = (): void => {
      seen = idHere()
    }
    emitter.on(id, listener).emit(id)
    emitter.off(id, listener)
    if (seen !== id) throw new Error(`${id} heard as ${String(seen)}`)
  },
}

/** Walks the steps, and gives the ids seen on the way that are not its own. */
const walk = async (id: string, steps: readonly string[]): Promise<unknown[]> => {
  const foreign: unknown[] = []
  for (const step of steps) {
    await STEPS[step]?.(id)
    if (idHere() !== id) foreign.push([step, idHere()])
  }
  return foreign
}

const scripts = fc.array(fc.array(fc.constantFrom(...Object.keys(STEPS)), { minLength: 1, maxLength: 8 }), {
  minLength: 2,
  maxLength: 5,
})

describe('requests at the same time never see each other’s ids', () => {
  test('in any interleaving of awaits, timers, emitters and callbacks of one another', async () => {
    const contextOf = (requestId: string): Context => ({
      requestId,
      traceId: '463ac35c9f6413ad48485a3953bb6124',
      spanId: 'a2fb4a1d1a96d312',
      sampled: true,
    })
    await fc.assert(
      fc.asyncProperty(scripts, async (all) => {
        const walks = all.map((steps, at) =>
          runWithContext(contextOf(`r${'-'.repeat(at)}`), () => walk(`r${'-'.repeat(at)}`, steps)),
        )
        expect((await Promise.all(walks)).flat()).toEqual([])
        expect(idHere()).toBeUndefined()
      }),
      { numRuns: 100 },
    )
  })

  test('served by one service, on the same connections', async () => {
    const middleware = tracerOf('a').middleware()
    const answer = async (req: http.IncomingMessage, res: http.ServerResponse): Promise<void> => {
      const id = String(req.headers['x-request-id'])
      const steps = JSON.parse(decodeURIComponent(String(req.url).slice(1))) as string[]
      res.end(JSON.stringify(await walk(id, steps).catch(String)))
    }
    const port = await listen((req, res) => middleware(req, res, () => void answer(req, res)))
    const agent = new http.Agent({ keepAlive: true, maxSockets: 2 })
    const ask = (id: string, steps: readonly string[]): Promise<string> =>
      runUntraced(
        () =>
          new Promise((ok, no) => {
            const path = `/${encodeURIComponent(JSON.stringify(steps))}`
            const headers = { 'x-request-id': id }
            http
              .get({ host: '127.0.0.1', port, path, agent, headers }, (res) => {
                let body = ''
                res.on('data', (chunk: Buffer) => (body += chunk.toString())).on('end', () => ok(body))
              })
              .on('error', no)
          }),
      )
    await fc.assert(
      fc.asyncProperty(scripts, async (all) => {
        const answers = await Promise.all(all.map((steps, at) => ask(`r${'-'.repeat(at)}`, steps)))
        expect(answers).toEqual(all.map(() => '[]'))
      }),
      { numRuns: 50 },
    )
    agent.destroy()
  })
})

describe('a served request', () => {
  test('is the context of listeners on its body and on its response', async () => {
    const seen: Record<string, string | undefined> = {}
    const note = (what: string) => (): void => {
      seen[what] = idHere()
    }
    const middleware = tracerOf('a').middleware()
    const answer = async (req: http.IncomingMessage, res: http.ServerResponse): Promise<void> => {
      res.on('finish', note('finish')).on('close', note('close'))
      if (req.url === '/for-await') {
        for await (const chunk of req) if (chunk) note('for await')()
        note('after for await')()
        res.end()
        return
      }
      req.on('data', note('data')).on('close', note('request close'))
      req.on('end', () => {
        note('end')()
        res.end()
      })
    }
    const port = await listen((req, res) => middleware(req, res, () => void answer(req, res)))
    for (const path of ['/listeners', '/for-await']) {
      delete seen['close']
      await runUntraced(() =>
        fetch(`http://127.0.0.1:${port}${path}`, {
          method: 'POST',
          body: 'x'.repeat(200_000),
          headers: { 'x-request-id': path },
        }),
      )
      await until('close', () => 'close' in seen)
      const names =
        path === '/listeners' ? ['data', 'end', 'request close'] : ['for await', 'after for await']
      for (const name of [...names, 'finish', 'close']) expect([name, seen[name]]).toEqual([name, path])
    }
  })
})
