/** @jest-environment jsdom */
// What of a file could not be read is said in the reader's language, with the reason as the decoder gives it.
import { expect, test } from '@jest/globals'
import { language } from '../../language/texts.svelte.ts'
import { mounted } from '../../testing/mounted.ts'
import FileRefusals from './FileRefusals.svelte'

test('an English reason stands in a sentence of the reader’s language, and is marked as English', async () => {
  await language.use('zh')
  const refused = [{ line: 1, element: 5, span: undefined, field: 'id', reason: 'It is no span.' }]
  const list = mounted(FileRefusals, { refused, count: 1, open: true })
  expect(list.target.querySelector('td')?.textContent).toContain('无法读取')
  expect(list.target.querySelector('[lang=en]')?.textContent).toBe('It is no span.')
  await list.remove()
  await language.use('en')
})
