// What every store must answer as the model does: random questions of all kinds, with the model as the judge.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Endpoint, EpochMicros, MetricPoint, TraceId, TraceSummary } from '@hopscope/model'
import { idOf, makeSpan } from '@hopscope/model/testing'
import type { Store } from '@hopscope/storage'
import {
  anyAggregate,
  anyEdgeQuery,
  anyQuery,
  anySpan,
  durationMeant,
  EPOCH,
  nativeOnly,
} from './arbitraries.ts'
import { ReferenceStore } from './reference-store.ts'

/** @param open gives an empty store */
export function modelAnswers(open: () => Promise<Store>): void {
  describe('answers as the model does', () => {
    let reference: ReferenceStore
    let filled: Store
    beforeAll(async () => {
      reference = new ReferenceStore()
      filled = await open()
      const spans = fc.sample(anySpan, { seed: 42, numRuns: 400 })
      reference.write(spans)
      for (let at = 0; at < spans.length; at += 50) await filled.writer.write(spans.slice(at, at + 50))
    })
    afterAll(() => filled.close())

    test('to any search', async () => {
      await fc.assert(
        fc.asyncProperty(anyQuery, async (query) => {
          const { reader } = filled
          const asked = { ...query, where: nativeOnly(query.where, (each) => reader.native(each)) }
          const found: TraceSummary[] = []
          for await (const summary of filled.reader.find(asked)) found.push(summary)
          expect(found).toEqual(reference.find(asked))
        }),
        { numRuns: 300 },
      )
    })

    test('to how often, how long and with how many errors', async () => {
      await fc.assert(
        fc.asyncProperty(anyAggregate, async (query) => {
          const { series, complete } = await filled.reader.aggregate(query)
          const expected = reference.aggregate(query)
          expect({ complete, series: series.map(countsOf) }).toEqual({
            complete: expected.complete,
            series: expected.series.map(countsOf),
          })
          const tracesOf = (first: TraceId) => reference.aggregate(query, first).series
          expectExamples(series, tracesOf)
        }),
        { numRuns: 200 },
      )
    })

    test('to who calls whom how long', async () => {
      await fc.assert(
        fc.asyncProperty(anyEdgeQuery, async (query) => {
          const edges = await filled.reader.edges(query)
          expect(edges.map(countsOf)).toEqual(reference.edges(query).map(countsOf))
          expectExamples(edges, (first) => reference.edges(query, first))
        }),
        { numRuns: 50 },
      )
    })

    test('to who calls whom where hundreds of spans were reported under one id', async () => {
      const own = await open()
      const model = new ReferenceStore()
      const traceId = 'ed9e'.padStart(16, '0') as TraceId
      const spans = Array.from({ length: 300 }, (_, i) =>
        makeSpan({
          traceId,
          id: idOf(i < 150 ? 1 : i),
          parentId: i < 150 ? undefined : idOf(i % 3 === 0 ? 1 : 151),
          timestamp: (EPOCH + i) as EpochMicros,
          kind: i < 150 ? 'CLIENT' : i % 2 === 0 ? 'SERVER' : 'CLIENT',
          localEndpoint: endpointOf(i < 150 ? 'web' : 'pay'),
          remoteEndpoint: endpointOf('db'),
        }),
      )
      model.write(spans)
      try {
        await own.writer.write(spans)
        const query = {
          from: EPOCH as EpochMicros,
          to: (EPOCH + 1000) as EpochMicros,
          step: undefined,
          quantiles: [],
        }
        expect((await own.reader.edges(query)).map(countsOf)).toEqual(model.edges(query).map(countsOf))
      } finally {
        await own.close()
      }
    })

    test('to any question for names', async () => {
      for (const service of [undefined, 'web', 'pay"ment', 'nobody'])
        for (const kind of ['service', 'operation', 'remoteService', 'tagKey'] as const)
          expect(await filled.reader.names(kind, { service })).toEqual(reference.names(kind, { service }))
      for (const tagKey of ['a', 'a/b', '__proto__', 'q"k', 'nothing'])
        expect(await filled.reader.names('tagValue', { tagKey })).toEqual(
          reference.names('tagValue', { tagKey }),
        )
      for (const prefix of ['', 'a', '%', 'r-', '"', '\u{1f680}', 'zz'])
        for (const kind of ['service', 'operation', 'remoteService', 'tagKey', 'tagValue'] as const)
          for (const service of [undefined, 'web'])
            for (const limit of [undefined, 1, 3]) {
              const scope = { tagKey: 'a', prefix, service, limit }
              expect(await filled.reader.names(kind, scope)).toEqual(reference.names(kind, scope))
            }
    })

    test('to which ids share their last 64 bits', async () => {
      for (const id of [
        '000000000000000a',
        '0000000000000009000000000000000a',
        '8000000000000000000000000000000b',
        '0000000000000099',
      ]) {
        const ids = [id as TraceId, '00000000000000c0' as TraceId]
        expect(await filled.reader.spellings(ids)).toEqual(reference.spellings(ids))
      }
      expect(await filled.reader.spellings([])).toEqual([])
    })

    test('to who calls whom', async () => {
      // Ids of their own: which of two accidental twins counts depends on the order they come in.
      const spans = fc.sample(anySpan, { seed: 7, numRuns: 300 }).map((span, i) => ({
        ...span,
        id: idOf(i + 1),
        parentId: i % 3 === 0 ? undefined : idOf(i),
        debug: false,
      }))
      const own = await open()
      const model = new ReferenceStore()
      model.write(spans)
      try {
        await own.writer.write(spans)
        for (const from of [undefined, EPOCH + 20_000]) {
          const window = { from: from as EpochMicros | undefined, to: undefined }
          const links = model.dependencies(window)
          expect(links.length).toBeGreaterThan(5)
          expect(await own.reader.dependencies(window)).toEqual(links)
        }
      } finally {
        await own.close()
      }
    })
  })
}

function endpointOf(serviceName: string): Endpoint {
  return { serviceName, ipv4: undefined, ipv6: undefined, port: undefined }
}

interface Series {
  readonly points: readonly MetricPoint[]
}

/** What must be equal: without examples, of which there may be several, and with the exact durations that are meant. */
function countsOf<T extends Series>({ points, ...rest }: T) {
  return {
    ...rest,
    points: points.map(({ at, count, errors, durations, slowest, failed }) => ({
      at,
      count,
      errors,
      durations: durations?.map((duration) => durationMeant(duration) ?? `${duration}: of no span`),
      examples: [slowest !== undefined, failed !== undefined],
    })),
  }
}

/** @param withFirst the model's answer, with this trace as an example wherever it can be one */
function expectExamples(series: readonly Series[], withFirst: (first: TraceId) => readonly Series[]): void {
  const answers = new Map<TraceId, readonly Series[]>()
  const modelled = (traceId: TraceId) => {
    const answer = answers.get(traceId) ?? withFirst(traceId)
    answers.set(traceId, answer)
    return answer
  }
  for (const [at, { points }] of series.entries())
    for (const [i, { slowest, failed }] of points.entries()) {
      if (slowest !== undefined) expect(slowest).toBe(modelled(slowest)[at]?.points[i]?.slowest)
      if (failed !== undefined) expect(failed).toBe(modelled(failed)[at]?.points[i]?.failed)
    }
}
