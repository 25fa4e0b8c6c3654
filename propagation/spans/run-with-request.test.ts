// Work that no request came in for gets a request of its own.
import { describe, expect, test } from '@jest/globals'
import { currentContext, type Span } from '../index.ts'
import { currentOwner, currentServed, isUntraced, runInScope } from '../context/context.ts'
import { leaveCallsOf, traceCallsOf } from '../clients/outgoing.ts'
import { traceFetch } from '../clients/fetch-calls.ts'
import { coreOf } from '../testing/core.ts'
import { closeAll, listen } from '../testing/harness.ts'
import { KEEPING } from './kept-spans.ts'
import { runWithRequest } from './run-with-request.ts'
import { samplerOf } from './sampling.ts'

describe('runWithRequest', () => {
  test('is no part of the request served where it is called, and not untraced where that is', () => {
    const around = { context: undefined, owner: {}, served: {}, untraced: true }
    const core = coreOf([])
    runInScope(around, () => {
      runWithRequest(core, 'job', () => {
        expect([currentServed(), currentOwner(), isUntraced()]).toEqual([undefined, core, false])
      })
      expect(currentServed()).toBe(around.served)
    })
  })

  test('opens a new request and a new trace, and records one span, without kind, that ends as the work does', async () => {
    const spans: Span[] = []
    const core = coreOf(spans)
    const context = await runWithRequest(
      core,
      'nightly report',
      async (span) => {
        await Promise.resolve()
        span.tag('rows', 7)
        expect(spans).toEqual([])
        return currentContext()
      },
      { tags: { job: 'report' } },
    )
    expect(context?.requestId).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
    expect(spans).toHaveLength(1)
    expect(spans[0]).toMatchObject({
      traceId: context?.traceId,
      id: context?.spanId,
      name: 'nightly report',
      tags: { request_id: context?.requestId, job: 'report', rows: '7', outcome: 'success' },
    })
    expect(spans[0]?.parentId).toBeUndefined()
    expect(spans[0]?.kind).toBeUndefined()
    expect(currentContext()).toBeUndefined()
  })

  test('is a new one inside of another request as well, which is there again afterwards', () => {
    const spans: Span[] = []
    const core = coreOf(spans)
    runWithRequest(core, 'outer', (outer) => {
      runWithRequest(core, 'inner', (inner) => {
        expect(inner.context.requestId).not.toBe(outer.context.requestId)
        expect(inner.context.traceId).not.toBe(outer.context.traceId)
        expect(inner.context.parentSpanId).toBeUndefined()
      })
      expect(currentContext()).toBe(outer.context)
    })
    expect(spans.map((span) => span.name)).toEqual(['inner', 'outer'])
  })

  test('that is not sampled is reported all the same where it fails and keepErrors is set, calls and all', () => {
    const spans: Span[] = []
    const core = coreOf(spans, { sampler: samplerOf({ sampleRate: 0 }), keeping: KEEPING })
    const job = (fails: boolean): void => {
      core.withSpan('inner', () => undefined)
      if (fails) throw new Error('broken')
    }
    runWithRequest(core, 'fine', () => job(false))
    expect(() => runWithRequest(core, 'failing', () => job(true))).toThrow('broken')
    expect(spans.map(({ name }) => name).sort()).toEqual(['failing', 'inner'])
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
  })

  test('keeps the request id and baggage it is given', () => {
    const given = { requestId: 'order-7', baggage: 'tenant=acme' }
    expect(runWithRequest(coreOf([]), 'x', currentContext, given)).toMatchObject(given)
  })

  test.each([
    ['requestId', 'a b'],
    ['requestId', ''],
    ['requestId', 'a'.repeat(129)],
    ['requestId', 'a\nb'],
    ['requestId', 7],
    ['requestId', null],
    ['baggage', 'a=b\r\nX-Evil: 1'],
    ['baggage', 'no member'],
    ['baggage', `a=${'b'.repeat(8191)}`],
  ])('refuses a %s of %j by its name, and runs nothing', (name, value) => {
    const spans: Span[] = []
    let ran = false
    const options = { [name]: value } as object
    const refused = (): unknown => runWithRequest(coreOf(spans), 'x', () => (ran = true), options)
    expect(refused).toThrow(TypeError)
    expect(refused).toThrow(`${name} must be`)
    expect(ran).toBe(false)
    expect(spans).toEqual([])
  })

  test('throws what the work throws, the error itself, and records it', async () => {
    const spans: Span[] = []
    const core = coreOf(spans)
    const broken = new Error('broken')
    const thrower = (): never => {
      throw broken
    }
    expect(() => runWithRequest(core, 'now', thrower)).toThrow(broken)
    const promise = Promise.reject(broken)
    // Another promise than that: unawaited, its failure has to stay unhandled.
    await expect(runWithRequest(core, 'later', () => promise)).rejects.toBe(broken)
    expect(spans.map(({ tags }) => tags)).toMatchObject([
      { outcome: 'error', error: 'broken' },
      { outcome: 'error', error: 'broken' },
    ])
  })

  test('is sampled as a new trace is, and carried by the calls made inside either way', async () => {
    const stop = traceFetch()
    const port = await listen((req, res) => res.end(JSON.stringify(req.headers)))
    for (const sampleRate of [1, 0]) {
      const spans: Span[] = []
      const core = coreOf(spans, { sampler: samplerOf({ sampleRate }) })
      traceCallsOf(core)
      const { context, headers } = await runWithRequest(core, 'job', async ({ context }) => ({
        context,
        headers: (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as Record<string, string>,
      }))
      leaveCallsOf(core)
      expect(headers).toMatchObject({
        'x-request-id': context.requestId,
        'x-trace-id': context.traceId,
        'x-parent-span-id': context.spanId,
        'x-sampled': String(sampleRate),
      })
      expect(spans.map(({ name, parentId }) => ({ name, parentId }))).toEqual(
        sampleRate === 0
          ? []
          : [
              { name: 'GET /', parentId: context.spanId },
              { name: 'job', parentId: undefined },
            ],
      )
    }
    stop()
    await closeAll()
  })
})
