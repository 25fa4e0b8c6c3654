// Zipkin's rules for what a span in v2 JSON holds of others: endpoints, annotations and tags.
import { describe, expect, test } from '@jest/globals'
import { refusal, span } from '../testing/decode.ts'

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
