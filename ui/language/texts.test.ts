/** @jest-environment jsdom */
// The language that is spoken is the one chosen last.
import { expect, test } from '@jest/globals'
import { language, texts } from './texts.svelte.ts'

test('of two choices the later one applies and is remembered, however late the file of the first comes', async () => {
  const first = language.choose('zh')
  await language.choose('en')
  await first
  expect([language.id, texts.app.search, document.documentElement.lang]).toEqual(['en', 'Search', 'en-US'])
  expect(language.preferred).toBe('en')
  await language.choose('zh')
  expect([language.id, language.preferred]).toEqual(['zh', 'zh'])
})
