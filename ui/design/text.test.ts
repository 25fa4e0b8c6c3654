// Whatever a stranger sends is shown, bounded, and can't rearrange what stands around it.
import { expect, test } from '@jest/globals'
import { bounded, oneLine, printable } from './text.ts'

test('invisible and reordering characters become visible', () => {
  expect(printable('a\0b\u0007c\u007f')).toBe('a⟨U+0000⟩b⟨U+0007⟩c⟨U+007F⟩')
  expect(printable('\u202egnp.exe\ufeff')).toBe('⟨U+202E⟩gnp.exe⟨U+FEFF⟩')
  expect(printable('שלום عالم 日本 🎉\tx\n')).toBe('שלום عالم 日本 🎉\tx\n')
})

test('a megabyte is cut, and says how much is left', () => {
  const { text, left } = bounded('x'.repeat(1_000_000), 600)
  expect([text.length, left]).toEqual([600, 999_400])
  expect(bounded('x'.repeat(1_000_000), Infinity).left).toBe(0)
})

test('a cut never halves a character outside the basic plane', () => {
  expect(bounded('ab🎉cd', 3)).toEqual({ text: 'ab', left: 4 })
})

test('a row is one line', () => {
  expect(oneLine('a\n\tb')).toBe('a b')
  expect(oneLine('x'.repeat(500), 10)).toBe('xxxxxxxxxx…')
})
