/** @jest-environment jsdom */
// The file page reads each file once, and says what became of it.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { TraceId } from '@hopscope/model'
import { flushSync } from 'svelte'
import { router } from '../routing/router.svelte.ts'
import { mounted, until } from '../testing/mounted.ts'
import FilePage from './FilePage.svelte'
import type { FileAnswer, FileTrace } from './file/messages.ts'
import { localFile } from './local-file.svelte.ts'

const workers: WorkerOfTest[] = []

class WorkerOfTest extends EventTarget {
  ended = false

  constructor() {
    super()
    workers.push(this)
  }

  postMessage(): void {}

  terminate(): void {
    this.ended = true
  }

  say(data: FileAnswer): void {
    this.dispatchEvent(new MessageEvent('message', { data }))
    flushSync()
  }
}

beforeEach(() => {
  Reflect.set(globalThis, 'Worker', WorkerOfTest)
  workers.length = 0
  router.push('/file')
})
afterEach(() => (localFile.file = undefined))

const traceOf = (id: string): FileTrace => ({
  traceId: id as TraceId,
  rootService: 'web',
  rootOperation: 'get',
  spanCount: 1,
  errorCount: 0,
  start: undefined,
  duration: undefined,
})
const contentsOf = (...ids: string[]): FileAnswer => ({
  kind: 'contents',
  contents: { traces: ids.map(traceOf), traceCount: ids.length, refused: [], refusedCount: 0 },
})

test('each file is read once, whatever becomes of the address', async () => {
  localFile.file = new File(['[]'], 'one.json')
  const page = mounted(FilePage, {})
  expect(workers).toHaveLength(1)
  router.replace('/file?trace=a')
  flushSync()
  localFile.file = new File(['[]'], 'two.json')
  await until(() => router.search === '', 'the address of the first file is gone')
  router.replace('/file?trace=b')
  flushSync()
  expect(workers.map(({ ended }) => ended)).toEqual([true, false])
  await page.remove()
  expect(workers.every(({ ended }) => ended)).toBe(true)
})

test('a trace that cannot be opened is said beside the others of its file, which still can', async () => {
  localFile.file = new File(['[]'], 'two.json')
  const page = mounted(FilePage, {})
  workers[0]?.say(contentsOf('a', 'b'))
  router.push('/file?trace=a')
  flushSync()
  workers[0]?.say({ kind: 'failed', problem: 'internal', detail: 'out of memory', traceId: 'a' })
  expect(page.target.querySelector('[role=alert]')?.textContent).toContain('out of memory')
  expect(page.all('file-traces')).toHaveLength(1)
  router.push('/file')
  flushSync()
  expect(page.target.querySelector('[role=alert]')).toBeNull()
  await page.remove()
})

test('going back to the list while a trace is put together shows the list', async () => {
  localFile.file = new File(['[]'], 'two.json')
  const page = mounted(FilePage, {})
  workers[0]?.say(contentsOf('a', 'b'))
  router.push('/file?trace=a')
  flushSync()
  workers[0]?.say({ kind: 'stage', stage: { name: 'building', amount: 5 } })
  expect(page.all('file-traces')).toHaveLength(0)
  router.push('/file')
  flushSync()
  expect(page.all('file-traces')).toHaveLength(1)
  await page.remove()
})
