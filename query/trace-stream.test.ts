import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type DurationMicros,
  type EpochMicros,
  EVERY_TRACE,
  type SpanId,
  type Trace,
  type TraceId,
  type TraceSummary,
} from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import type { SpanReader } from '@hopscope/storage'
import { describe, expect, test } from '@jest/globals'
import { makeSpan } from '@hopscope/model/testing'
import { FILE_FORMATS, fileOf, LINE_FORMATS, zipkinListsOf } from './export-formats.ts'
import { foundTraces, listedTraces, piecesOf, sendPieces } from './trace-stream.ts'

const QUERY = { from: undefined, to: undefined, where: EVERY_TRACE }
const idOf = (at: number) => at.toString(16).padStart(16, '0') as TraceId
const spanIdOf = (at: number) => at.toString(16).padStart(16, '0') as SpanId

/** Has `count` traces of one span; knows how many were asked for at once, and what is still held of them. */
function fakeReader(count: number, failAt = Infinity) {
  const asked: number[] = []
  const reader = {
    async *find({ limit, after }: { limit: number; after: { start: number } | undefined }) {
      const first = after === undefined ? 0 : count - after.start + 1
      for (let at = first; at < Math.min(count, first + limit); at++) yield summary(at, count - at)
      await Promise.resolve()
    },
    traces(ids: readonly TraceId[]) {
      asked.push(ids.length)
      if (asked.reduce((sum, each) => sum + each, 0) > failAt)
        return Promise.reject(new HopscopeError('store-unavailable', 'gone'))
      return Promise.resolve(ids.map((traceId): Trace => ({ traceId, spans: [] })))
    },
  } as Partial<SpanReader> as SpanReader
  return { reader, asked }
}

const summary = (at: number, start: number): TraceSummary => ({
  traceId: idOf(at + 1),
  start: start as EpochMicros,
  duration: 0 as DurationMicros,
  rootService: undefined,
  rootOperation: undefined,
  spanCount: 1,
  errorCount: 0,
  services: [],
  requestIds: [],
})

const lines = (reader: SpanReader) =>
  piecesOf(foundTraces(reader, QUERY), ({ traceId }) => [`${traceId} ${'x'.repeat(1000)}\n`])

