/** @jest-environment jsdom */
// What is said in words, in English, and that no other language lacks any of it.
import { expect, test } from '@jest/globals'
import { formatAgo } from './ago.ts'
import { count } from './en/plural.ts'
import { en } from './en/messages.ts'
import { language, texts } from './texts.svelte.ts'
import { zh } from './zh/messages.ts'

test('ages and counts are short', () => {
  const now = 1_000_000e6
  expect([1, 12, 300, 4 * 3600, 5 * 86_400].map((ago) => formatAgo(now - ago * 1e6, now))).toEqual([
    'just now',
    '12 s ago',
    '5 min ago',
    '4 h ago',
    '5 d ago',
  ])
  expect([count(1, 'span'), count(12_482, 'span')]).toEqual(['1 span', '12,482 spans'])
})

/** Every text of a language by its path: `search.title`. */
function paths(messages: object, prefix = ''): string[] {
  return Object.entries(messages).flatMap(([key, value]) => {
    const path = `${prefix}${key}`
    return typeof value === 'object' && !Array.isArray(value) ? paths(value as object, `${path}.`) : [path]
  })
}

test('Chinese says everything that English does, and no more', () => {
  expect(paths(zh).sort()).toEqual(paths(en).sort())
})

test('the lists of keys name the same keys in every language', () => {
  const keys = (messages: typeof en) =>
    Object.values<object>(messages).map((room) =>
      'keyList' in room ? (room.keyList as string[][]).map(([key]) => key) : [],
    )
  expect(keys(zh)).toEqual(keys(en))
})

test('choosing a language changes every text and is remembered', async () => {
  await language.choose('zh')
  expect([texts.app.search, document.documentElement.lang, language.preferred]).toEqual([
    '搜索',
    'zh-CN',
    'zh',
  ])
  await language.choose('en')
  expect([texts.app.search, language.preferred]).toEqual(['Search', 'en'])
})
