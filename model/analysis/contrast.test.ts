import { describe, expect, test } from '@jest/globals'
import { ContrastAccumulator, leastDifference } from './contrast.ts'
import type { Span, TraceId } from '../span.ts'
import { traceFromText } from '../testing/trace-text.ts'

const idOf = (n: number) => n.toString(16).padStart(16, '0') as TraceId
/** A call of web that calls pay. */
const call = (tags: string, payTags = '') =>
  traceFromText(`
    web get-/buy 0 100 SERVER ${tags}
      pay charge 10 50 SERVER ${payTags}
  `).spans

/** 10 slow traces and 40 others, one of each at a time; 9 of the slow ones are of version 2, all on one pod. */
function slowAndOthers(): ContrastAccumulator {
  const groups = new ContrastAccumulator()
  for (let i = 0; i < 40; i++) {
    if (i < 10) groups.addTrace('a', idOf(1000 + i), call(`version=${i < 9 ? 2 : 1} rid=a${i}`, 'pod=p7'))
    groups.addTrace('b', idOf(i), call(`version=${i % 8 === 0 ? 2 : 1} rid=b${i}`, `pod=p${i % 8}`))
  }
  return groups
}

describe('the contrast of two groups of traces', () => {
  test('ranks the attribute first whose values differ the most, with exact shares and a trace of each', () => {
    const { tracesA, tracesB, attributes, complete } = slowAndOthers().contrast()
    expect({ tracesA, tracesB, complete }).toEqual({ tracesA: 10, tracesB: 40, complete: true })
    expect(attributes.slice(0, 2).map(({ attribute }) => attribute)).toEqual(['tag:pod', 'tag:version'])
    expect(attributes[0]?.values[0]).toEqual({
      value: 'p7',
      countA: 10,
      countB: 5,
      shareA: 1,
      shareB: 0.125,
      difference: 0.875,
      score: leastDifference(10, 10, 5, 40),
      exampleA: idOf(1000),
      exampleB: idOf(7),
    })
    expect(attributes[1]?.values).toMatchObject([
      { value: '2', countA: 9, countB: 5 },
      { value: '1', countA: 1, countB: 35 },
    ])
  })

  test('what both groups have alike comes last, with a score of 0', () => {
    const last = slowAndOthers().contrast().attributes.slice(2)
    expect(last.map(({ attribute, score }) => [attribute, score])).toEqual([
      ['kind', 0],
      ['operation', 0],
      ['service', 0],
      ['status', 0],
    ])
  })

  test('sets aside what is nearly unique to each trace, by name', () => {
    const { unique, attributes } = slowAndOthers().contrast()
    expect(unique).toEqual(['tag:rid'])
    expect(attributes.map(({ attribute }) => attribute)).not.toContain('tag:rid')
  })

  test('finds the one user whose requests are slow among many who came once', () => {
    const groups = new ContrastAccumulator()
    for (let i = 0; i < 500; i++) groups.addTrace('b', idOf(i), call(`user=u${i}`))
    for (let i = 0; i < 20; i++) groups.addTrace('a', idOf(1000 + i), call('user=u42'))
    const { attributes, unique } = groups.contrast()
    expect(unique).toEqual([])
    expect(attributes[0]).toMatchObject({
      attribute: 'tag:user',
      values: [{ value: 'u42', countA: 20, countB: 1 }, ...Array<unknown>(9).fill(expect.anything())],
      valueCount: 500,
    })
  })

  test('counts that an attribute is missing as a value, and a trace once however many spans have it', () => {
    const groups = new ContrastAccumulator()
    for (let i = 0; i < 8; i++) {
      groups.addTrace('a', idOf(i), call('canary=yes', 'canary=yes'))
      groups.addTrace('b', idOf(100 + i), call(''))
    }
    expect(groups.contrast().attributes[0]).toMatchObject({
      attribute: 'tag:canary',
      values: [
        { value: 'yes', countA: 8, countB: 0, shareA: 1, shareB: 0, difference: 1 },
        { value: undefined, countA: 0, countB: 8, difference: -1 },
      ],
      valueCount: 2,
    })
  })

  test('names the services, operations, kinds, peers and failures of a trace', () => {
    const groups = new ContrastAccumulator()
    const spans = traceFromText('web get 0 9 CLIENT ->db error=no').spans
    for (let i = 0; i < 5; i++) {
      groups.addTrace('a', idOf(i), spans)
      groups.addTrace('b', idOf(i + 10), traceFromText('api put 0 9').spans)
    }
    const values = Object.fromEntries(
      groups.contrast().attributes.map(({ attribute, values }) => [attribute, values.map(({ value }) => value)]),
    ) // prettier-ignore
    expect(values).toEqual({
      service: ['web', 'api'],
      operation: ['get', 'put'],
      kind: ['CLIENT', undefined],
      status: ['error', 'unset'],
      remoteService: ['db', undefined],
      'tag:error': ['no', undefined],
    })
  })

  test('of two empty groups is nothing', () => {
    expect(new ContrastAccumulator().contrast()).toEqual({
      tracesA: 0, tracesB: 0, attributes: [], attributeCount: 0, unique: [], complete: true,
    }) // prettier-ignore
  })

  test('of one group alone ranks nothing', () => {
    const groups = new ContrastAccumulator()
    groups.addTrace('a', idOf(1), call('x=y'))
    expect(groups.contrast().attributes.every(({ score }) => score === 0)).toBe(true)
  })
})

