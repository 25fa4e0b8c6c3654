import type { EdgeSeries, EpochMicros } from '@hopscope/model'
import { TEXT_EPOCH } from '@hopscope/model/testing'
import { expect, test } from '@jest/globals'
import { graphAnswer } from './graph.ts'

import { readerOf, SECOND } from '../testing/analysis-server.ts'

test('of too many edges those with the most calls are kept, in their order', async () => {
  const edge = (i: number): EdgeSeries => {
    const at = TEXT_EPOCH as EpochMicros
    const point = { at, count: i < 2 ? 1 : 2, errors: 0, durations: undefined, slowest: undefined, failed: undefined } // prettier-ignore
    return { from: `s${String(i).padStart(5, '0')}`, to: 'all', kind: 'rpc', points: [point] }
  }
  const edges = Array.from({ length: 20_001 }, (_, i) => edge(i))
  const reader = { ...readerOf([]), edges: () => Promise.resolve(edges) }
  const window = { from: TEXT_EPOCH as EpochMicros, to: (TEXT_EPOCH + SECOND) as EpochMicros }
  const graph = await graphAnswer(reader, window, undefined)
  const names = edges.map(({ from }) => from).filter((_, i) => i !== 1)
  expect([graph.edges.map(({ from }) => from), graph.complete]).toEqual([names, false])
})
