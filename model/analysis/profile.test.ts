import { describe, expect, test } from '@jest/globals'
import { entriesOf, type OperationProfile, ProfileAccumulator } from './profile.ts'
import { reconstruct } from '../trace/reconstruct.ts'
import type { TraceId } from '../span.ts'
import { brokenTrace, randomFrom, randomTrace, SHAPE_NAMES, shapedTrace } from '../testing/trace-shapes.ts'
import { traceFromText } from '../testing/trace-text.ts'

const idOf = (n: number) => n.toString(16).padStart(16, '0') as TraceId

function profileOf(texts: readonly string[], service = 'web', operation?: string): OperationProfile {
  const profile = new ProfileAccumulator()
  texts.forEach((text, i) => {
    const view = reconstruct(traceFromText(text, { traceId: idOf(i + 1) }))
    profile.addTrace(view, entriesOf(view, service, operation))
  })
  return profile.profile()
}

/** web takes 20 ms itself, pay 30 ms and 4 ms on the way, pay's database as long as is said. */
const buy = (db: number) => `
  web get-/buy 0 ${54 + db} SERVER
    web charge 10 ${34 + db} CLIENT ->pay
      pay charge 12 ${30 + db} SERVER
        pay select 20 ${db} CLIENT ->db
`

describe('the profile of an operation', () => {
  test('divides the critical path among services and the network, and among hops and its own', () => {
    const { services, network, hops, own, ...rest } = profileOf([buy(46), buy(46)])
    expect(rest).toEqual({
      calls: 2, traces: 2, p50: 100_000, p95: 100_000, p99: 100_000, slowness: undefined, complete: true,
    }) // prettier-ignore
    expect(services).toEqual([
      { service: 'db', reported: false, time: 92_000, share: 0.46, calls: 2, p50: 46_000, p95: 46_000 },
      { service: 'pay', reported: true, time: 60_000, share: 0.3, calls: 2, p50: 30_000, p95: 30_000 },
      { service: 'web', reported: true, time: 40_000, share: 0.2, calls: 2, p50: 20_000, p95: 20_000 },
    ])
    expect(network).toEqual({ time: 8_000, share: 0.04, calls: 2, p50: 4_000, p95: 4_000 })
    expect(hops).toEqual([
      { from: 'pay', to: 'db', operation: 'select', kind: 'rpc', time: 92_000, share: 0.46, calls: 2, p50: 46_000, p95: 46_000 },
      { from: 'web', to: 'pay', operation: 'charge', kind: 'rpc', time: 68_000, share: 0.34, calls: 2, p50: 34_000, p95: 34_000 },
    ]) // prettier-ignore
    expect(own).toEqual({ time: 40_000, share: 0.2, calls: 2, p50: 20_000, p95: 20_000 })
  })

  test('is of the operation alone, wherever in a trace it is', () => {
    const { calls, services, network, own } = profileOf([buy(46), buy(46)], 'pay', 'charge')
    expect(calls).toBe(2)
    expect(services).toMatchObject([
      { service: 'db', share: 46 / 76 },
      { service: 'pay', share: 30 / 76 },
    ])
    expect([network.time, own.time]).toEqual([0, 60_000])
  })

  test('is the same for one that the trace itself did not wait for', () => {
    const { calls, p50, services } = profileOf([
      `
      web get 0 10 SERVER
        web send 1 2 PRODUCER ->queue
          mail deliver 5 100 CONSUMER
            mail store 20 70 CLIENT ->db
    `], 'mail') // prettier-ignore
    expect([calls, p50]).toEqual([1, 100_000])
    expect(services).toMatchObject([
      { service: 'db', time: 70_000 },
      { service: 'mail', time: 30_000 },
    ])
  })

  test('counts only what was waited for', () => {
    const { services } = profileOf([
      `
      web get 0 100 SERVER
        web fast 10 20 CLIENT ->cache
        web slow 10 80 CLIENT ->db
    `,
    ])
    expect(services).toMatchObject([
      { service: 'db', time: 80_000 },
      { service: 'web', time: 20_000 },
    ])
  })

  test('takes each call of one trace, but none within another', () => {
    const profile = profileOf(
      [
        `
      web all 0 100
        pay charge 0 30 SERVER
          pay charge 5 10 SERVER
        pay charge 40 50 SERVER
    `,
      ],
      'pay',
      'charge',
    )
    expect(profile).toMatchObject({ calls: 2, traces: 1, p50: 30_000, p99: 50_000 })
  })

  test('of what nobody serves is that of the spans of this name', () => {
    expect(profileOf(['job nightly 0 100\n  job step 10 20'], 'job', 'nightly')).toMatchObject({
      calls: 1,
      services: [{ service: 'job', time: 100_000 }],
    })
  })

  test('of nothing is nothing', () => {
    expect(profileOf([buy(1)], 'nobody')).toMatchObject({
      calls: 0,
      traces: 0,
      p99: 0,
      services: [],
      hops: [],
    })
  })

  test('tells a bounded number of services and hops apart, and says so', () => {
    const texts = Array.from({ length: 1001 }, (_, i) => `web get 0 10 SERVER\n  web ask 1 9 CLIENT ->s${i}`)
    const { services, hops, complete } = profileOf(texts)
    expect([services.length, hops.length, complete]).toEqual([1001, 1001, false])
    expect(services.find(({ service }) => service === 'other')).toMatchObject({ time: 18_000, calls: 2 })
    expect(hops.find(({ to }) => to === 'other')).toMatchObject({ from: 'other', time: 9_000 })
  })

  test('of a chain of 50,000 calls and of cycles ends', () => {
    const chain = traceFromText('web get 0 100 SERVER')
    const [root] = chain.spans
    if (root === undefined) throw new Error('no span')
    const spans = Array.from({ length: 50_000 }, (_, i) => ({
      ...root,
      id: idOf(i + 1) as never,
      parentId: (i === 0 ? undefined : idOf(i)) as never,
    }))
    for (const broken of [spans, spans.map((span) => ({ ...span, parentId: span.id }))]) {
      const view = reconstruct({ ...chain, spans: broken })
      const profile = new ProfileAccumulator()
      profile.addTrace(view, entriesOf(view, 'web', undefined))
      expect(profile.profile().calls).toBe(broken === spans ? 1 : 50_000)
    }
  })
})

