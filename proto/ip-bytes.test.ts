// Addresses as bytes have the text that ip.ts gives them.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { bytesFromIp, ipFromBytes, ipFromQuad } from './ip-bytes.ts'
import { ipFrom } from './ip.ts'

test.each([
  [[1, 2, 3, 4], '1.2.3.4'],
  [[0, 0, 0, 0], '0.0.0.0'],
  [[255, 255, 255, 255], '255.255.255.255'],
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 1, 2, 3, 4], '1.2.3.4'],
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], '::1'],
  [[32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 1], '2001:db8::c001'],
])('%j is %s', (bytes, ip) => {
  expect(ipFromBytes(Uint8Array.from(bytes))).toBe(ip)
})

test('any other number of bytes is no address', () => {
  for (const length of [0, 1, 3, 5, 15, 17]) expect(ipFromBytes(new Uint8Array(length))).toBeUndefined()
})

test('addresses that share a place in the table do not share a text', () => {
  for (const quad of [0x01020304, 0x02010304, 0x01020305, 0xff020304, 0, 0x00000101, 0x01020304]) {
    expect(ipFromQuad(quad)).toBe(ipFrom([24, 16, 8, 0].map((bits) => (quad >>> bits) & 255).join('.')))
  }
})

test('every address comes back from its bytes as it was', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const ip = ipFrom(text)
      fc.pre(ip !== undefined)
      expect(ipFromBytes(bytesFromIp(ip))).toBe(ip)
    }),
    { numRuns: 500 },
  )
})
