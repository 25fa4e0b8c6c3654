// Annotations against their span's time.
import { expect, test } from '@jest/globals'
import type { Annotation, EpochMicros, SpanRow } from '@hopscope/model'
import { FIXTURE_START, traceFromText } from '../../testing/trace-fixture.ts'
import { marksOf } from './annotations.ts'

function rowWith(annotations: readonly (readonly [number, string])[], duration = 100): SpanRow {
  const [row] = traceFromText(`web SERVER get_/ 0 ${duration}`).spans
  if (!row) throw new Error('one span, one row')
  const all: Annotation[] = annotations.map(([at, value]) => ({
    timestamp: (FIXTURE_START + at) as EpochMicros,
    value,
  }))
  return { ...row, span: { ...row.span, annotations: all } }
}

test('they stand in order of time, each at its place on the span, those outside at its ends', () => {
  const row = rowWith([
    [50, 'half'],
    [-20, 'early'],
    [10, 'tenth'],
    [130, 'late'],
  ])
  expect(marksOf(row, 0).map(({ name, offset, share, outside }) => [name, offset, share, outside])).toEqual([
    ['early', -20, 0, 'before'],
    ['tenth', 10, 0.1, undefined],
    ['half', 50, 0.5, undefined],
    ['late', 130, 1, 'after'],
  ])
})

test('a corrected clock moves them along with the span', () => {
  expect(marksOf(rowWith([[10, 'a']]), 25).map(({ offset, time }) => [offset, time])).toEqual([
    [35, FIXTURE_START + 35],
  ])
})

test('events of OpenTelemetry are taken apart, what only looks like them is not', () => {
  const event = '"exception":{"exception.type":"E","exception.stacktrace":"a\\nb","n":3,"__proto__":"x"}'
  const others = ['"no":{', '"a":1', '"a":{},"b":{}', '{"a":{}}', '"a"']
  const [first, ...rest] = marksOf(rowWith([event, ...others].map((value, i) => [i, value] as const)), 0)
  expect(first).toMatchObject({
    name: 'exception',
    attributes: [
      ['exception.type', 'E'],
      ['exception.stacktrace', 'a\nb'],
      ['n', '3'],
      ['__proto__', 'x'],
    ],
  })
  expect(rest.map(({ name, attributes }) => [name, attributes])).toEqual(others.map((value) => [value, []]))
})
