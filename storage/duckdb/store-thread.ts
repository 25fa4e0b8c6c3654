// The thread that the store works in, seen from outside: questions go in by name, answers come back. If the
// thread dies (out of memory, a fatal error of the database) the next question starts another.
import { Worker } from 'node:worker_threads'
import { HopscopeError } from '@hopscope/proto'
import type { CallName, Calls, Reply, ReplyError, Request } from './protocol.ts'

interface Waiting {
  readonly resolve: (answer: never) => void
  readonly reject: (error: Error) => void
}

/** A thread that dies at once would otherwise be started again and again at full speed. */
const RESTART_MS = 1000

export class StoreThread {
  readonly #file: URL
  readonly #workerData: unknown
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #startedAt = -Infinity
  #lastId = 0
  #closed = false

  constructor(file: URL, workerData: unknown) {
    this.#file = file
    this.#workerData = workerData
  }

  /** @throws HopscopeError `store-unavailable` when the thread is gone before it has answered */
  call<Name extends CallName>(
    call: Name,
    ask: Calls[Name]['ask'],
    transfer: ArrayBuffer[] = [],
  ): Promise<Calls[Name]['answer']> {
    return new Promise((resolve, reject) => {
      const worker = this.#running()
      const id = ++this.#lastId
      this.#waiting.set(id, { resolve, reject })
      worker.postMessage({ id, call, ask } satisfies { [Key in keyof Request]: unknown }, transfer)
    })
  }

  async end(): Promise<void> {
    this.#closed = true
    await this.#worker?.terminate()
  }

  #running(): Worker {
    if (this.#closed) throw new HopscopeError('store-unavailable', 'The store is closed.')
    if (this.#worker !== undefined) return this.#worker
    if (performance.now() - this.#startedAt < RESTART_MS)
      throw new HopscopeError('store-unavailable', 'The store is starting again after a failure.')
    this.#startedAt = performance.now()
    const worker = new Worker(this.#file, { workerData: this.#workerData })
    let cause: Error | undefined
    worker.on('message', (reply: Reply) => this.#answer(reply))
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', () => this.#gone(worker, cause))
    this.#worker = worker
    return worker
  }

  #answer(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('error' in reply) waiting?.reject(errorFrom(reply.error))
    else waiting?.resolve(reply.answer as never)
  }

  #gone(worker: Worker, cause: Error | undefined): void {
    if (this.#worker === worker) this.#worker = undefined
    const error = new HopscopeError('store-unavailable', "The store's thread has ended. Ask again.", {
      cause,
    })
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

function errorFrom({ code, detail, cause, retryAfter }: ReplyError): Error {
  if (code === undefined) return new Error(detail)
  return new HopscopeError(code, detail, {
    ...(cause !== undefined && { cause: new Error(cause) }),
    ...(retryAfter !== undefined && { retryAfterSeconds: retryAfter }),
  })
}
