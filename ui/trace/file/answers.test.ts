// What the file page's worker makes of files.
import { gzipSync } from 'node:zlib'
import { expect, jest, test } from '@jest/globals'
import { decodeTraceColumns } from '@hopscope/proto/columns'
import { fileAnswers } from './answers.ts'
import { bytesOf } from './file-bytes.ts'
import { matchingTraces } from './file-traces.ts'
import type { FileAnswer } from './messages.ts'

const span = (traceId: string, id: string, fields: object = {}) => ({
  traceId,
  id,
  name: `step ${id}`,
  timestamp: 1_763_676_434_482_000,
  duration: 1000,
  localEndpoint: { serviceName: 'web' },
  ...fields,
})
const A = 'aaaaaaaaaaaaaaaa'
const B = 'bbbbbbbbbbbbbbbb'
const TWO = JSON.stringify([
  span(A, '0000000000000001'),
  span(B, '0000000000000002', { tags: { error: 'x' }, duration: 5000 }),
  span(A, '0000000000000003', { parentId: '0000000000000001' }),
  { traceId: A, id: 'no id' },
])

async function answersTo(file: File, ...ids: string[]): Promise<FileAnswer[]> {
  const said: FileAnswer[] = []
  const ask = fileAnswers((answer) => said.push(answer))
  await ask({ kind: 'open', file })
  for (const traceId of ids) await ask({ kind: 'trace', traceId })
  return said
}

const contentsOf = (answers: readonly FileAnswer[]) => {
  const found = answers.find((answer) => answer.kind === 'contents')
  if (!found) throw new Error(`no contents: ${JSON.stringify(answers)}`)
  return found.contents
}

test('spans are grouped by trace in the order of the file, what is refused is told with its place', async () => {
  const contents = contentsOf(await answersTo(new File([TWO], 'two.json')))
  expect(contents.traces).toMatchObject([
    { traceId: A, rootService: 'web', rootOperation: 'step 0000000000000001', spanCount: 2, errorCount: 0 },
    { traceId: B, spanCount: 1, errorCount: 1, duration: 5000 },
  ])
  expect(contents.traceCount).toBe(2)
  expect([contents.refusedCount, contents.refused[0]?.line, contents.refused[0]?.element]).toEqual([1, 1, 4])
})

test('the trace that is asked for is given as columns, one that is not there is said not to be', async () => {
  const answers = await answersTo(new File([TWO], 'two.json'), A, 'cccc')
  const trace = answers.find((answer) => answer.kind === 'trace')
  expect(trace && decodeTraceColumns(trace.bytes).rows.parent).toHaveLength(2)
  expect(answers.at(-1)).toEqual({ kind: 'no-trace', traceId: 'cccc' })
})

test('gzip is unpacked, damaged gzip is told from no JSON', async () => {
  const packed = gzipSync(TWO)
  expect(contentsOf(await answersTo(new File([packed], 'two.json.gz'))).traceCount).toBe(2)
  const last = async (bytes: BlobPart) => (await answersTo(new File([bytes], 'x'))).at(-1)
  expect(await last(packed.subarray(0, 60))).toMatchObject({ kind: 'failed', problem: 'gzip' })
  expect(await last('hello')).toMatchObject({ kind: 'failed', problem: 'not-json' })
  expect(await last('')).toMatchObject({ kind: 'failed', problem: 'empty' })
  expect(await last('[]')).toMatchObject({ kind: 'failed', problem: 'no-spans' })
})

test('a small file that unpacks to more than a tab can hold is refused while it unpacks', async () => {
  const bomb = new Blob([gzipSync(new Uint8Array(2 ** 22))])
  await expect(bytesOf(bomb, { most: 2 ** 20 })).rejects.toMatchObject({ problem: 'too-large' })
  await expect(bytesOf(new Blob(['x'.repeat(20)]), { most: 10 })).rejects.toMatchObject({
    problem: 'too-large',
  })
})

test('a file that can no longer be read says so', async () => {
  const file = new File([TWO], 'gone.json')
  Object.defineProperty(file, 'arrayBuffer', { value: () => Promise.reject(new Error('NotFoundError')) })
  expect((await answersTo(file)).at(-1)).toMatchObject({ kind: 'failed', problem: 'unreadable' })
})

test('spans without any time are listed too, and found by id', async () => {
  const timeless = JSON.stringify([{ traceId: A, id: '0000000000000001', name: 'lost' }])
  const { traces } = contentsOf(await answersTo(new File([timeless], 'x.json')))
  expect(traces).toMatchObject([{ rootOperation: 'lost', start: undefined, spanCount: 1 }])
  expect([
    matchingTraces(traces, ' LOST '),
    matchingTraces(traces, 'aaa'),
    matchingTraces(traces, 'q'),
  ]).toEqual([traces, traces, []])
})

test('a failure of one trace names the trace, one of the file names none', async () => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined)
  const said: FileAnswer[] = []
  const ask = fileAnswers((answer) => {
    if (answer.kind === 'trace') throw new Error('out of memory')
    said.push(answer)
  })
  await ask({ kind: 'open', file: new File([TWO], 'two.json') })
  await ask({ kind: 'trace', traceId: A })
  expect(said.at(-1)).toEqual({ kind: 'failed', problem: 'internal', detail: 'out of memory', traceId: A })
  await ask({ kind: 'open', file: new File([], 'empty.json') })
  expect(said.at(-1)).toMatchObject({ kind: 'failed', problem: 'empty' })
  expect(said.at(-1)).not.toHaveProperty('traceId')
})