/** What a client gets of the pieces, and what was thrown here. */
async function fetched(pieces: AsyncGenerator<string>, method = 'GET') {
  let thrown: unknown
  let settled: () => void
  const done = new Promise<void>((resolve) => (settled = resolve))
  const server = createServer((_, response) => {
    sendPieces(response, pieces, { type: 'text/plain' })
      .catch((error: unknown) => {
        thrown = error
        if (!response.headersSent) response.writeHead(503).end()
      })
      .finally(settled)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { method })
    const text = await response.text().catch((error: unknown) => error)
    await done
    return { status: response.status, text, thrown }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('an export', () => {
  test('gives every trace once, in order, a page in memory at a time', async () => {
    const { reader, asked } = fakeReader(1234)
    const { text } = await fetched(lines(reader))
    const ids = String(text).match(/^[0-9a-f]{16}/gm)
    expect(ids).toEqual(Array.from({ length: 1234 }, (_, at) => idOf(at + 1)))
    expect(Math.max(...asked)).toBeLessThanOrEqual(50)
  })

  test('that fails in the middle breaks the connection off', async () => {
    const { text, thrown } = await fetched(lines(fakeReader(1000, 600).reader))
    expect(text).toMatchObject({ message: 'terminated' })
    expect(thrown).toMatchObject({ code: 'store-unavailable' })
  })

  test('that fails before anything is sent still has a status', async () => {
    expect(await fetched(lines(fakeReader(1000, 0).reader))).toMatchObject({ status: 503, text: '' })
  })

  test('stops reading when nobody listens any more', async () => {
    const { reader, asked } = fakeReader(1_000_000)
    const server = createServer((_, response) => {
      ended = sendPieces(response, lines(reader), { type: 'text/plain' })
    })
    let ended: Promise<void> | undefined
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const stop = new AbortController()
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const response = await fetch(url, { signal: stop.signal })
    await response.body?.getReader().read()
    stop.abort()
    await ended
    expect(asked.length).toBeLessThan(10_000)
    server.close()
  })

  test('is not read when only its head is asked for', async () => {
    const { reader, asked } = fakeReader(1000)
    expect(await fetched(lines(reader), 'HEAD')).toMatchObject({ status: 200, text: '' })
    expect(asked.length).toBeLessThan(5)
  })
})

async function* passing<T>(...items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item)
}

/** The pieces of what is written of the traces, and the whole. */
async function written(pieces: AsyncIterable<string>) {
  const all: string[] = []
  for await (const piece of pieces) all.push(piece)
  return { pieces: all, text: all.join('') }
}

test('a file of no trace is a whole document too', async () => {
  for (const format of Object.values(FILE_FORMATS)) {
    const { text } = await written(fileOf([], format))
    expect(() => JSON.parse(text) as unknown).not.toThrow()
  }
  expect((await written(zipkinListsOf(passing()))).text).toBe('[]')
})

describe('a trace larger than a text may be', () => {
  const MIB = 2 ** 20
  // V8 has no text of 512 Mi characters; all spans share one tag, so that this test needs no such memory.
  const tags = { text: 'x'.repeat(MIB) }
  const spans = Array.from({ length: 540 }, (_, i) => makeSpan({ id: spanIdOf(i + 1), tags }))
  const trace: Trace = { traceId: idOf(1), spans }
  const lengths = async (pieces: AsyncIterable<string>) => {
    let longest = 0
    let whole = 0
    for await (const piece of pieces) {
      longest = Math.max(longest, piece.length)
      whole += piece.length
    }
    return { longest, whole }
  }

  test.each(Object.entries(LINE_FORMATS))('is exported as lines of %s a piece at a time', async (_, line) => {
    const { longest, whole } = await lengths(piecesOf([trace], line))
    expect(whole).toBeGreaterThan(540 * MIB)
    expect(longest).toBeLessThan(2 * MIB)
  })

  test.each(['zipkin', 'otlp'] as const)('is a file of %s a piece at a time', async (format) => {
    const { longest, whole } = await lengths(fileOf([trace], FILE_FORMATS[format]))
    expect(whole).toBeGreaterThan(540 * MIB)
    expect(longest).toBeLessThan(2 * MIB)
  })

  test("is listed by Zipkin's API a piece at a time", async () => {
    expect((await lengths(zipkinListsOf(passing(trace)))).longest).toBeLessThan(2 * MIB)
  })
})

test('a trace of many spans takes several pieces, and is one list', async () => {
  const traceOf = (count: number): Trace => ({
    traceId: idOf(count),
    spans: Array.from({ length: count }, (_, i) => makeSpan({ id: spanIdOf(i + 1) })),
  })
  const traces = [traceOf(1), traceOf(2500), traceOf(2)]
  const { pieces, text } = await written(zipkinListsOf(passing(...traces)))
  expect((JSON.parse(text) as unknown[][]).map((spans) => spans.length)).toEqual([1, 2500, 2])
  expect(pieces).toHaveLength(6)
  const file = await written(fileOf(traces, FILE_FORMATS.zipkin))
  expect(JSON.parse(file.text)).toHaveLength(2503)
})

test('a listing that stopped before it found anything, or that much, is gone on with', async () => {
  const { reader } = fakeReader(0)
  const parts = [[1, 2], [], [3], []]
  const asked: (number | undefined)[] = []
  const traces = listedTraces(reader, (after) => {
    asked.push(after?.start)
    const at = asked.length - 1
    const next = at < parts.length - 1 ? { start: at as EpochMicros, traceId: idOf(9) } : undefined
    return Promise.resolve({ traces: (parts[at] ?? []).map((i) => summary(i, i)), next })
  })
  const ids: string[] = []
  for await (const { traceId } of traces) ids.push(traceId)
  expect(ids).toEqual([2, 3, 4].map(idOf))
  expect(asked).toEqual([undefined, 0, 1, 2])
})
