import { describe, expect, test } from '@jest/globals'
import type { Span, Trace } from '../span.ts'
import { idOf, makeSpan, TEXT_EPOCH, traceFromText } from '../testing/trace-text.ts'
import { matchTrace } from './evaluate.ts'
import { parseTraceQl } from './parser.ts'
import { type Relation, Structure } from './structure.ts'

/** Each span's name with that of its parent, in the order given and in reverse. */
function parentsIn({ spans }: Trace): string[] {
  const of = (list: readonly Span[]) => {
    const { parents } = new Structure(list)
    return list.map(({ name }, i) => `${name}<${list[parents[i] ?? -1]?.name ?? ''}`).sort()
  }
  expect(of(spans.toReversed())).toEqual(of(spans))
  return of(spans)
}

describe('who is whose parent', () => {
  test('the half that joined a span is below it, and what its service did is below that half', () => {
    const trace = traceFromText(`
      web call 0 100 CLIENT id=1 parent=-
      pay serve 10 80 SERVER shared id=1 parent=-
      pay query 20 10 CLIENT id=2 parent=1
      web log 30 10 id=3 parent=1
      else what 40 10 id=4 parent=1`)
    expect(parentsIn(trace)).toEqual(['call<', 'log<call', 'query<serve', 'serve<call', 'what<serve'])
  })

  test('a half whose other half is missing is below the parent that it names', () => {
    const trace = traceFromText(`
      web call 0 100 CLIENT id=1 parent=-
      pay serve 10 80 SERVER shared id=2 parent=1
      pay own 10 80 id=3 parent=3`)
    expect(parentsIn(trace)).toEqual(['call<', 'own<', 'serve<call'])
  })

  test('of several with an id that of the same service is the parent, else the first', () => {
    const trace = traceFromText(`
      web first 0 10 id=1 parent=-
      pay second 5 10 id=1 parent=-
      pay mine 6 1 id=2 parent=1
      mail yours 6 1 id=3 parent=1`)
    expect(parentsIn(trace)).toEqual(['first<', 'mine<second', 'second<', 'yours<first'])
  })

  test('a cycle is cut above its earliest span', () => {
    const trace = traceFromText(`
      loop c 3 1 id=3 parent=2
      loop a 1 1 id=1 parent=3
      loop b 2 1 id=2 parent=1
      loop d 0 1 id=4 parent=3`)
    expect(parentsIn(trace)).toEqual(['a<', 'b<a', 'c<b', 'd<c'])
  })
})

describe('relations', () => {
  /** Pairs by walking up from each span. */
  function slowly(relation: Relation, parents: Int32Array, left: number, right: number): boolean {
    const up = (i: number) => parents[i] ?? -1
    switch (relation) {
      case '>':
        return up(right) === left
      case '<':
        return up(left) === right
      case '~':
        return left !== right && up(left) >= 0 && up(left) === up(right)
      case '>>':
        for (let at = up(right); at >= 0; at = up(at)) if (at === left) return true
        return false
      case '<<':
        return slowly('>>', parents, right, left)
    }
  }

  test.each<Relation>(['>', '>>', '<', '<<', '~'])(
    '%s holds between those for which walking up says so',
    (relation) => {
      let seed = 7
      const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
      for (let round = 0; round < 60; round++) {
        const count = 1 + random(30)
        const spans = Array.from({ length: count }, (_, i) =>
          makeSpan({ id: idOf(i + 1), parentId: random(5) === 0 ? undefined : idOf(1 + random(count)) }),
        )
        const structure = new Structure(spans)
        const some = () => spans.flatMap((_, i) => (random(3) === 0 ? [i] : []))
        const [left, right] = [some(), some()]
        const pairs = left.flatMap((l) =>
          right.filter((r) => slowly(relation, structure.parents, l, r)).map((r) => [l, r]),
        )
        const related = right.filter((r) => pairs.some((pair) => pair[1] === r))
        expect(structure.related(left, relation, right)).toEqual(related)
        expect(structure.unrelated(left, relation, right)).toEqual(right.filter((r) => !related.includes(r)))
        const both = [...new Set(pairs.flat())].sort((a, b) => a - b)
        expect(structure.pairs(left, relation, right)).toEqual(both)
      }
    },
  )
})

describe('100,000 spans', () => {
  const count = 100_000
  const span = (i: number, parent: number | undefined): Span =>
    makeSpan({
      id: idOf(i + 1),
      parentId: parent === undefined ? undefined : idOf(parent + 1),
      timestamp: (TEXT_EPOCH + i) as Span['timestamp'],
      name: i % 2 === 0 ? 'even' : 'odd',
      tags: { n: String(i) },
    })
  const shapes: Readonly<Record<string, (i: number) => Span>> = {
    'in a chain': (i) => span(i, i === 0 ? undefined : i - 1),
    'below one root': (i) => span(i, i === 0 ? undefined : 0),
    'in one cycle': (i) => span(i, (i + count - 1) % count),
    'of one id': (i) => ({ ...span(0, 1), name: i % 2 === 0 ? 'even' : 'odd', tags: { n: String(i) } }),
    'all roots': (i) => span(i, undefined),
  }
  const queries = [
    '{ name = "odd" } &<< { name = "even" && span:childCount < 5 }',
    '{ name = "even" } !~ { name = "odd" }',
    '{ } | by(.n) | { } !>> { } | count() > 0 | coalesce()',
  ]
  test.each(Object.entries(shapes))('%s take a moment', (_, shape) => {
    const spans = Array.from({ length: count }, (_, i) => shape(i))
    const started = performance.now()
    for (const query of queries) matchTrace(parseTraceQl(query), { traceId: makeSpan().traceId, spans })
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})
