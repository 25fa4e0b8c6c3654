// The searches behind a call: TraceQL that is read, and of this call alone.
import { expect, test } from '@jest/globals'
import { parseTraceQl } from '@hopscope/model'
import { graphStateFrom } from '../routing/graph-url.ts'
import { edgeTraces } from './links.ts'

const load = {
  calls: 2,
  errors: 1,
  errorRatio: 0.5,
  rate: 1,
  p50: 1,
  p95: 1,
  p99: 1,
  slowest: null,
  failed: null,
}
const now = graphStateFrom(new URLSearchParams())
const queryOf = (kind: 'rpc' | 'messaging', reported: boolean, failed: boolean, to = 'b "\u0000') => {
  const href = edgeTraces({ ...load, from: 'a', to, kind }, reported, now, failed)
  return new URL(href, 'http://x').searchParams.get('q') ?? ''
}

test('every one is read, and no two calls between the same services have the same', () => {
  const queries = [true, false].flatMap((reported) =>
    [true, false].flatMap((failed) => [
      queryOf('rpc', reported, failed),
      queryOf('messaging', reported, failed),
    ]),
  )
  for (const query of queries) expect(() => parseTraceQl(query)).not.toThrow()
  expect(new Set(queries).size).toBe(8)
})

test('a call failed if the caller says so, or the called', () => {
  const query = queryOf('rpc', true, true, 'b')
  const [caller, called] = query.split(') || (')
  expect(caller).toContain('kind = client && status = error }')
  expect(called).toContain('kind = server && status = error }')
})
