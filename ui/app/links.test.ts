// From page to page one stays in the same time.
import { expect, test } from '@jest/globals'
import { parseRoute } from '../routing/routes.ts'
import { pageLinks } from './links.ts'

const links = (address: string) => {
  const url = new URL(address, 'http://localhost')
  return Object.values(pageLinks(parseRoute(url.pathname), url.searchParams))
}

test('links to the other pages take the chosen time along, and nothing else of the page', () => {
  expect(links('/?q=a&range=6h&zone=utc')).toEqual([
    '/?range=6h&zone=utc',
    '/services?range=6h&zone=utc',
    '/graph?range=6h&zone=utc',
  ])
  const fixed = 'from=2026-11-20T10%3A00%3A00Z&to=2026-11-20T11%3A00%3A00Z'
  expect(links(`/services/web?${fixed}&refresh=10s`)).toEqual([
    `/?${fixed}`,
    `/services?${fixed}`,
    `/graph?${fixed}`,
  ])
})

test('a page whose usual time it is needs no word of it, and one that cannot show all time has its usual', () => {
  expect(links('/graph?range=24h')).toEqual(['/', '/services?range=24h', '/graph?range=24h'])
  expect(links('/?range=all')).toEqual(['/?range=all', '/services', '/graph'])
})

test('a time nobody chose is not carried, and a page of one trace has none', () => {
  for (const address of [
    '/',
    '/services',
    '/graph?refresh=10s',
    '/traces/1?from=5&range=6h',
    '/compare/a/b?range=6h',
  ])
    expect(links(address)).toEqual(['/', '/services', '/graph'])
  expect(links('/services?zone=utc')).toEqual(['/?zone=utc', '/services?zone=utc', '/graph?zone=utc'])
})
