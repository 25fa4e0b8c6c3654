import { describe, expect, test } from '@jest/globals'
import { EdgeLinker, edgeSpanFrom } from './edges.ts'
import { TEXT_EPOCH, traceFromText } from '../testing/trace-text.ts'

/** Each edge of the trace as `from kind to count errors durations`, durations (the shortest and the longest, or both) in ms. */
function edgesOf(text: string, window: { from?: number; to?: number } = {}): string[] {
  const linker = new EdgeLinker({
    from: TEXT_EPOCH - 1000,
    to: TEXT_EPOCH + 10_000_000_000,
    step: undefined,
    quantiles: [0, 1],
    ...window,
  } as never)
  linker.addTrace(traceFromText(text).spans.map(edgeSpanFrom))
  return linker.edges().map(({ from, kind, to, points }) => {
    const [point] = points
    const millis = point?.durations?.map((micros) => Math.round(micros / 1000))
    const durations = millis === undefined ? 'unknown' : [...new Set(millis)].join('..')
    return `${from} ${kind} ${to} ${point?.count} ${point?.errors} ${durations}`
  })
}

describe('a call between services', () => {
  test('is of the caller and the server below it, and took what the caller waited for', () => {
    expect(edgesOf('web get 0 100 SERVER\n  web call 10 60 CLIENT\n    pay get 20 40 SERVER')).toEqual(['web rpc pay 1 0 60']) // prettier-ignore
  })
  test('is of both halves of a shared span', () => {
    expect(edgesOf('web call 10 60 CLIENT\n  pay get 20 40 SERVER shared')).toEqual(['web rpc pay 1 0 60'])
  })
  test('is of a parent that is no caller, and took what the server says', () => {
    expect(edgesOf('web get 0 100 SERVER\n  pay get 20 40 SERVER')).toEqual(['web rpc pay 1 0 40'])
  })
  test('took what the called says if the caller says nothing', () => {
    expect(edgesOf('web call 10 - CLIENT\n  pay get 20 40 SERVER')).toEqual(['web rpc pay 1 0 40'])
    expect(edgesOf('web call 10 - CLIENT\n  pay get 20 - SERVER')).toEqual(['web rpc pay 1 0 unknown'])
  })
  test('by message took what the consumer says, whoever of both names it one', () => {
    expect(edgesOf('web send 0 5 PRODUCER\n  pay take 20 40 CONSUMER')).toEqual(['web messaging pay 1 0 40'])
    expect(edgesOf('web send 0 5 PRODUCER\n  pay take 20 - CONSUMER')).toEqual(['web messaging pay 1 0 unknown']) // prettier-ignore
    expect(edgesOf('web send 0 5 CLIENT\n  pay take 20 40 CONSUMER')).toEqual(['web messaging pay 1 0 40'])
  })
  test('counts for each span reported under the id of its caller, up to a hundred', () => {
    expect(edgesOf('web call 0 50 CLIENT id=b1\nweb call 1 60 CLIENT id=b1\n  pay get 20 40 SERVER parent=b1')).toEqual(['web rpc pay 2 0 50..60']) // prettier-ignore
    const reports = (count: number) =>
      Array.from({ length: count }, (_, i) => `web call ${i} 50 CLIENT id=b1`)
    const called = (count: number) => edgesOf([...reports(count), 'pay get 20 40 SERVER parent=b1 ->app'].join('\n')) // prettier-ignore
    expect(called(100)).toEqual(['web rpc pay 100 0 50'])
    expect(called(101)).toEqual(['app rpc pay 1 0 40'])
  })
  test('is by the remote service of who is called, if its caller is not stored', () => {
    expect(edgesOf('pay get 20 40 SERVER ->web parent=ff')).toEqual(['web rpc pay 1 0 40'])
    expect(edgesOf('pay get 20 40 CONSUMER ->queue')).toEqual(['queue messaging pay 1 0 40'])
  })
  test('is of the remote service of the caller, if nobody stored was called by it', () => {
    expect(edgesOf('web call 10 60 CLIENT ->db')).toEqual(['web rpc db 1 0 60'])
    expect(edgesOf('web call 10 60 PRODUCER ->queue')).toEqual(['web messaging queue 1 0 60'])
    expect(edgesOf('web call 10 60 CLIENT ->db\n  pay get 20 40 SERVER')).toEqual(['web rpc pay 1 0 60'])
  })
  test('is none if a service of it is not known', () => {
    expect(edgesOf('- call 10 60 CLIENT\n  pay get 20 40 SERVER\nweb call 10 60 CLIENT\npay get 20 40 SERVER')).toEqual([]) // prettier-ignore
  })
  test('is by nobody who began more than an hour before or after', () => {
    const later = (ms: number) => `web call 0 60 CLIENT ->db\n  pay get ${ms} 40 SERVER ->app`
    expect(edgesOf(later(3_600_000))).toEqual(['web rpc pay 1 0 60'])
    expect(edgesOf(later(3_600_001))).toEqual(['app rpc pay 1 0 40', 'web rpc db 1 0 60'])
  })
  test('is by nobody who is the shared half of the same call, nor by itself', () => {
    expect(edgesOf('pay get 0 9 SERVER shared id=b1\nbank get 0 9 SERVER shared id=b1')).toEqual([])
    expect(edgesOf('pay get 0 9 SERVER id=b1 parent=b1')).toEqual([])
  })
})

describe('a call failed', () => {
  test.each([
    ['CLIENT error', 'SERVER', 1],
    ['CLIENT', 'SERVER error', 1],
    ['CLIENT error', 'SERVER error', 1],
    ['SERVER error', 'SERVER', 0],
  ])('with a %s above a %s %i times', (above, below, errors) => {
    expect(edgesOf(`web a 0 60 ${above}\n  pay b 20 40 ${below}`)[0]?.split(' ')[4]).toBe(`${errors}`)
  })
})

describe('a window', () => {
  const text = 'web call 0 60 CLIENT\n  pay get 20 40 SERVER'
  test('has the calls whose called span began in it, its end not included', () => {
    expect(edgesOf(text, { from: TEXT_EPOCH + 20_000 })).toHaveLength(1)
    expect(edgesOf(text, { from: TEXT_EPOCH + 20_001 })).toHaveLength(0)
    expect(edgesOf(text, { to: TEXT_EPOCH + 20_001 })).toHaveLength(1)
    expect(edgesOf(text, { to: TEXT_EPOCH + 20_000 })).toHaveLength(0)
  })
  test('has no call whose time is not known', () => {
    expect(edgesOf('web call 0 60 CLIENT\n  pay get - 40 SERVER')).toHaveLength(0)
  })
})

test('edges come by caller, called and kind', () => {
  const text = 'b x 0 1 CLIENT ->a\na x 0 1 PRODUCER ->c\na x 0 1 CLIENT ->c\na x 0 1 CLIENT ->b'
  expect(edgesOf(text).map((edge) => edge.slice(0, -' 1 0 1'.length))).toEqual(['a rpc b', 'a rpc c', 'a messaging c', 'b rpc a']) // prettier-ignore
})
