import { describe, expect, test } from '@jest/globals'
import { reconstruct } from './reconstruct.ts'
import { traceFromText } from '../testing/trace-text.ts'

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
  test('is found in a call that failed with an answer; without one the client may have given up', () => {
    const failed = (tags: string) => call('% clock pay +40').replace('CLIENT', `CLIENT ${tags}`)
    const moved = (tags: string) => explain(failed(tags)).clocks.filter(({ service }) => service === 'pay')
    expect(moved('error http.status_code=503')).toMatchObject([{ offset: -40_000 }])
    expect(moved('error=timeout')).toEqual([])
  })
  test('is found although the server seems to have worked a little longer than its client waited', () => {
    const view = explain(
      '% clock pay +40\nweb get 0 100 SERVER\n  web call 10 40 CLIENT\n    pay called 10 40.4 SERVER',
    )
    expect(view.clocks).toMatchObject([{ service: 'pay', offset: -40_000 }])
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
  test('calls that contradict each other: what most of them say counts, not what the first says', () => {
    const view = explain(`
      web get 0 200 SERVER
        web one 10 10 CLIENT
          pay one 832 6 SERVER
        web two 30 10 CLIENT
          pay two 532 6 SERVER
        web three 50 10 CLIENT
          pay three 551 6 SERVER
    `)
    // two: 498 to 502 ms off, three: 497 to 501.
    expect(view.clocks).toEqual([{ service: 'pay', ip: undefined, offset: -499_500 }])
  })
  test('calls that contradict each other, as many either way: the clock moves least', () => {
    expect(
      explain(`
      web get 0 200 SERVER
        web one 10 10 CLIENT
          pay one 832 6 SERVER
        web two 30 10 CLIENT
          pay two 32 6 SERVER
    `).clocks,
    ).toEqual([])
  })
  test('a client that gave up on an overloaded server does not move its clock, which is right', () => {
    const text = `
      web get 0 300 SERVER
        web pay 10 100 CLIENT error
          pay pay 90 60 SERVER
        web pay 120 100 CLIENT
          pay pay 125 90 SERVER
    `
    expect(explain(text).clocks).toEqual([])
    expect(starts(text)).toEqual([0, 10, 90, 120, 125])
  })
  test('even a client that gave up was there before its server', () => {
    expect(
      explain(`
      % clock pay -400
      web pay 10 100 CLIENT error
        pay pay 90 60 SERVER
    `).clocks,
    ).toEqual([{ service: 'pay', ip: undefined, offset: 320_000 }])
  })
  test('a clock that is off is found by the good call beside one that was given up', () => {
    expect(
      explain(`
      % clock pay +40
      web get 0 300 SERVER
        web pay 10 50 CLIENT error
          pay pay 55 40 SERVER
        web pay 120 100 CLIENT
          pay pay 125 90 SERVER
    `).clocks,
    ).toEqual([{ service: 'pay', ip: undefined, offset: -40_000 }])
  })
  test('only a client is known to wait: a server may start what runs on after it', () => {
    const text = `
      a get 0 20 SERVER
        b hook 60 10 SERVER
    `
    expect(explain(text).clocks).toEqual([])
    expect(starts(text)).toEqual([0, 60])
  })
  test('half a millisecond is rounding: put right, but not reported as a clock that is off', () => {
    const text = (start: string) => `
      web call 10 40.5 CLIENT
        pay called ${start} 40 SERVER
    `
    expect(explain(text('9.5')).clocks).toEqual([])
    expect(starts(text('9.5'))).toEqual([0, 0.25])
    expect(explain(text('9')).clocks).toEqual([{ service: 'pay', ip: undefined, offset: 1250 }])
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
  test('a message that lay in its queue for hours says nothing of clocks, also beside calls that do', () => {
    const text = `
      % clock ship -250
      web get 0 120 SERVER
        web order 5 110 CLIENT
          shop order 8 104 SERVER
            shop check 20 40 CLIENT
              ship check 25 30 SERVER
            shop send 100 2 PRODUCER ->kafka
              ship receive 10800000 25 CONSUMER ->kafka
                ship insert 10800003 15 CLIENT ->db
              mail receive 25200000 80 CONSUMER ->kafka error
    `
    const view = explain(text)
    expect(view.clocks).toEqual([{ service: 'ship', ip: undefined, offset: 250_000 }])
    expect(starts(text)).toEqual([0, 5, 8, 20, 25, 100, 10_800_000, 10_800_003, 25_200_000])
    expect(view.duration).toBe(25_200_080_000)
    expect(view.hops.filter(({ kind }) => kind === 'messaging').map((hop) => hop.requestTransit)).toEqual([
      10_799_898_000, 25_199_898_000,
    ])
  })
  test('a message from or to a side that calls itself something else is none the less not waited for', () => {
    for (const [from, to] of ['CLIENT CONSUMER', 'PRODUCER SERVER', 'PRODUCER'].map((line) =>
      line.split(' '),
    )) {
      const text = `
        web send 0 5 ${from ?? ''}
          job work 900 2 ${to ?? ''}
      `
      expect(explain(text).clocks).toEqual([])
      expect(starts(text)).toEqual([0, 900])
    }
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
