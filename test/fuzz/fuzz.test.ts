// Strangers' bytes: 20,000 damaged inputs, the same ones each time, over all readers. `npm run fuzz` plays new ones.
import { describe, expect, test } from '@jest/globals'
import { fuzz } from './fuzz.ts'
import { mutate, Random } from './mutate.ts'
import { TARGETS } from './targets.ts'

const CASES = 20_000

describe('no damaged input crashes, hangs or gets past', () => {
  test.each(TARGETS.map((target) => [target.name, target] as const))('%s', (_, target) => {
    const found = fuzz(target, 1, Math.ceil(CASES / TARGETS.length))
    expect(found && `${found.what}\n${found.input.toString('base64')}`).toBeUndefined()
  })
})

describe('the harness', () => {
  test.each(TARGETS.map((target) => [target.name, target] as const))(
    'has samples that %s reads',
    (_, { samples, read }) => {
      expect(samples.length).toBeGreaterThan(0)
      for (const sample of samples) read(sample)
    },
  )

  test('makes the same case of the same seed, and others of others', () => {
    const samples = [Buffer.from('[{"traceId":"1"}]')]
    const cases = Array.from({ length: 50 }, (_, seed) =>
      mutate(samples, new Random(seed)).toString('latin1'),
    )
    expect(cases).toEqual(cases.map((_, seed) => mutate(samples, new Random(seed)).toString('latin1')))
    expect(new Set(cases).size).toBeGreaterThan(40)
  })

  const breaking = (read: () => void) => fuzz({ name: 'x', samples: [Buffer.from('a')], read }, 1, 1)?.what
  test('finds what is no error of ours', () => {
    expect(
      breaking(() => {
        throw new TypeError('x is not a function')
      }),
    ).toMatch(/x is not a function/)
  })
  test('finds a prototype that was changed', () => {
    expect(
      breaking(() => {
        Reflect.defineProperty(Object.prototype, 'polluted', { value: 1, configurable: true })
      }),
    ).toMatch(/prototype/)
    Reflect.deleteProperty(Object.prototype, 'polluted')
  })
})
