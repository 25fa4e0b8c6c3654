import { describe, expect, test } from '@jest/globals'
import { ElementScanner } from '@hopscope/proto/files'
import { unitsOf } from './import-units.ts'

/** `dialect spans` of each unit, and the reason of each misfit. */
function read(text: string): string[] {
  const scanner = new ElementScanner()
  const found = [...scanner.push(Buffer.from(text)), ...scanner.end()]
  const told: string[] = []
  const units = unitsOf('file', { of: 'json', found }, ({ reason }) => told.push(reason))
  for (const { dialect, spans } of units) told.push(`${dialect} ${spans}`)
  return told
}

describe('what is found in a file', () => {
  test.each([
    ['snake_case', '{"resource_spans":[{"scope_spans":[{"spans":[{}]}]}]}', /resource_spans, scope_spans/],
    [
      'snake_case within',
      '{"resourceSpans":[{"scope_spans":[{"spans":[{}]}]}]}',
      /resource_spans, scope_spans/,
    ],
    ['old OTLP', '{"resourceSpans":[{"instrumentationLibrarySpans":[]}]}', /before 2022/],
    ["Hopscope's own view", '{"traceId":"1","spans":[{"span":{}}]}', /own view.* export/],
    ['text', '# Hopscope', /no JSON object: # Hopscope/],
  ])('is told when it is no format that is read: %s', (_, text, expected) => {
    expect(read(text)).toEqual([expect.stringMatching(expected)])
  })

  test('is v1 by its members, not by words in a text', () => {
    expect(read('{"id":"1","binaryAnnotations":[]}')).toEqual(['zipkin-v1 1'])
    expect(read('{"binaryAnnotations":[{"key":"a","value":"\\"tags\\" Endpoint\\""}]}')).toEqual([
      'zipkin-v1 1',
    ])
    expect(read('{"id":"1","name":"\\"endpoint\\""}')).toEqual(['zipkin 1'])
    expect(read('{"tags":{"spans":"spans\\":["}}')).toEqual(['zipkin 1'])
  })

  test("is OTLP where it was Jaeger's, refusals by their span", () => {
    const span = (id: string, more: string) =>
      `{"traceID":"1","spanID":"${id}","operationName":"a","startTime":1,"duration":1,"processID":"p1"${more}}`
    const trace = `{"traceID":"1","spans":[${span('1', '')},${span('x', '')},${span('2', '')}],"processes":{"p1":{"serviceName":"web"}}}`
    const expected = [expect.stringMatching(/spanID.*"x" is not lower-hex/), 'otlp 2']
    expect(read(`{"data":[${trace}]}`)).toEqual(expected)
    expect(read(trace)).toEqual(expected)
  })

  test('is counted by the spans of OTLP, and something broken counts', () => {
    expect(read('{"resourceSpans":[{"scopeSpans":[{"spans":[{},{}]},{"spans":[{}]}]},{}]}')).toEqual([
      'otlp 3',
    ])
    expect(read('{"resourceSpans":[{"scopeSpans":[5]}]}')).toEqual(['otlp 1'])
  })
})
