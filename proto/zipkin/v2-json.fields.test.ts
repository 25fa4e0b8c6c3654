// Zipkin's rules for the plain fields of a span in v2 JSON: ids, names, kind, times and flags.
import { describe, expect, test } from '@jest/globals'
import { decode, refusal, span } from '../testing/decode.ts'

describe('ids', () => {
  const traceId = (id: string) => decode(`[{"traceId":"${id}","id":"2"}]`).spans[0]?.traceId
  const low = 'b'.repeat(16)

  test('a trace id of 1 to 16 is padded to 16, one of 17 to 32 to 32', () => {
    expect(traceId('a')).toBe('000000000000000a')
    expect(traceId(low)).toBe(low)
    expect(traceId(`a${low}`)).toBe(`000000000000000a${low}`)
    expect(traceId(`a${'c'.repeat(15)}${low}`)).toBe(`a${'c'.repeat(15)}${low}`)
  })

  test('a 128-bit trace id whose high half is zero is held as 16', () => {
    expect(traceId('0'.repeat(16) + low)).toBe(low)
    expect(traceId(`00${low}`)).toBe(low)
  })

  test.each([
    ['""', 'traceId: "" is empty.'],
    ['"0000"', 'traceId: "0000" is all zeros.'],
    ['"ABC"', 'traceId: "ABC" is not lower-hex (0-9, a-f, no prefix).'],
    ['"0xab"', 'traceId: "0xab" is not lower-hex (0-9, a-f, no prefix).'],
    ['"é"', 'traceId: "é" is not lower-hex (0-9, a-f, no prefix).'],
    [`"${'a'.repeat(33)}"`, `traceId: "${'a'.repeat(33)}" is longer than 32 characters.`],
    ['null', 'traceId: It must be text, not null.'],
    ['{}', 'traceId: It must be text, not an object.'],
  ])('the trace id %s is refused', (id, reason) => {
    expect(refusal(`"traceId":${id},"id":"2"`, '')).toBe(reason)
  })

  test.each([
    ['""', 'id: "" is empty.'],
    ['"0"', 'id: "0" is all zeros.'],
    ['"0000000000000000"', 'id: "0000000000000000" is all zeros.'],
    ['"00000000000000001"', 'id: "00000000000000001" is longer than 16 characters.'],
    ['null', 'id: It must be text, not null.'],
  ])('the id %s is refused', (id, reason) => {
    expect(refusal(`"traceId":"1","id":${id}`, '')).toBe(reason)
  })

  test('a span without trace id or id is refused', () => {
    expect(refusal('"id":"2"', '')).toBe('traceId: It is missing.')
    expect(refusal('"traceId":"2"', '')).toBe('id: It is missing.')
  })

  test('a number for an id is its digits', () => {
    expect(decode('[{"traceId":12345678901234567890,"id":10}]').spans[0]).toMatchObject({
      traceId: '00000000000012345678901234567890',
      id: '0000000000000010',
    })
  })

  test('a parent id is padded; zeros, null and the span itself mean no parent', () => {
    expect(span('"parentId":"a"').parentId).toBe('000000000000000a')
    expect(span('"parentId":"0"').parentId).toBeUndefined()
    expect(span('"parentId":"0000000000000000"').parentId).toBeUndefined()
    expect(span('"parentId":null').parentId).toBeUndefined()
    expect(span('"parentId":"02"').parentId).toBeUndefined()
  })

  test.each(['""', '"A"', '"00000000000000000"', 'true'])('the parent id %s is refused', (id) => {
    expect(refusal(`"parentId":${id}`)).toMatch(/^parentId: /)
  })
})

describe('names and kind', () => {
  test('names become lower case', () => {
    expect(span('"name":"GET /Größe/ÄÖ"').name).toBe('get /größe/äö')
    expect(span('"localEndpoint":{"serviceName":"FrontEnd"}').localEndpoint!.serviceName).toBe('frontend')
  })

  test('empty and null names are absent', () => {
    expect(span('"name":""').name).toBeUndefined()
    expect(span('"name":null').name).toBeUndefined()
    expect(span('"localEndpoint":{"serviceName":"","port":1}').localEndpoint!.serviceName).toBeUndefined()
  })

  test('a number for a name is its text, anything else is refused', () => {
    expect(span('"name":1.50').name).toBe('1.50')
    expect(refusal('"name":true')).toBe('name: It must be text, not true.')
    expect(refusal('"remoteEndpoint":{"serviceName":[]}')).toBe(
      'remoteEndpoint.serviceName: It must be text, not a list.',
    )
  })

  test('the kind is one of four or null', () => {
    for (const kind of ['CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'])
      expect(span(`"kind":"${kind}"`).kind).toBe(kind)
    expect(span('"kind":null').kind).toBeUndefined()
    for (const kind of ['"server"', '""', '"LOCAL"', '"constructor"', '1', '{}']) {
      expect(refusal(`"kind":${kind}`)).toMatch(/^kind: .* is not CLIENT, SERVER, PRODUCER or CONSUMER\.$/)
    }
  })
})

describe('times', () => {
  test.each(['1502', '"1502"', '1502.0', '"1.502e3"', '15.02e2', '"+1502"'])('%s is 1502', (value) => {
    expect(span(`"timestamp":${value}`).timestamp).toBe(1502)
    expect(span(`"duration":${value}`).duration).toBe(1502)
  })

  test.each(['0', '-1', '"-5"', '-0', 'null', '-9223372036854775808'])('%s is absent', (value) => {
    expect(span(`"timestamp":${value}`).timestamp).toBeUndefined()
    expect(span(`"duration":${value}`).duration).toBeUndefined()
  })

  test.each(['1.5', '"1.5"', '""', '" 1"', '"1d"', '"0x10"', '"NaN"', 'true', '[]', '{}'])(
    '%s is refused',
    (value) => {
      expect(refusal(`"timestamp":${value}`)).toMatch(/^timestamp: .* is not a whole number\.$/)
    },
  )

  test.each(['1502787600000000000', '"9007199254740993"', '1e400'])('%s is refused for its unit', (value) => {
    expect(refusal(`"duration":${value}`)).toMatch(
      /^duration: .* out of range: the unit must be microseconds\.$/,
    )
  })

  test('the year 2255 still fits', () => {
    expect(span(`"timestamp":${Number.MAX_SAFE_INTEGER}`).timestamp).toBe(Number.MAX_SAFE_INTEGER)
  })
})

describe('flags', () => {
  test('are kept when true', () => {
    expect(span('"debug":true,"shared":true')).toMatchObject({ debug: true, shared: true })
    expect(span('"debug":false,"shared":null')).toMatchObject({ debug: false, shared: false })
    expect(span('"name":"a"')).toMatchObject({ debug: false, shared: false })
  })

  test('shared is dropped from a client, who cannot share', () => {
    expect(span('"shared":true,"kind":"CLIENT"').shared).toBe(false)
  })

  test.each(['"true"', '1', '{}'])('%s is refused', (value) => {
    expect(refusal(`"debug":${value}`)).toMatch(/^debug: .* is not true or false\.$/)
    expect(refusal(`"shared":${value}`)).toMatch(/^shared: .* is not true or false\.$/)
  })
})
