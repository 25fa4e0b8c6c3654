import { describe, expect, test } from '@jest/globals'
import { reconstruct } from './reconstruct.ts'
import { traceFromText } from './testing/trace-text.ts'

const explain = (text: string) => reconstruct(traceFromText(text))
const starts = (text: string) => explain(text).spans.map((row) => (row.start - explain(text).start) / 1000)

const call = (clock: string) => `
  ${clock}
  web get 0 100 SERVER @10.0.0.1
    web call 10 60 CLIENT
      pay called 20 40 SERVER @10.0.0.2
        pay inside 25 5
          db query 26 2 SERVER @10.0.0.3
`

describe('clock skew', () => {
  test('of 40 ms is found and removed, for every span of the moved clock', () => {
    const view = explain(call('% clock pay +40'))
    expect(view.clocks).toContainEqual({ service: 'pay', ip: '10.0.0.2', offset: -40_000 })
    expect(starts(call('% clock pay +40')).slice(0, 4)).toEqual([0, 10, 20, 25])
  })
  test('backwards as well', () => {
    expect(explain(call('% clock pay -40')).clocks).toContainEqual({
      service: 'pay',
      ip: '10.0.0.2',
      offset: 40_000,
    })
  })
  test('a clock that is possible is left alone', () => {
    expect(explain(call('% clock pay +1')).clocks).toEqual([])
  })
  test('offsets add up from the root down', () => {
    const view = explain(call('% clock pay +1000\n% clock db +1000'))
    expect(view.clocks.map(({ service, offset }) => [service, offset])).toEqual([
      // Nothing contradicts db's own times against pay's, which moved by 1 s: it moves along.
      ['db', -1_000_000],
      ['pay', -1_000_000],
    ])
  })
  test('all calls between two clocks narrow the offset', () => {
    // Alone, the first call would put pay's clock in the middle: 25 ms off. The second leaves less room.
    const view = explain(`
      % clock pay +500
      web get 0 200 SERVER
        web slow 0 100 CLIENT
          pay slow 10 40 SERVER
        web fast 110 10 CLIENT
          pay fast 111 8 SERVER
    `)
    expect(view.clocks).toEqual([{ service: 'pay', ip: undefined, offset: -500_000 }])
  })
  test('calls that contradict each other: the first counts', () => {
    const view = explain(`
      web get 0 200 SERVER
        web one 10 10 CLIENT
          pay one 512 6 SERVER
        web two 30 10 CLIENT
          pay two 832 6 SERVER
    `)
    expect(view.clocks).toEqual([{ service: 'pay', ip: undefined, offset: -500_000 }])
  })
  test('a consumer may run on after its producer, but not begin before it', () => {
    expect(
      explain(`
      web send 0 5 PRODUCER
        job work 900 50 CONSUMER
    `).clocks,
    ).toEqual([])
    expect(
      explain(`
      web send 10 5 PRODUCER
        job work 3 50 CONSUMER
    `).clocks,
    ).toEqual([{ service: 'job', ip: undefined, offset: 7000 }])
  })
  test('an orphan says nothing of clocks', () => {
    expect(
      explain(`
      web get 10 5 SERVER
      pay lost 1 1 SERVER parent=ff
    `).clocks,
    ).toEqual([])
  })
  test('a service at one address has one clock, also where a span leaves the address out', () => {
    const view = explain(`
      % clock pay +40
      web call 10 60 CLIENT
        pay called 20 40 SERVER @10.0.0.2
          pay inside 25 5
    `)
    expect(view.clocks).toEqual([{ service: 'pay', ip: '10.0.0.2', offset: -40_000 }])
    expect(view.spans[2]?.start).toBe(view.start + 15_000)
  })
})