describe('hostile tags', () => {
  const tagged = (tags: Record<string, string>) =>
    traceFromText('web get 0 9').spans.map((span): Span => ({ ...span, tags }))

  test('with names of what objects inherit are tags like any other', () => {
    const groups = new ContrastAccumulator()
    const tags = JSON.parse('{"__proto__": "x", "constructor": "y"}') as Record<string, string>
    for (let i = 0; i < 9; i++) {
      groups.addTrace('a', idOf(i), tagged(tags))
      groups.addTrace('b', idOf(i + 50), tagged({}))
    }
    expect(
      groups
        .contrast()
        .attributes.slice(0, 2)
        .map(({ attribute }) => attribute),
    ).toEqual(['tag:__proto__', 'tag:constructor'])
  })

  test('of more keys than are looked at make the answer incomplete, and cost no more memory', () => {
    const groups = new ContrastAccumulator()
    for (let i = 0; i < 30; i++)
      groups.addTrace(i % 2 ? 'a' : 'b', idOf(i), tagged(Object.fromEntries(Array.from({ length: 100 }, (_, k) => [`k${i}.${k}`, 'v'])))) // prettier-ignore
    const { complete, attributes, attributeCount } = groups.contrast()
    expect([complete, attributes.length, attributeCount]).toEqual([false, 100, 2003])
  })

  test('of more values than are looked at: unique ones are set aside, others make the answer incomplete', () => {
    const groups = new ContrastAccumulator()
    for (let i = 0; i < 6000; i++)
      groups.addTrace(i % 2 ? 'a' : 'b', idOf(i), tagged({ id: `${i}`, mixed: `${i % 3 ? i : 'often'}` }))
    const { complete, unique, attributes } = groups.contrast()
    expect([complete, unique]).toEqual([false, ['tag:id']])
    expect(attributes.find(({ attribute }) => attribute === 'tag:mixed')).toMatchObject({ valueCount: 4000 })
  })

  test('of more values than all attributes may have are counted from the start or not at all', () => {
    const groups = new ContrastAccumulator()
    const keys = Array.from({ length: 30 }, (_, k) => `k${k}`)
    // Each value comes four times, so no key is set aside.
    for (let i = 0; i < 16_000; i++)
      groups.addTrace(i % 2 ? 'a' : 'b', idOf(i), tagged(Object.fromEntries(keys.map((key) => [key, `${Math.floor(i / 4)}`])))) // prettier-ignore
    const { complete, attributes } = groups.contrast()
    expect(complete).toBe(false)
    const counts = attributes.flatMap(({ attribute, values }) =>
      attribute.startsWith('tag:') ? values.filter(({ value }) => value !== undefined) : [],
    )
    expect(counts.length).toBeGreaterThan(0)
    expect(counts.every(({ countA, countB }) => countA === 2 && countB === 2)).toBe(true)
  })

  test('too long to compare count as there, without a value', () => {
    const groups = new ContrastAccumulator()
    groups.addTrace('a', idOf(1), tagged({ sql: 'x'.repeat(300), ['y'.repeat(300)]: 'z' }))
    groups.addTrace('b', idOf(2), tagged({}))
    const tags = groups.contrast().attributes.filter(({ attribute }) => attribute.startsWith('tag:'))
    expect(tags).toMatchObject([
      { attribute: 'tag:sql', values: [{ value: undefined, countA: 0, countB: 1 }] },
    ])
  })
})

describe('how much two shares differ at least', () => {
  // Newcombe 1998, table II, method 10: 56/70 and 48/80; 10/10 and 0/20; 10/10 and 0/10.
  test.each([
    [56, 70, 48, 80, 0.0524],
    [10, 10, 0, 20, 0.6791],
    [10, 10, 0, 10, 0.6075],
  ])('%i of %i against %i of %i is as in the paper', (a, ofA, b, ofB, least) => {
    expect(leastDifference(a, ofA, b, ofB)).toBeCloseTo(least, 4)
    expect(leastDifference(b, ofB, a, ofA)).toBeCloseTo(least, 4)
  })

  test.each([
    [1, 1, 0, 2],
    [0, 0, 5, 9],
    [9, 70, 10, 70],
    [0, 40, 0, 40],
  ])('%i of %i against %i of %i shows nothing', (a, ofA, b, ofB) => {
    expect(leastDifference(a, ofA, b, ofB)).toBe(0)
  })
})
