// Numbers in the header of a trace.
import { expect, test } from '@jest/globals'
import { columnsOf, type DurationMicros, type ServiceShare } from '@hopscope/model'
import { traceFromText } from '../testing/trace-fixture.ts'
import { rowCounts, slowestServices, traceIdIn } from './counts.ts'

test('spans and errors are counted, a made-up root is no span', () => {
  const view = traceFromText('web SERVER get_/ 0 10\n  web CLIENT a 1 2 error=x\n  web CLIENT b 3 2')
  expect(rowCounts(columnsOf(view))).toEqual({ spans: 3, errors: 1 })
  const spans = view.spans.map((row) => ({ ...row, synthetic: row.index === 0 }))
  expect(rowCounts(columnsOf({ ...view, spans })).spans).toBe(2)
})

test('the slowest services come first, of 50,000 only as many as are shown', () => {
  const services = Array.from({ length: 50_000 }, (_, i): ServiceShare => ({
    name: `s${i}`,
    spanCount: 1,
    errorCount: 0,
    selfTime: i as DurationMicros,
    criticalTime: ((i * 7919) % 1000) as DurationMicros,
  }))
  const sorted = services.toSorted((a, b) => b.criticalTime - a.criticalTime || b.selfTime - a.selfTime)
  expect(slowestServices(services, 40)).toEqual(sorted.slice(0, 40))
  expect(slowestServices(services.slice(0, 3), 40)).toHaveLength(3)
})

test('a trace id is taken as typed, or from the address of its page', () => {
  expect(traceIdIn(' 5AF7183FB1D4CF5F ')).toBe('5af7183fb1d4cf5f')
  expect(traceIdIn('http://localhost:9411/traces/5af7183fb1d4cf5f?span=1')).toBe('5af7183fb1d4cf5f')
  expect(['', 'xyz', '/requests/5af7183fb1d4cf5f', 'f'.repeat(33)].map(traceIdIn)).toEqual(
    Array(4).fill(undefined),
  )
})
