// Zipkin's rules for v2 JSON, each by name.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import type { Decoded } from './decoded.ts'
import { HopscopeError } from './errors.ts'
import { decodeZipkinV2Json } from './zipkin-v2-json.ts'
import { encodeZipkinV2Json } from './zipkin-v2-json-writer.ts'

const decode = (json: string): Decoded => decodeZipkinV2Json(new TextEncoder().encode(json))
const fixture = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')

/** The one span that these fields make, given as JSON without braces; refused fields fail the test. */
function span(fields: string) {
  const { spans, refused } = decode(`[{"traceId":"1","id":"2",${fields}}]`)
  expect(refused).toEqual([])
  return spans[0]!
}

/** `field: reason` of the one span that these fields make. */
function refusal(fields: string, ids = '"traceId":"1","id":"2",'): string {
  const { spans, refused } = decode(`[{"traceId":"9","id":"9"},{${ids}${fields}}]`)
  expect(spans).toHaveLength(1)
  expect(refused).toHaveLength(1)
  expect(refused[0]!.index).toBe(1)
  return `${refused[0]!.field}: ${refused[0]!.reason}`
}

function errorOf(json: string): HopscopeError {
  try {
    decode(json)
  } catch (error) {
    if (error instanceof HopscopeError) return error
    throw error
  }
  throw new Error('was read')
}

describe('golden files', () => {
  test('what Zipkin writes is read and written back unchanged', () => {
    const json = fixture('zipkin-v2-canonical.json')
    const { spans, refused } = decode(json)
    expect(refused).toEqual([])
    expect(encodeZipkinV2Json(spans)).toBe(JSON.stringify(JSON.parse(json)))
  })

  test('what reporters send is made uniform, and what is wrong is refused beside it', () => {
    const { spans, refused } = decode(fixture('zipkin-v2-wild.json'))
    const expected: unknown = JSON.parse(fixture('zipkin-v2-wild.read.json'))
    expect(JSON.stringify({ spans: JSON.parse(encodeZipkinV2Json(spans)), refused })).toBe(
      JSON.stringify(expected),
    )
  })
})

