// Whose ids are kept is up to the option, and to nothing else: whatever it does, a call is answered yes or no.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isTrustInbound, type TrustInbound, trusts } from './trust.ts'

const silent = (doing: string, error: unknown): void => {
  throw new Error(`${doing}: ${String(error)}`)
}
const from = (address: string | undefined, ...list: string[]): boolean => trusts(list, silent)({ address })

describe('trustInbound', () => {
  test('is always where nothing is said', () => {
    expect(trusts(undefined, silent)({})).toBe(true)
    expect(trusts('always', silent)({ address: '192.0.2.1' })).toBe(true)
  })

  test('never trusts with never', () => {
    expect(trusts('never', silent)({ address: '127.0.0.1', service: 'web' })).toBe(false)
  })

  test('asks a function', () => {
    const asked = trusts(({ address, service }) => address === '10.0.0.1' && service === 'web', silent)
    expect(asked({ address: '10.0.0.1', service: 'web' })).toBe(true)
    expect(asked({ address: '10.0.0.1' })).toBe(false)
    expect(asked({})).toBe(false)
  })

  test('takes a function that throws, or promises, for a no', () => {
    const told: unknown[] = []
    const error = new Error('x')
    const throwing: TrustInbound = () => {
      throw error
    }
    expect(trusts(throwing, (...all) => told.push(all))({ service: 'web' })).toBe(false)
    expect(told).toEqual([['the trustInbound option', error]])
    const promising = (() => Promise.resolve(true)) as unknown as TrustInbound
    expect(trusts(promising, silent)({})).toBe(false)
  })
})

describe('a list', () => {
  test.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['::ffff:10.1.2.3', '10.0.0.0/8', true],
    ['::ffff:a01:203', '10.0.0.0/8', true],
    ['::ffff:11.1.2.3', '10.0.0.0/8', false],
    ['10.1.2.3', '::ffff:10.0.0.0/104', true],
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.2', '127.0.0.1', false],
    ['::1', '::1', true],
    ['0:0:0:0:0:0:0:1', '::1', true],
    ['::2', '::1', false],
    ['2001:db8::7', '2001:db8::/32', true],
    ['2001:db9::7', '2001:db8::/32', false],
    ['fe80::1%eth0', 'fe80::/10', true],
    ['10.1.2.3', '0.0.0.0/0', true],
    ['localhost', '127.0.0.1', false],
    ['', '0.0.0.0/0', false],
  ])('%s in %s: %s', (address, entry, trusted) => {
    expect(from(address, entry)).toBe(trusted)
    expect(from(address, '192.0.2.1', entry)).toBe(trusted)
  })

  test('trusts nobody without an address, and nobody if it is empty', () => {
    expect(from(undefined, '0.0.0.0/0', '::/0')).toBe(false)
    expect(from('127.0.0.1')).toBe(false)
  })

  test('gives the same answer however often and by how many it is asked', () => {
    const inTen = trusts(['10.0.0.0/8'], silent)
    for (let round = 0; round < 2; round++)
      for (let at = 0; at < 3000; at++) {
        const net = at % 2 === 0 ? 10 : 11
        expect(inTen({ address: `${net}.0.${at >> 8}.${at & 255}` })).toBe(net === 10)
      }
  })

  test('answers whatever it is asked', () => {
    const asked = trusts(['10.0.0.0/8', '::1'], silent)
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (address) => {
        expect(typeof asked({ address })).toBe('boolean')
      }),
    )
  })
})

describe('the check of the option', () => {
  test.each([
    ['always'],
    ['never'],
    [() => true],
    [[]],
    [['10.0.0.0/8', '::1', '192.0.2.1', '2001:db8::/32', '0.0.0.0/0', '1.2.3.4/32', '::/128']],
  ])('takes %j', (value) => {
    expect(isTrustInbound(value)).toBe(true)
  })

  test.each([
    [undefined],
    [null],
    ['sometimes'],
    [true],
    [{}],
    [['localhost']],
    [['10.0.0.0/33']],
    [['::/129']],
    [['10.0.0.0/']],
    [['10.0.0.0/8/8']],
    [['10.0.0.0/-1']],
    [['10.0/8']],
    [['fe80::1%eth0']],
    [['10.0.0.1', 7]],
    [['']],
  ])('refuses %j', (value) => {
    expect(isTrustInbound(value)).toBe(false)
  })
})
