// The store's thread: takes requests off its mailbox and gives them to the engine.
import { parentPort, workerData } from 'node:worker_threads'
import { type ErrorCode, HopscopeError } from '@hopscope/proto'
import { transferablesOf } from './columns.ts'
import { type DatabaseOptions, messageOf } from './database.ts'
import { Engine } from './engine.ts'
import type { Calls, CallName, Reply, Request } from './protocol.ts'

if (parentPort === null) throw new Error('this file runs as a worker thread')
const port = parentPort
const opening = Engine.open(workerData as DatabaseOptions)

port.on('message', (request: Request) => {
  answerTo(request).then(
    (answer) => send({ id: request.id, answer }),
    (error: unknown) => send({ id: request.id, error: described(error) }),
  )
})

async function answerTo(request: Request): Promise<Calls[CallName]['answer']> {
  const engine = await opening
  switch (request.call) {
    case 'write':
      await engine.write(request.ask)
      return undefined
    case 'traces':
      return engine.traces(request.ask)
    case 'find':
      return engine.find(request.ask)
    case 'names':
      return engine.names(request.ask.kind, request.ask.of)
    case 'dependencies':
      return engine.dependencies(request.ask)
    case 'check':
      return engine.check().then(() => undefined)
    case 'close':
      return engine.close().then(() => undefined)
  }
}

function send(reply: Reply): void {
  const columns =
    'answer' in reply && typeof reply.answer === 'object' && 'traceLow' in reply.answer
      ? reply.answer
      : undefined
  port.postMessage(reply, columns === undefined ? [] : transferablesOf(columns))
}

/** What DuckDB says when the machine, not the question, is at fault. */
const MACHINE_ERRORS = /^(IO|Out of Memory|FATAL) Error/i
const INVALIDATED = /FATAL Error|database has been invalidated/i

function described(error: unknown): { code: ErrorCode | undefined; detail: string } {
  const detail = error instanceof HopscopeError ? error.detail : messageOf(error)
  // A database that met a fatal error answers nothing any more; a new thread opens it afresh.
  if (INVALIDATED.test(detail)) setImmediate(() => process.exit(1))
  if (error instanceof HopscopeError) return { code: error.code, detail }
  return { code: MACHINE_ERRORS.test(detail) ? 'store-unavailable' : undefined, detail }
}