describe('the body', () => {
  test('that is an empty list has no spans', () => {
    expect(decode(' [ ] ')).toEqual({ spans: [], refused: [], refusedCount: 0 })
  })

  test('may begin with a byte order mark', () => {
    expect(decode('\ufeff[{"traceId":"1","id":"2"}]').spans).toHaveLength(1)
  })

  test.each(['', '[', '{"traceId":"1"', '[{"traceId":"1","id":"2"},]', 'hello', "[{'id':1}]"])(
    '%p is not JSON, and the error says where',
    (json) => {
      const error = errorOf(json)
      expect(error.code).toBe('body-not-json')
      expect(error.detail).not.toBe('')
      expect(error.cause).toBeInstanceOf(SyntaxError)
    },
  )

  test('is quoted in an error only in part', () => {
    expect(errorOf(`[${'x'.repeat(100_000)}`).detail.length).toBeLessThanOrEqual(200)
  })

  test('that is a single span must be a list', () => {
    const error = errorOf('{"traceId":"1","id":"2"}')
    expect(error.code).toBe('body-not-a-list')
    expect(error.detail).toContain('put it into a list')
  })

  test.each(['null', '1', '"x"', 'true'])('%s is not a list', (json) => {
    expect(errorOf(json).code).toBe('body-not-a-list')
  })

  test('nested 200,000 deep in a field that nobody reads is read', () => {
    const deep = 100_000
    expect(span(`"other":${'[{"a":'.repeat(deep)}1${'}]'.repeat(deep)}`).id).toBe('0000000000000002')
    expect(refusal(`"tags":{"x":${'['.repeat(deep)}${']'.repeat(deep)}}`)).toBe(
      'tags["x"]: It must be text, not a list.',
    )
  })

  test.each(['null', '1', '"x"', '[]', 'true'])('with %s for a span refuses that one by index', (entry) => {
    const { spans, refused } = decode(`[{"traceId":"1","id":"2"},${entry},{"traceId":"1","id":"3"}]`)
    expect(spans).toHaveLength(2)
    expect(refused).toMatchObject([{ index: 1, field: '' }])
  })

  test('of a million bad entries has all of them counted and the first 100 named, beside the good ones', () => {
    const { spans, refused, refusedCount } = decode(`[{"traceId":"1","id":"2"}${',1,{}'.repeat(500_000)}]`)
    expect([spans.length, refused.length, refusedCount]).toEqual([1, 100, 1_000_000])
    expect(refused.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
  })

  test('with bytes that are not UTF-8 has them replaced', () => {
    const bytes = Buffer.from('[{"traceId":"1","id":"2","tags":{"a":"x?y"}}]')
    bytes[bytes.indexOf('?')] = 0xff
    expect(decodeZipkinV2Json(bytes).spans[0]!.tags).toEqual({ a: 'x\ufffdy' })
  })

  test('may be a view into a larger buffer', () => {
    const all = Buffer.from('junk[{"traceId":"1","id":"2"}]junk')
    expect(
      decodeZipkinV2Json(new Uint8Array(all.buffer, all.byteOffset + 4, all.length - 8)).spans,
    ).toHaveLength(1)
  })
})

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

describe('endpoints', () => {
  const endpoint = (fields: string) => span(`"localEndpoint":{${fields}}`).localEndpoint

  test('with nothing known are dropped', () => {
    for (const fields of ['', '"serviceName":""', '"ipv4":"x"', '"port":0', '"serviceName":null,"other":1']) {
      expect(endpoint(fields)).toBeUndefined()
    }
    expect(span('"remoteEndpoint":null').remoteEndpoint).toBeUndefined()
  })

  test('that are no objects are refused', () => {
    expect(refusal('"localEndpoint":"db"')).toBe('localEndpoint: It must be an object, not "db".')
    expect(refusal('"remoteEndpoint":[]')).toBe('remoteEndpoint: It must be an object, not a list.')
  })

  test('have each address in the field of its family', () => {
    expect(endpoint('"ipv4":"2001:DB8::1","ipv6":"::ffff:1.2.3.4"')).toEqual({
      serviceName: undefined,
      ipv4: '1.2.3.4',
      ipv6: '2001:db8::1',
      port: undefined,
    })
  })

  test('lose an address that is none, and keep the rest', () => {
    expect(endpoint('"serviceName":"a","ipv4":"256.0.0.1","ipv6":"::x"')).toMatchObject({
      serviceName: 'a',
      ipv4: undefined,
      ipv6: undefined,
    })
    expect(endpoint('"ipv4":"1.2.3.4","ipv6":"junk"')).toMatchObject({ ipv4: '1.2.3.4', ipv6: undefined })
  })

  test('have a port of 1 to 65535; what is less is absent', () => {
    expect(endpoint('"port":"8080"')!.port).toBe(8080)
    expect(endpoint('"port":65535')!.port).toBe(65535)
    for (const port of ['0', '-1']) expect(endpoint(`"port":${port},"serviceName":"a"`)!.port).toBeUndefined()
    for (const port of ['65536', '80.5', '"http"', 'true', '{}']) {
      expect(refusal(`"localEndpoint":{"port":${port}}`)).toMatch(
        /^localEndpoint\.port: .* is not a port, up to 65535\.$/,
      )
    }
  })
})

describe('annotations', () => {
  const annotations = (list: string) => span(`"annotations":${list}`).annotations

  test('are sorted by time and value, and unique', () => {
    expect(
      annotations(
        '[{"timestamp":2,"value":"b"},{"timestamp":2,"value":"a"},{"timestamp":1,"value":"z"},{"timestamp":2,"value":"b"}]',
      ),
    ).toEqual([
      { timestamp: 1, value: 'z' },
      { timestamp: 2, value: 'a' },
      { timestamp: 2, value: 'b' },
    ])
    expect(annotations('[{"timestamp":1,"value":"a"},{"timestamp":1,"value":"a"}]')).toHaveLength(1)
  })

  test('may be null or empty, have an empty value, a number for a value, and fields that nobody knows', () => {
    expect(annotations('null')).toEqual([])
    expect(annotations('[]')).toEqual([])
    expect(annotations('[{"timestamp":"1","value":"","endpoint":{"port":-1}}]')).toEqual([
      { timestamp: 1, value: '' },
    ])
    expect(annotations('[{"timestamp":1,"value":1.0}]')).toEqual([{ timestamp: 1, value: '1.0' }])
  })

  test.each([
    ['{}', 'annotations: It must be a list, not an object.'],
    ['[null]', 'annotations[0]: It must be an object, not null.'],
    ['[{"timestamp":1,"value":"a"},{"value":"a"}]', 'annotations[1].timestamp: It is missing.'],
    ['[{"timestamp":1}]', 'annotations[0].value: It is missing.'],
    ['[{"timestamp":null,"value":"a"}]', 'annotations[0].timestamp: null is not a whole number.'],
    ['[{"timestamp":1.5,"value":"a"}]', 'annotations[0].timestamp: 1.5 is not a whole number.'],
    ['[{"timestamp":1,"value":null}]', 'annotations[0].value: It must be text, not null.'],
    ['[{"timestamp":1,"value":{}}]', 'annotations[0].value: It must be text, not an object.'],
    [
      '[{"timestamp":1e18,"value":"a"}]',
      'annotations[0].timestamp: 1000000000000000000 is out of range: the unit must be microseconds.',
    ],
  ])('%s is refused', (list, reason) => {
    expect(refusal(`"annotations":${list}`)).toBe(reason)
  })
})

describe('tags', () => {
  const tags = (fields: string) => span(`"tags":{${fields}}`).tags

  test('keep the order they were sent in, and may be null', () => {
    expect(Object.keys(tags('"b":"1","a":"2",".":""'))).toEqual(['b', 'a', '.'])
    expect(span('"tags":null').tags).toEqual({})
  })

  test('that are numbers become text with the digits that were sent', () => {
    expect(tags('"a":200,"b":1.0,"c":-0,"d":1e3,"e":12345678901234567890,"f":"\\"7\\\\"')).toEqual({
      a: '200',
      b: '1.0',
      c: '-0',
      d: '1e3',
      e: '12345678901234567890',
      f: '"7\\',
    })
  })

  test.each(['null', 'true', '{}', '[1]'])('with the value %s are refused by key', (value) => {
    expect(refusal(`"tags":{"ok":"1","x \\"y\\"":${value}}`)).toMatch(
      /^tags\["x \\"y\\""\]: It must be text, not /,
    )
  })

  test('that are no object are refused', () => {
    expect(refusal('"tags":[]')).toBe('tags: It must be an object, not a list.')
    expect(refusal('"tags":"a=b"')).toBe('tags: It must be an object, not "a=b".')
  })

  test('named __proto__ or constructor are tags like any other and change no prototype', () => {
    const hostile = tags('"__proto__":"p","constructor":7,"toString":"t"')
    expect(Object.entries(hostile)).toEqual([
      ['__proto__', 'p'],
      ['constructor', '7'],
      ['toString', 't'],
    ])
    expect(Object.getPrototypeOf(hostile)).toBe(Object.prototype)
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(refusal('"tags":{"__proto__":{"polluted":"1"}}')).toBe(
      'tags["__proto__"]: It must be text, not an object.',
    )
    expect(span('"__proto__":{"kind":"SERVER"}').kind).toBeUndefined()
  })

  test('have halves of surrogate pairs replaced, in keys too, and whole pairs and escaped backslashes kept', () => {
    expect(tags('"a\\ud800":"\\uDC00x\\ud83d\\ude42","b":"\\\\ud800","c":"\\ud83d\\ud83d\\ude42"')).toEqual({
      'a\ufffd': '\ufffdx🙂',
      b: '\\ud800',
      c: '\ufffd🙂',
    })
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

describe('a refusal', () => {
  test('shows the value, but never all of a long one', () => {
    const reason = refusal(`"kind":"${'K'.repeat(100_000)}"`)
    expect(reason).toContain('K'.repeat(60))
    expect(reason.length).toBeLessThan(180)
    expect(refusal(`"tags":{"${'k'.repeat(100_000)}":null}`).length).toBeLessThan(180)
  })
})

test('every span has the same fields in the same order', () => {
  const { spans } = decode(fixture('zipkin-v2-canonical.json'))
  const layout =
    'traceId id parentId kind name timestamp duration localEndpoint remoteEndpoint annotations tags debug shared'
  for (const one of spans) expect(Object.keys(one).join(' ')).toBe(layout)
})
