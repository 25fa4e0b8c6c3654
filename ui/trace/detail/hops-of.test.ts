// A span's hops among all, and the failures below it.
import { expect, test } from '@jest/globals'
import { columnsOf, TraceTable } from '@hopscope/model'
import { MESSAGES, traceFromText } from '../../testing/trace-fixture.ts'
import { errorOrigins } from '../data/failures.ts'
import { hopsOf, isReceiver, nextErrorBelow } from './hops-of.ts'

const table = new TraceTable(columnsOf(traceFromText(MESSAGES)))

test('a producer has a hop for each consumer, of which only those asked for are made', () => {
  const all = hopsOf(table, 3, 10)
  expect([all.count, all.hops.map(({ to }) => to)]).toEqual([2, ['shipping', 'mailer']])
  const one = hopsOf(table, 3, 1)
  expect([one.count, one.hops.length]).toEqual([2, 1])
  expect(hopsOf(table, 4, 10).hops.map(({ from }) => from)).toContain('checkout')
})

test('who received a message is told from who was called', () => {
  expect([2, 3, 4, 6].map((row) => isReceiver(table, row))).toEqual([false, false, true, true])
})

test('the next error below a span is in its subtree, or there is none', () => {
  const origins = errorOrigins(table)
  expect([0, 3, 4, 6].map((row) => nextErrorBelow(table, origins, row))).toEqual([6, 6, -1, -1])
})
