import { idOf, makeSpan } from '@hopscope/model/testing'
import { describe, expect, test } from '@jest/globals'
import { entityTagOf } from './etag.ts'

const [a, b, c] = [1, 2, 3].map((i) => makeSpan({ id: idOf(i), tags: { a: '1', b: '2' } })) as [
  ReturnType<typeof makeSpan>,
  ReturnType<typeof makeSpan>,
  ReturnType<typeof makeSpan>,
]

describe('an entity tag', () => {
  test('is the same whatever the order of the spans and of their tags', () => {
    const turned = makeSpan({ id: idOf(1), tags: { b: '2', a: '1' } })
    expect(entityTagOf([c, turned, b], 'x')).toBe(entityTagOf([a, b, c], 'x'))
  })

  test('is strong, and fit for a header', () => {
    expect(entityTagOf([a, b], 'zipkin-1.2.3')).toMatch(/^"[0-9a-f]{32}-2-zipkin-1\.2\.3"$/)
  })

  test('is another for any other spans, and for another form', () => {
    const tags = [
      entityTagOf([], 'x'),
      entityTagOf([a], 'x'),
      entityTagOf([a, a], 'x'),
      entityTagOf([a, a, a], 'x'),
      entityTagOf([a, b], 'x'),
      entityTagOf([{ ...a, otel: '{}' }, b], 'x'),
      entityTagOf([a, makeSpan({ id: idOf(2), tags: { a: '2', b: '1' } })], 'x'),
      entityTagOf([a, b], 'y'),
    ]
    expect(new Set(tags).size).toBe(tags.length)
  })
})
