// Where the context is lost by itself, and what `bindContext` does about it.
import { EventEmitter } from 'node:events'
import { describe, expect, test } from '@jest/globals'
import {
  type Context,
  bindContext,
  currentContext,
  currentOwner,
  runOwned,
  runUntraced,
  runWithContext,
} from './context.ts'

const contextOf = (requestId: string): Context => ({
  requestId,
  traceId: '463ac35c9f6413ad48485a3953bb6124',
  spanId: 'a2fb4a1d1a96d312',
  sampled: true,
})
const idHere = (): string | undefined => currentContext()?.requestId

describe('bindContext', () => {
  test('runs a function in the context it was bound in, owner and all, wherever it is called', () => {
    const owner = {}
    const bound = runOwned(contextOf('r-1'), owner, () => bindContext(() => [idHere(), currentOwner()]))
    expect(bound()).toEqual(['r-1', owner])
    expect(runWithContext(contextOf('r-2'), () => [bound(), idHere()])).toEqual([['r-1', owner], 'r-2'])
    expect(runUntraced(bound)).toEqual(['r-1', owner])
    const nowhere = bindContext(idHere)
    expect(runWithContext(contextOf('r-2'), nowhere)).toBeUndefined()
  })

  test('passes this, arguments, result and errors as they are', () => {
    const broken = new Error('broken')
    const bound = bindContext(function (this: { a: number }, b: number, ...more: number[]) {
      if (more.length > 1) throw broken
      return [this.a, b, more]
    })
    expect(bound.call({ a: 1 }, 2, 3)).toEqual([1, 2, [3]])
    expect(() => bound.call({ a: 1 }, 2, 3, 4)).toThrow(broken)
  })

  test('keeps to the request that asked when a pool runs the callback as another lets go of its place', async () => {
    /** A pool of one, as many are written: who releases runs the next in line. */
    const pool = {
      busy: false,
      waiting: [] as (() => void)[],
      acquire(use: () => void): void {
        if (this.busy) this.waiting.push(use)
        else {
          this.busy = true
          use()
        }
      },
      release(): void {
        this.busy = false
        const next = this.waiting.shift()
        if (next) this.acquire(next)
      },
    }
    const request = (id: string, bind: typeof bindContext): Promise<[string, string | undefined]> =>
      runWithContext(
        contextOf(id),
        () =>
          new Promise((done) => {
            pool.acquire(
              bind(() => {
                const seen = idHere()
                setImmediate(() => {
                  pool.release()
                  done([id, seen])
                })
              }),
            )
          }),
      )
    const bare = await Promise.all(['a', 'b', 'c'].map((id) => request(id, (fn) => fn)))
    const bound = await Promise.all(['a', 'b', 'c'].map((id) => request(id, bindContext)))
    // Not a wish, but what Node does: the first's id for all.
    expect(bare.map(([, seen]) => seen)).toEqual(['a', 'a', 'a'])
    for (const [id, seen] of bound) expect(seen).toBe(id)
  })

  test('is what a listener needs whose emitter emits elsewhere: by itself it runs where the emit is', () => {
    const seen: (string | undefined)[] = []
    const emitter = runWithContext(contextOf('r-1'), () =>
      new EventEmitter()
        .on('x', () => seen.push(idHere()))
        .on(
          'x',
          bindContext(() => seen.push(idHere())),
        ),
    )
    emitter.emit('x')
    runWithContext(contextOf('r-2'), () => emitter.emit('x'))
    expect(seen).toEqual([undefined, 'r-1', 'r-2', 'r-1'])
  })
})
