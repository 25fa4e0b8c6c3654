import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { bytesFromBase64, hexFrom, uniformBase64 } from './base64.ts'

const base64 = fc.oneof(
  fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
  fc.string({ unit: fc.constantFrom(...'AZaz09+/-_ \n\t'.split('')) }),
)

test('base64 of any alphabet is read as Node reads it', () => {
  fc.assert(
    fc.property(base64, (text) => {
      const expected = Buffer.from(text, 'base64')
      expect(hexFrom(bytesFromBase64(text))).toBe(expected.toString('hex'))
      expect(uniformBase64(text)).toBe(expected.toString('base64'))
    }),
  )
})

test('bits left over in the last digit are not kept', () => {
  expect(uniformBase64('QR==')).toBe('QQ==')
})

test('a megabyte of base64 is read', () => {
  const text = Buffer.alloc(2 ** 20, 7).toString('base64')
  expect(uniformBase64(text)).toBe(text)
})
