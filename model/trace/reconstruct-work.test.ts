// How the work of reconstruction grows with a trace: counted, not timed, so that a slow machine makes no difference.
import { describe, expect, test } from '@jest/globals'
import { reconstruct } from './reconstruct.ts'
import type { Trace } from '../span.ts'
import { brokenTrace, idOf, randomFrom, randomTrace, shapedTrace, TEXT_EPOCH } from '../testing/trace-text.ts'

const SEED = 7

const shaped = (name: Parameters<typeof shapedTrace>[0], spans: number) =>
  shapedTrace(name, { spans, random: randomFrom(SEED) })

describe('four times the spans are about four times the work', () => {
  /** How often any field of any span is read; with equal times each comparison of two reads their ids. */
  const workOf = ({ traceId, spans }: Trace): number => {
    let reads = 0
    const counting = spans.map(
      (span) =>
        new Proxy(span, {
          get(target, field) {
            reads++
            return Reflect.get(target, field) as unknown
          },
        }),
    )
    expect(reconstruct({ traceId, spans: counting }).spans.length).toBeGreaterThan(0)
    return reads
  }
  const atOneTime = ({ traceId, spans }: Trace): Trace => ({
    traceId,
    spans: spans.map((span) => ({ ...span, timestamp: TEXT_EPOCH })),
  })
  const sameId = ({ traceId, spans }: Trace): Trace => ({
    traceId,
    spans: spans.map((span) => ({ ...span, id: idOf(1) })),
  })
  const shapes: Readonly<Record<string, (spans: number, random: () => number) => Trace>> = {
    'a wide tree': (spans) => shaped('wide', spans),
    'deep chains': (spans) => shaped('two chains', spans),
    'children of few': (spans) => shaped('10,000 children', spans),
    'calls between services': (spans, random) => randomTrace({ spans, random }),
    'broken spans': (spans, random) => brokenTrace({ spans, random }),
    'children of few, all at one time': (spans) => atOneTime(shaped('10,000 children', spans)),
    'calls between services, all at one time': (spans, random) => atOneTime(randomTrace({ spans, random })),
    'reports of one id': (spans) => sameId(shaped('wide', spans)),
    'reports of one id, from many services': (spans, random) => sameId(randomTrace({ spans, random })),
  }
  test.each(Object.keys(shapes))('%s', (name) => {
    const work = (spans: number) =>
      workOf(shapes[name]?.(spans, randomFrom(SEED)) ?? { traceId: idOf('a') as never, spans: [] })
    // n log n, for n from 2,000 to 8,000: 4.7 times the work. The square would be 16 times.
    const ratio = work(8000) / work(2000)
    expect(ratio).toBeLessThan(5.5)
  })
})
