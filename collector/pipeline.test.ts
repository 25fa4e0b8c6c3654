import { describe, expect, test } from '@jest/globals'
import type { Span } from '@hopscope/model'
import { idOf, makeSpan } from '@hopscope/model/testing'
import { type Decoded, HopscopeError, type Refusal } from '@hopscope/proto'
import { Registry } from 'prom-client'
import { CollectorMetrics } from './metrics.ts'
import { Pipeline, refusalError } from './pipeline.ts'
import { SpanMetrics } from './span-metrics.ts'

const spans = [1, 2, 3].map((id) => makeSpan({ id: idOf(id) }))
const refused = [{ index: 1, field: 'id', reason: 'It is missing.' }]
const bytes = new Uint8Array(100)

function pipeline({
  write = () => Promise.resolve([]),
  keep = () => true,
}: {
  write?: (spans: readonly Span[]) => Promise<readonly Refusal[]>
  keep?: (span: Span) => boolean
}) {
  const metrics = new CollectorMetrics(new Registry(), ['http', 'kafka'])
  const counted = async () => {
    const json = await metrics.toJson()
    return ['messages', 'messages_dropped', 'bytes', 'spans', 'spans_dropped'].map(
      (name) => json[`counter.zipkin_collector.${name}.http`],
    )
  }
  const written: (readonly Span[])[] = []
  const writer = {
    write: (each: readonly Span[]) => {
      written.push(each)
      return write(each)
    },
  }
  const spanMetrics = new SpanMetrics({ series: 100 })
  const measured = async () =>
    ((await spanMetrics.metrics()[0]?.get())?.values ?? []).reduce((sum, { value }) => sum + value, 0)
  return { line: new Pipeline({ writer, sampler: keep, metrics, spanMetrics }), counted, measured, written }
}

const free = () => {}
const decoding = (decoded: Decoded) => () => decoded

