import { reconstruct, type TraceId } from '@hopscope/model'
import { idOf, makeSpan } from '@hopscope/model/testing'
import { describe, expect, test } from '@jest/globals'
import { viewPieces } from './trace-answer.ts'

const traceId = '000000000000000a' as TraceId
const chain = (count: number, fields: Parameters<typeof makeSpan>[0] = {}) =>
  reconstruct({
    traceId,
    spans: Array.from({ length: count }, (_, i) =>
      makeSpan({ traceId, id: idOf(i + 1), ...(i > 0 && { parentId: idOf(i) }), ...fields }),
    ),
  })

describe('an explained trace', () => {
  test.each([0, 1, 2, 3000])('of %d spans is the same JSON in pieces as in one', (count) => {
    const view = chain(count)
    expect([...viewPieces(view)].join('')).toBe(JSON.stringify(view))
  })

  test('says what OpenTelemetry says of a span as an object', () => {
    const json = [...viewPieces(chain(1, { otel: '{"scope":{"name":"x"}}' }))].join('')
    const { spans } = JSON.parse(json) as { spans: { span: { otel: unknown } }[] }
    expect(spans[0]?.span.otel).toEqual({ scope: { name: 'x' } })
  })

  test('is never held as one text', () => {
    const lengths = [...viewPieces(chain(20_000))].map(({ length }) => length)
    expect(lengths.reduce((sum, length) => sum + length)).toBeGreaterThan(3_000_000)
    expect(Math.max(...lengths)).toBeLessThan(70_000)
  })
})
