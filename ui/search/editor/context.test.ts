// What is suggested where the caret stands.
import { expect, test } from '@jest/globals'
import { contextAt, valuesOf } from './context.ts'

/** The caret is at `‸`. */
const at = (text: string) => {
  const [before = '', after = ''] = text.split('‸')
  return contextAt(before, after)
}
const wanted = (text: string) => at(text).wanted

test('a field where a condition begins, with its scope and what was typed of it', () => {
  for (const text of [
    '{ ‸',
    '{‸',
    '{ status = error && ‸',
    '{ (‸',
    '{ !‸',
    '{ name = "a" || ‸',
    '{ } >> { ‸',
  ]) {
    expect([text, wanted(text).kind]).toEqual([text, 'field'])
  }
  expect(at('{ na‸')).toMatchObject({ wanted: { kind: 'field', scope: '' }, from: 2, prefix: 'na' })
  expect(at('{ .http.me‸')).toMatchObject({
    wanted: { kind: 'field', scope: '.' },
    from: 2,
    prefix: 'http.me',
  })
  expect(at('{ span.ht‸')).toMatchObject({ wanted: { kind: 'field', scope: 'span.' }, prefix: 'ht' })
})

test('an operator behind a field, a value behind an operator, a joint behind a value', () => {
  expect(wanted('{ name ‸')).toEqual({ kind: 'operator' })
  expect(wanted('{ .http.method = ‸')).toEqual({
    kind: 'value',
    field: '.http.method',
    operator: '=',
    open: false,
  })
  expect(at('{ .http.method = "GE‸')).toMatchObject({
    wanted: { kind: 'value', field: '.http.method', open: true },
    from: 17,
    prefix: 'GE',
  })
  expect(at('{ status = er‸')).toMatchObject({ wanted: { kind: 'value', field: 'status' }, prefix: 'er' })
  for (const text of ['{ name = "a" ‸', '{ duration > 5ms ‸', '{ status = error ‸', '{ (name = "a") ‸']) {
    expect([text, wanted(text).kind]).toEqual([text, 'joint'])
  }
})

test('behind a set of spans a relation, behind a bar a stage', () => {
  expect(wanted('{ name = "a" } ‸').kind).toBe('relation')
  expect(at('{ } | cou‸')).toMatchObject({ wanted: { kind: 'stage' }, prefix: 'cou' })
  expect(wanted('{ } | avg(‸').kind).toBe('field')
})

test('words stay words, and quotes and braces in a text are no structure', () => {
  expect(at('error che‸')).toMatchObject({ wanted: { kind: 'word' }, from: 6, prefix: 'che' })
  expect(wanted('{ name = "a } | b" ‸').kind).toBe('joint')
  expect(wanted('').kind).toBe('word')
})

test('the service that the query names is known, before and after the caret', () => {
  expect(at('{ resource.service.name = "web" && name = ‸').service).toBe('web')
  expect(at('{ name = ‸ && .service.name = "a\\"b" }').service).toBe('a"b')
  expect(at('{ .my.service.name = "web" && name = ‸').service).toBe(undefined)
})

test('values come from where the field has them', () => {
  expect(valuesOf('span:status')).toMatchObject({ from: 'fixed' })
  expect(valuesOf('resource.service.name')).toEqual({ from: 'services' })
  expect(valuesOf('name')).toEqual({ from: 'operations' })
  expect(valuesOf('span.http.method')).toEqual({ from: 'tag', key: 'http.method' })
  expect(valuesOf('."a \\"b"')).toEqual({ from: 'tag', key: 'a "b' })
  expect(valuesOf('requestId')).toBe(undefined)
})

test('a long text without an end is read once', () => {
  const began = performance.now()
  contextAt(`{ name = "${'\\"'.repeat(5000)}`)
  contextAt('{ '.repeat(5000))
  expect(performance.now() - began).toBeLessThan(500)
})
