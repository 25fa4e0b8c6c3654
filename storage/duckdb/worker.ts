// The store's thread: takes requests off its mailbox and gives them to the engine.
import { parentPort, workerData } from 'node:worker_threads'
import { HopscopeError, messageOf } from '@hopscope/proto'
import { transferablesOf } from './columns.ts'
import { type DatabaseOptions } from './database.ts'
import { Engine, isFatal } from './engine.ts'
import type { Calls, CallName, Reply, ReplyError, Request } from './protocol.ts'

if (parentPort === null) throw new Error('this file runs as a worker thread')
const port = parentPort
const opening = Engine.open(workerData as DatabaseOptions, endThread)
opening.catch(() => undefined) // every request is told

port.on('message', (request: Request) => {
  answerTo(request)
    .then(
      (answer) => send({ id: request.id, answer }),
      (error: unknown) => send({ id: request.id, error: described(error) }),
    )
    // Without a database there is nothing to do here; the next question starts another thread, which tries again.
    .then(() => opening)
    .catch(() => port.close())
})

async function answerTo(request: Request): Promise<Calls[CallName]['answer']> {
  const engine = await opening
  switch (request.call) {
    case 'write':
      await engine.write(request.ask)
      return undefined
    case 'positions':
      return engine.positions(request.ask)
    case 'traces':
      return engine.traces(request.ask)
    case 'spellings':
      return engine.spellings(request.ask)
    case 'find':
      return engine.find(request.ask)
    case 'names':
      return engine.names(request.ask.kind, request.ask.of)
    case 'dependencies':
      return engine.dependencies(request.ask)
    case 'aggregate':
      return engine.aggregate(request.ask)
    case 'edges':
      return engine.edges(request.ask)
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

function described(error: unknown): ReplyError {
  if (isFatal(error)) endThread(error)
  if (error instanceof HopscopeError) {
    const { code, detail, cause, retryAfter } = error
    return { code, detail, cause: cause === undefined ? undefined : messageOf(cause), retryAfter }
  }
  const cause = messageOf(error)
  return MACHINE_ERRORS.test(cause)
    ? {
        code: 'store-unavailable',
        detail: 'The store could not answer. Ask again.',
        cause,
        retryAfter: undefined,
      }
    : { code: undefined, detail: cause, cause: undefined, retryAfter: undefined }
}

let ending = false

/** Ends this thread once no query is under way in it; the next question starts another. */
function endThread(error: unknown): void {
  if (ending) return
  ending = true
  process.emitWarning(`the store is opened anew after: ${messageOf(error)}`, 'HopscopeStorage')
  opening
    .then((engine) => engine.abandon())
    .finally(() => process.exit(1))
    .catch(() => undefined)
}