describe('of traces of any shape', () => {
  const times = ({ services, network, hops, own }: OperationProfile) => {
    const sum = (parts: readonly { time: number }[]) => parts.reduce((total, { time }) => total + time, 0)
    return [sum([...services, network]), sum([...hops, own])]
  }

  test.each([
    ['random', randomTrace],
    ['broken', brokenTrace],
  ])('%s: both ways of dividing the time add up to it', (_, shape) => {
    const random = randomFrom(6)
    let calls = 0
    for (let i = 0; i < 100; i++) {
      const view = reconstruct(shape({ spans: 60, random }))
      for (const { name } of view.services) {
        const entries = entriesOf(view, name, undefined)
        const profile = new ProfileAccumulator()
        profile.addTrace(view, entries)
        const result = profile.profile()
        const [byService, byHop] = times(result)
        expect(byService).toBe(byHop)
        // One call has nothing but its own length to divide.
        if (result.calls === 1) expect(byService).toBe(result.p50)
        calls += result.calls
      }
    }
    expect(calls).toBeGreaterThan(500)
  })

  test.each(SHAPE_NAMES)('%s, 100,000 spans: the whole trace is divided', (name) => {
    const view = reconstruct(shapedTrace(name, { spans: 100_000, random: randomFrom(7) }))
    const profile = new ProfileAccumulator()
    const [root] = view.spans
    if (root === undefined) throw new Error('no spans')
    profile.addTrace(view, [root])
    const [byService, byHop] = times(profile.profile())
    expect([byService, byHop]).toEqual([view.duration, view.duration])
  })
})

describe('why the slowest calls are slow', () => {
  /** The database takes 10 to 12 ms, but in the last 10 of 1,000 calls ten times as long. */
  const calls = Array.from({ length: 1000 }, (_, i) => buy(i >= 990 ? 100 + (i - 990) : 10 + (i % 3)))

  test('is said by what they spend more time in, with traces to look at', () => {
    const { p50, p99, slowness } = profileOf(calls)
    expect([p50, p99]).toEqual([65_000, 66_000])
    expect(slowness?.slow).toEqual({
      calls: 10,
      shortest: 154_000,
      longest: 163_000,
      mean: 158_500,
      exemplars: [1000, 999, 998, 997, 996].map(idOf),
    })
    expect(slowness?.usual).toMatchObject({ calls: 500, shortest: 64_000, longest: 66_000 })
    expect(slowness?.hops[0]).toMatchObject({
      from: 'pay', to: 'db', operation: 'select', slow: 104_500,
      exemplars: [1000, 999, 998, 997, 996].map(idOf),
    }) // prettier-ignore
    expect(slowness?.services.map(({ service, added }) => [service, added > 0])).toEqual([
      ['db', true],
      ['web', false],
      ['pay', false],
    ])
    expect(slowness?.network).toMatchObject({ slow: 4_000, usual: 4_000, added: 0 })
    expect(slowness?.own).toMatchObject({ slow: 20_000, usual: 20_000, added: 0 })
  })

  test('is explained to the last microsecond', () => {
    const slowness = profileOf(calls).slowness
    if (slowness === undefined) throw new Error('no answer')
    const longer = slowness.slow.mean - slowness.usual.mean
    const added = (parts: readonly { added: number }[]) => parts.reduce((sum, part) => sum + part.added, 0)
    expect(added([...slowness.services, slowness.network])).toBeCloseTo(longer, 6)
    expect(added([...slowness.hops, slowness.own])).toBeCloseTo(longer, 6)
  })

  test('names a service that only slow calls go to', () => {
    const usual = 'web get 0 20 SERVER'
    const slow = 'web get 0 90 SERVER\n  web retry 10 70 CLIENT ->backup'
    const { slowness } = profileOf([...Array<string>(15).fill(usual), slow, ...Array<string>(4).fill(slow)])
    expect(slowness?.hops).toEqual([
      {
        from: 'web', to: 'backup', operation: 'retry', kind: 'rpc',
        slow: 70_000, usual: 0, added: 70_000, exemplars: [16, 17, 18, 19, 20].map(idOf),
      },
    ]) // prettier-ignore
  })

  test.each([
    [3, undefined],
    [4, 1],
    [39, 9],
    [40, 10],
    [1000, 10],
    [1001, 11],
  ])('of %i calls looks at the slowest %p', (count, slow) => {
    expect(profileOf(calls.slice(0, 1000).concat(buy(1)).slice(0, count)).slowness?.slow.calls).toBe(slow)
  })
})
