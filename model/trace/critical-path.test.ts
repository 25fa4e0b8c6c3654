import { describe, expect, test } from '@jest/globals'
import { reconstruct } from './reconstruct.ts'
import { idOf, makeSpan, traceFromText } from '../testing/trace-text.ts'

/** Segments as `name start-end`, in ms from the trace's start. */
const path = (text: string) => {
  const view = reconstruct(traceFromText(text))
  const at = (time: number) => (time - view.start) / 1000
  return view.criticalPath.map((s) => `${view.spans[s.span]?.span.name ?? '-'} ${at(s.start)}-${at(s.end)}`)
}
const selfTimes = (text: string) =>
  reconstruct(traceFromText(text)).spans.map(({ selfTime }) => selfTime / 1000)

describe('the critical path', () => {
  test('of a fan-out goes through the slowest branch', () => {
    expect(
      path(`
      a root 0 100
        a fast 10 20
        a slow 10 60
          b inside 20 40
        a last 80 10
    `),
    ).toEqual([
      'root 0-10',
      'slow 10-20',
      'inside 20-60',
      'slow 60-70',
      'root 70-80',
      'last 80-90',
      'root 90-100',
    ])
  })
  test('goes from sibling to the sibling that it waited for', () => {
    expect(
      path(`
      a root 0 50
        a one 0 20
        a beside 10 25
        a two 20 30
    `),
    ).toEqual(['one 0-20', 'two 20-50'])
  })
  test('cuts a child to its parent', () => {
    expect(
      path(`
      a root 0 50
        a long 40 30
    `),
    ).toEqual(['root 0-40', 'long 40-50'])
  })
  test("doesn't wait for a message's receiver that outlives the sender", () => {
    expect(
      path(`
      a root 0 50 SERVER
        b work 40 30 CONSUMER
    `),
    ).toEqual(['root 0-50'])
    expect(
      path(`
      a root 0 50 SERVER
        b work 10 30 CONSUMER
    `),
    ).toEqual(['root 0-10', 'work 10-40', 'root 40-50'])
  })
  test('ends with the request, however long its messages lie and are worked on afterwards', () => {
    const text = `
      web get 0 120 SERVER
        web order 5 110 CLIENT
          shop order 8 104 SERVER
            shop send 100 2 PRODUCER
              ship receive 442 25 CONSUMER
                ship insert 445 15 CLIENT
              mail receive 2002 80 CONSUMER error
    `
    expect(path(text)).toEqual([
      'get 0-5',
      'order 5-8',
      'order 8-100',
      'send 100-102',
      'order 102-112',
      'order 112-115',
      'get 115-120',
    ])
    // What nobody waited for takes nothing from those above it either.
    expect(selfTimes(text)).toEqual([10, 6, 102, 2, 10, 15, 80])
  })
  test('of a trace that is begun by a message is the sending', () => {
    expect(
      path(`
      cron send 0 5 PRODUCER
        job work 900 50 CONSUMER
    `),
    ).toEqual(['send 0-5'])
  })
  test('goes through a span without duration as far as what it waited for', () => {
    expect(
      path(`
      web get 0 100 SERVER
        web call 10 - CLIENT
          b handler 20 60 SERVER
            b query 30 40 CLIENT
    `),
    ).toEqual(['get 0-10', 'call 10-20', 'handler 20-30', 'query 30-70', 'handler 70-80', 'get 80-100'])
  })
  test("a root without duration reaches to the last end known, a message's receiver apart", () => {
    expect(
      path(`
      web get 0 - SERVER
        web call 10 - CLIENT
          b handler 20 60 SERVER
        web send 30 2 PRODUCER
          c work 90 9 CONSUMER
        d work 90 9 CONSUMER
    `),
    ).toEqual(['get 0-10', 'call 10-20', 'handler 20-80'])
  })
  test('of several roots covers the trace, gaps being nobody’s', () => {
    expect(
      path(`
      a one 0 10
      a two 30 10
    `),
    ).toEqual(['one 0-10', '- 10-30', 'two 30-40'])
  })
})

describe('self time', () => {
  test('is what no child covers, overlaps counted once', () => {
    expect(
      selfTimes(`
      a root 0 100
        a one 10 30
        a two 20 40
        a out 90 50
    `),
    ).toEqual([40, 30, 40, 50])
  })
  test('is not lessened by a receiver that began before its message was acknowledged', () => {
    expect(
      selfTimes(`
      a send 0 10 PRODUCER
        b work 5 60 CONSUMER
        c work 5 3 CONSUMER
    `),
    ).toEqual([7, 60, 3])
  })
  test('of a span without duration counts to the last end known below it; its duration stays unknown', () => {
    const unfinished = `
      web get 0 100 SERVER
        web call 10 - CLIENT
          b handler 20 60 SERVER
        web lost 90 -
    `
    expect(selfTimes(unfinished)).toEqual([30, 10, 60, 0])
    expect(reconstruct(traceFromText(unfinished)).spans[1]?.duration).toBe(0)
  })
  test('of a chain 50,000 deep of which only the last span ended', () => {
    const spans = Array.from({ length: 50_000 }, (_, i) =>
      makeSpan({
        id: idOf(i + 1),
        parentId: i === 0 ? undefined : idOf(i),
        timestamp: (1000 + i) as never,
        duration: i === 49_999 ? (7 as never) : undefined,
      }),
    )
    const view = reconstruct({ traceId: idOf('a') as never, spans })
    expect(view.criticalPath).toHaveLength(50_000)
    expect(view.spans.at(-1)?.selfTime).toBe(7)
  })
})
