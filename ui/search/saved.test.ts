// Remembered searches: bounded, each once, whatever storage holds.
import { expect, test } from '@jest/globals'
import { deleted, readSearches, renamed, saved, visited } from './saved.ts'

test('storage that holds something else is no remembered search', () => {
  for (const text of [undefined, '', 'x', '{}', '[1,null,{"name":"a"},{"name":1,"query":"q"}]']) {
    expect(readSearches(text)).toEqual([])
  }
  expect(readSearches('[{"name":"a","query":"q=1"}]')).toEqual([{ name: 'a', query: 'q=1' }])
})

test('what another program wrote is bounded and each query is there once', () => {
  const many = Array.from({ length: 90 }, (_, i) => ({ name: 'n'.repeat(900), query: `q=${i}` }))
  const read = readSearches(JSON.stringify([{ name: 'first', query: 'q=1' }, ...many]))
  expect([read.length, read[0]?.name, read[1]?.name.length]).toEqual([50, 'first', 120])
  expect(new Set(read.map(({ query }) => query)).size).toBe(50)
})

test('a search is kept once, newest first, and no more than fit', () => {
  let all = saved([], 'one', 'q=1')
  all = saved(all, ' two ', 'q=2')
  all = saved(all, 'again', 'q=1')
  expect(all).toEqual([
    { name: 'again', query: 'q=1' },
    { name: 'two', query: 'q=2' },
  ])
  for (let i = 0; i < 80; i++) all = saved(all, String(i), `q=${i}`)
  expect(all).toHaveLength(50)
  let recent = visited([], 'all', '')
  expect(recent).toEqual([])
  for (let i = 0; i < 80; i++) recent = visited(recent, String(i), `q=${i % 30}`)
  expect(recent).toHaveLength(20)
})

test('renaming to nothing keeps the name; deleting takes one', () => {
  const all = saved(saved([], 'one', 'q=1'), 'two', 'q=2')
  expect(renamed(all, 'q=1', ' first ').map(({ name }) => name)).toEqual(['two', 'first'])
  expect(renamed(all, 'q=1', ' ')).toEqual(all)
  expect(deleted(all, 'q=2').map(({ name }) => name)).toEqual(['one'])
})
