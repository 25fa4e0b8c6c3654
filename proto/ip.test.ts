// One address, one spelling.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ipFrom } from './ip.ts'

describe('an IP address', () => {
  test.each([
    ['1.2.3.4', '1.2.3.4'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['010.001.000.9', '10.1.0.9'],
    ['::ffff:192.168.99.101', '192.168.99.101'],
    ['::FFFF:192.168.99.101', '192.168.99.101'],
    ['::ffff:c0a8:6365', '192.168.99.101'],
    ['0:0:0:0:0:ffff:c0a8:6365', '192.168.99.101'],
    ['::1.2.3.4', '1.2.3.4'],
    ['::', '::'],
    ['::1', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8::C001', '2001:db8::c001'],
    ['2001:0db8:0000:0000:0000:0000:0000:c001', '2001:db8::c001'],
    ['1:0:0:4:0:0:0:8', '1:0:0:4::8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7::'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ])('%s is held as %s', (text, canonical) => {
    expect(ipFrom(text)).toBe(canonical)
  })

  test('is compressed as Zipkin does: zeros at the end only when there are no others', () => {
    expect(ipFrom('2001:0:0:4:0:0:0:0')).toBe('2001::4:0:0:0:0')
    expect(ipFrom('2001:1:1:4:0:0:0:0')).toBe('2001:1:1:4::')
  })

  test.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.',
    '.1.2.3',
    '1..2.3',
    '1.2.3.0004',
    '1.2.3.a',
    'localhost',
    ':',
    ':::',
    '1::2::3',
    '1:2:3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:10000',
    '::g',
    ':1:2:3:4:5:6:7',
    '1.2.3.4::',
    '64:ff9b::1.2.3.4',
    '::ffff:1.2.3',
    '-1.2.3.4',
    ' 1.2.3.4',
    'fe80::1%eth0',
    ':'.repeat(100),
  ])('%p is none', (text) => {
    expect(ipFrom(text)).toBeUndefined()
  })

  test('keeps its spelling when read again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const ip = ipFrom(text)
        if (ip !== undefined) expect(ipFrom(ip)).toBe(ip)
      }),
    )
  })
})
