// What the text of values keeps in memory.
import { expect, jest, test } from '@jest/globals'
import { quoted } from './value.ts'

test('keys seen lately are quoted once, however many came before', () => {
  for (let i = 0; i < 5000; i++) quoted(`key-${i}`)
  const made = jest.spyOn(JSON, 'stringify')
  try {
    expect([quoted('new"key'), quoted('new"key')]).toEqual(['"new\\"key"', '"new\\"key"'])
    expect(made).toHaveBeenCalledTimes(1)
  } finally {
    made.mockRestore()
  }
})
