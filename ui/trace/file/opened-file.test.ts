/** @jest-environment jsdom */
// The file page and its worker: of what the worker says, only what is still asked for counts.
import { beforeEach, expect, jest, test } from '@jest/globals'
import { columnsOf } from '@hopscope/model'
import { encodeTraceColumns } from '@hopscope/proto/columns'
import { traceFromText } from '../../testing/trace-fixture.ts'
import '../../testing/mounted.ts'
import type { FileAnswer, FileQuestion } from './messages.ts'
import { OpenedFile } from './opened-file.svelte.ts'

class WorkerOfTest extends EventTarget {
  static last: WorkerOfTest | undefined
  readonly asked: FileQuestion[] = []
  ended = false

  constructor() {
    super()
    WorkerOfTest.last = this
  }

  postMessage(question: FileQuestion): void {
    this.asked.push(question)
  }

  terminate(): void {
    this.ended = true
  }

  say(data: FileAnswer): void {
    this.dispatchEvent(new MessageEvent('message', { data }))
  }
}

beforeEach(() => {
  Reflect.set(globalThis, 'Worker', WorkerOfTest)
})

function open() {
  const opened = new OpenedFile(new File(['[]'], 'two.json'))
  const worker = WorkerOfTest.last
  if (!worker) throw new Error('a worker reads the file')
  return { opened, worker }
}

const answerWith = (traceId: string): FileAnswer => ({
  kind: 'trace',
  traceId,
  bytes: encodeTraceColumns(columnsOf(traceFromText('web SERVER get_/ 0 10', traceId))).buffer,
})

test('the file goes to the worker, then the trace that is chosen, once', () => {
  const { opened, worker } = open()
  opened.show('a')
  opened.show('a')
  expect(worker.asked.map((question) => (question.kind === 'open' ? 'open' : question.traceId))).toEqual([
    'open',
    'a',
  ])
  worker.say({ kind: 'stage', stage: { name: 'building', amount: 1 } })
  expect(opened.stage?.name).toBe('building')
  worker.say(answerWith('a'))
  expect([opened.columns?.traceId, opened.stage]).toEqual(['a', undefined])
})

test('a late answer to an older choice is dropped', () => {
  const { opened, worker } = open()
  opened.show('a')
  opened.show('b')
  worker.say(answerWith('a'))
  expect(opened.columns).toBeUndefined()
  worker.say({ kind: 'no-trace', traceId: 'b' })
  expect(opened.missing).toBe('b')
  opened.show(undefined)
  expect(opened.missing).toBeUndefined()
})

test('a worker that breaks is a failure that is told; closing ends it', () => {
  const { opened, worker } = open()
  worker.dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }))
  expect(opened.failure).toMatchObject({ problem: 'internal', detail: 'out of memory' })
  opened.close()
  expect(worker.ended).toBe(true)
})

test('a damaged answer is a failure of that trace alone, forgotten with the next choice', () => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined)
  const { opened, worker } = open()
  opened.show('a')
  worker.say({ kind: 'trace', traceId: 'a', bytes: new ArrayBuffer(8) })
  expect([opened.failure, opened.traceFailure?.problem]).toEqual([undefined, 'internal'])
  opened.show('b')
  expect(opened.traceFailure).toBeUndefined()
  worker.say({ kind: 'failed', problem: 'internal', detail: 'late', traceId: 'a' })
  expect(opened.traceFailure).toBeUndefined()
})