describe('the pipeline', () => {
  test('settles only once the writer has', async () => {
    let settled = false
    let stored: (refused: readonly Refusal[]) => void = () => {}
    const { line } = pipeline({ write: () => new Promise((resolve) => (stored = resolve)) })
    const accepted = line
      .accept(bytes, decoding({ spans, refused: [], refusedCount: 0 }), 'http', free)
      .then((answer) => {
        settled = true
        return answer
      })
    await new Promise((resolve) => setImmediate(resolve))
    expect(settled).toBe(false)
    stored([])
    expect(await accepted).toEqual({ stored: 3, refused: [], refusedCount: 0 })
  })

  test('writes the good spans of a message and names the bad ones', async () => {
    const { line, counted, written } = pipeline({})
    expect(await line.accept(bytes, decoding({ spans, refused, refusedCount: 1 }), 'http', free)).toEqual({
      stored: 3,
      refused,
      refusedCount: 1,
    })
    expect(written).toEqual([spans])
    expect(await counted()).toEqual([1, 0, 100, 4, 1])
  })

  test('writes only what is sampled, and counts the rest as dropped', async () => {
    const { line, counted, written } = pipeline({ keep: ({ id }) => id === idOf(2) })
    expect(await line.accept(bytes, decoding({ spans, refused: [], refusedCount: 0 }), 'http', free)).toEqual(
      {
        stored: 1,
        refused: [],
        refusedCount: 0,
      },
    )
    expect(written).toEqual([[spans[1]]])
    expect(await counted()).toEqual([1, 0, 100, 3, 2])
  })

  test('names what the store refuses by its place in the message, beside what the codec refused', async () => {
    const tooLarge = { index: 1, field: 'tags', reason: 'They are too large.' }
    const { line, counted } = pipeline({
      write: () => Promise.resolve([tooLarge]),
      keep: ({ id }) => id !== idOf(1),
    })
    // The message was: span 1, a refused one, span 2, span 3. Span 1 is sampled out, so span 3 is the store's second.
    expect(await line.accept(bytes, decoding({ spans, refused, refusedCount: 1 }), 'http', free)).toEqual({
      stored: 1,
      refused: [...refused, { ...tooLarge, index: 3 }],
      refusedCount: 2,
    })
    expect(await counted()).toEqual([1, 0, 100, 4, 3])
  })

  test('counts what the store refuses where its place is not known, after more refusals than are kept', async () => {
    const { line } = pipeline({
      write: () => Promise.resolve([0, 2].map((index) => ({ index, field: 'tags', reason: 'Too large.' }))),
    })
    const known = [{ index: 2, field: 'id', reason: 'It is missing.' }]
    const accepted = await line.accept(
      bytes,
      decoding({ spans, refused: known, refusedCount: 7 }),
      'http',
      free,
    )
    expect(accepted.refused.map(({ index }) => index)).toEqual([0, 2])
    expect([accepted.stored, accepted.refusedCount]).toEqual([1, 9])
  })

  test('stores what becomes large by being copied in portions, and names refusals by their place in all', async () => {
    const large = Array.from({ length: 9 }, (_, i) =>
      makeSpan({ id: idOf(i + 1), tags: { a: 'x'.repeat(2 ** 20) } }),
    )
    const bad = { index: 1, field: '', reason: 'too odd' }
    const { line, written } = pipeline({ write: (each) => Promise.resolve(each.length > 1 ? [bad] : []) })
    const held: number[] = []
    const decoded = { spans: large, copied: 9 * 2 ** 20, refused: [], refusedCount: 0 }
    const accepted = await line.accept(bytes, decoding(decoded), 'http', (more) => held.push(more))

    expect(written.map(({ length }) => length)).toEqual([4, 4, 1])
    expect(written.flat()).toEqual(large)
    expect(held).toEqual([4 * 2 ** 20])
    expect(accepted).toEqual({
      stored: 7,
      refused: [
        { ...bad, index: 1 },
        { ...bad, index: 5 },
      ],
      refusedCount: 2,
    })
  })

  test('stores nothing when there is no room for what it becomes', async () => {
    const { line, counted, written } = pipeline({})
    const full = new HopscopeError('overloaded', 'No room.')
    const decoded = { spans, copied: 100, refused: [], refusedCount: 0 }
    await expect(
      line.accept(bytes, decoding(decoded), 'http', () => {
        throw full
      }),
    ).rejects.toBe(full)
    expect(written).toEqual([])
    expect(await counted()).toEqual([1, 1, 100, 3, 3])
  })

  test('can be repeated by its second step without counting anything twice', async () => {
    let attempts = 0
    const down = new HopscopeError('store-unavailable', 'The disk is full.')
    const { line, counted } = pipeline({
      write: () => (++attempts < 3 ? Promise.reject(down) : Promise.resolve([])),
    })
    const { kept } = line.read(bytes, decoding({ spans, refused: [], refusedCount: 0 }), 'http')
    await expect(line.store(kept, 'http')).rejects.toBe(down)
    await expect(line.store(kept, 'http')).rejects.toBe(down)
    expect(await line.store(kept, 'http')).toEqual([])
    expect(await counted()).toEqual([1, 0, 100, 3, 0])
  })

  test('measures each span that was stored, once, and no other', async () => {
    let attempts = 0
    const { line, measured } = pipeline({
      keep: ({ id }) => id !== idOf(1),
      write: () =>
        ++attempts < 3
          ? Promise.reject(new HopscopeError('store-unavailable', 'The disk is full.'))
          : Promise.resolve(refused),
    })
    const { kept } = line.read(bytes, decoding({ spans, refused: [], refusedCount: 0 }), 'kafka')
    await expect(line.store(kept, 'kafka')).rejects.toThrow()
    await expect(line.store(kept, 'kafka')).rejects.toThrow()
    expect(await measured()).toBe(0)
    await line.store(kept, 'kafka')
    expect(await measured()).toBe(1)
    await line.accept(bytes, decoding({ spans, refused: [], refusedCount: 0 }), 'http', free)
    expect(await measured()).toBe(2)
  })

  test('passes on that the store is down, and counts all as dropped', async () => {
    const down = new HopscopeError('store-unavailable', 'The disk is full.')
    const { line, counted } = pipeline({ write: () => Promise.reject(down) })
    await expect(
      line.accept(bytes, decoding({ spans, refused, refusedCount: 1 }), 'http', free),
    ).rejects.toBe(down)
    expect(await counted()).toEqual([1, 1, 100, 4, 4])
  })

  test('passes on that a message can not be read, and counts it as dropped', async () => {
    const error = new HopscopeError('body-not-json', 'No JSON.')
    const { line, counted, written } = pipeline({})
    const decode = () => {
      throw error
    }
    await expect(line.accept(bytes, decode, 'http', free)).rejects.toBe(error)
    line.unread('http')
    expect(written).toEqual([])
    expect(await counted()).toEqual([2, 2, 100, 0, 0])
  })
})

describe('what the sender of refused spans is told', () => {
  test('names each by place, field and reason, and says how many were stored', () => {
    const error = refusalError({
      stored: 2,
      refused: [...refused, { index: 3, field: '', reason: 'A span must be an object.' }],
      refusedCount: 2,
    })
    expect([error.code, error.status]).toEqual(['spans-refused', 400])
    expect(error.detail).toBe(
      '2 of 4 spans refused, 2 stored.\n[1] id: It is missing.\n[3]: A span must be an object.',
    )
  })

  test('names 20 of them, and counts those that were not kept as well', () => {
    const many = Array.from({ length: 100 }, (_, index) => ({ index, field: 'id', reason: 'It is missing.' }))
    const lines = refusalError({ stored: 1, refused: many, refusedCount: 5000 }).detail.split('\n')
    expect([lines[0], lines.length, lines.at(-1)]).toEqual([
      '5000 of 5001 spans refused, 1 stored.',
      22,
      '… and 4980 more',
    ])
  })
})
