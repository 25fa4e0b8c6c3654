/** @jest-environment jsdom */
// The list of the search page, and what stands there when there is none.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { router } from '../routing/router.svelte.ts'
import { flushSync } from 'svelte'
import { mounted, serve, until } from '../testing/mounted.ts'
import SearchPage from './SearchPage.svelte'
import { close, list, open, services, trace } from './search-page.fixture.ts'

beforeEach(() => router.push('/'))
afterEach(close)

test('each trace is a row with links to it and to its request', async () => {
  const { all, target } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([trace('a1', 2), trace('b2')]),
  })
  await until(() => all('result-row').length === 2, 'rows are shown')
  const hrefs = [...target.querySelectorAll('[data-testid="result-row"] a')].map((a) =>
    a.getAttribute('href'),
  )
  expect(hrefs).toEqual(['/traces/a1', '/requests/req%2F1', '/traces/b2', '/requests/req%2F1'])
  expect(all('result-row')[0]?.textContent).toContain('2 errors')
  expect(target.querySelector('[role="status"][aria-live]')?.textContent).toBe('2 traces')
})

test('a fresh install shows how to send the first span', async () => {
  const { text } = await open({
    '/rest/v1/services': { body: { services: [] } },
    '/rest/v1/traces': list([]),
  })
  await until(() => text().includes('Nothing has arrived yet'), 'the first steps are shown')
  expect(text()).toContain('/api/v2/spans')
  expect(text()).toContain('npm run demo')
})

test('filters without a match offer to be dropped', async () => {
  router.push('/?q=a+b&service=bank&error=true&range=1h')
  const { text, target } = await open({ '/rest/v1/services': services, '/rest/v1/traces': list([]) })
  await until(() => text().includes('No trace matches'), 'the empty list is explained')
  const hrefs = [...target.querySelectorAll('section a')].map((a) => a.getAttribute('href'))
  expect(hrefs).toContain('/?q=a+b&error=true&range=1h')
  expect(hrefs).toContain('/?service=bank&error=true&range=1h')
  expect(hrefs).toContain('/?q=a+b&service=bank&error=true&range=6h')
})

test('more is loaded behind the list, a repeated trace once', async () => {
  const { text, all, button } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([trace('a1')], { next: 'c2' }),
  })
  await until(() => text().includes('Newest 1 trace'), 'the first page is shown')
  const asked = serve({ '/rest/v1/traces': list([trace('a1'), trace('b2')]) })
  button('Load more')?.click()
  await until(() => all('result-row').length === 2, 'the second page is added')
  expect(asked).toEqual([expect.stringContaining('cursor=c2')])
})

test('a search that stopped says how far it came and goes on, until nothing is left out', async () => {
  router.push('/?q=%7B+.a+%3D+1+%7D')
  const stopped = { next: 'c2', complete: false, scanned: { traces: 40, spans: 900 }, stoppedAt: 0 }
  const { text, button, all } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([], stopped),
  })
  await until(() => text().includes('No traces found so far'), 'it is not said that there is none')
  expect(text()).toMatch(/Looked at 40 traces with 900 spans, back to (1970|1969)-/)
  expect(text()).not.toContain('No trace matches')
  serve({ '/rest/v1/traces': list([trace('a1')], { ...stopped, next: 'c3' }) })
  button('Go on looking')?.click()
  await until(() => text().includes('1 trace found so far'), 'the second part is added')
  expect(text()).toContain('Looked at 80 traces with 1,800 spans')
  const asked = serve({ '/rest/v1/traces': list([trace('b2')]) })
  button('Go on looking')?.click()
  await until(() => all('result-row').length === 2, 'the last part is added')
  expect(asked).toEqual([expect.stringContaining('cursor=c3')])
  expect(text()).not.toContain('Looked at')
  expect(text()).toContain('2 traces')
})

test('the list is asked for in the order of the column chosen, which says so, and its words fit', async () => {
  const { target, asked, text, button } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([trace('a1')], { next: 'c2' }),
  })
  await until(() => text().includes('Newest 1 trace'), 'the list is shown')
  const sorted = () => target.querySelector('th[aria-sort="descending"]')?.textContent
  expect(sorted()).toContain('Start')
  button('Duration')?.click()
  expect(router.search).toBe('sort=duration')
  await until(() => asked.some((path) => path.includes('sort=duration')), 'the list is asked for anew')
  await until(() => text().includes('Slowest 1 trace'), 'the words fit')
  expect(sorted()).toContain('Duration')
})

test('what a query found in a trace is told in its row', async () => {
  router.push('/?q=%7B+status+%3D+error+%7D')
  const spans = [{ id: 'b', name: 'post /charge', service: 'bank', duration: 90_000, attributes: [] }]
  const spanSets = [{ by: [], aggregates: [], matched: 2, spans }]
  const { all } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([{ ...trace('a1'), matched: 2, setCount: 1, spanSets }]),
  })
  await until(() => all('result-row').length === 1, 'the row is shown')
  expect(all('result-row')[0]?.textContent).toContain('2 spans match: bank post /charge 90 ms, …')
})

test('a facet narrows the search, and says of how many traces it is', async () => {
  const { target, text } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([trace('a1', 1), trace('b2')]),
  })
  await until(() => text().includes('of these 2 traces'), 'the facets are shown')
  const hrefs = [...target.querySelectorAll('aside a')].map((a) => a.getAttribute('href'))
  expect(hrefs).toEqual(
    expect.arrayContaining([
      '/?service=web',
      '/?q=%7B+rootServiceName+%3D+%22web%22+%26%26+rootName+%3D+%22get+%2Fcart%22+%7D',
      '/?error=true',
    ]),
  )
})

test('a selection offers to compare it with the rest and to zoom into it', async () => {
  router.push('/?service=web&group=1763676434000000-1763676435000000-100000-500000')
  const { all, target } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': list([trace('a1'), { ...trace('b2'), duration: 9_000_000 }]),
  })
  await until(() => all('group-bar').length === 1, 'the bar is shown')
  expect(all('group-bar')[0]?.textContent).toContain('1 trace selected')
  const href = target.querySelector('[data-testid="group-bar"] a.primary')?.getAttribute('href') ?? ''
  expect([...new URL(href, 'http://x').searchParams]).toEqual([
    ['a', '{ resource.service.name = "web" } && { traceDuration >= 100000us && traceDuration <= 500000us }'],
    ['b', '{ resource.service.name = "web" } && { traceDuration < 100000us || traceDuration > 500000us }'],
    ['from', '2025-11-20T22:07:14Z'],
    ['to', '2025-11-20T22:07:15Z'],
  ])
})

test('what was left out of any page is still said when one comes back', async () => {
  const left = { complete: false, scanned: { traces: 4, spans: 9 }, skipped: ['x', 'y'], stoppedAt: 0 }
  const answers = { '/rest/v1/services': services, '/rest/v1/traces': list([trace('a1')], { next: 'c2' }) }
  const { text, button } = await open(answers)
  await until(() => text().includes('Newest 1 trace'), 'the first page is shown')
  serve({ '/rest/v1/traces': list([trace('b2')], { ...left, next: 'c3' }) })
  button('Load more')?.click()
  await until(() => text().includes('2 traces took too long'), 'it is said')
  serve({ '/rest/v1/traces': list([trace('d3')], { scanned: { traces: 1, spans: 1 } }) })
  button('Go on looking')?.click()
  await until(() => text().includes('Looked at 5 traces'), 'the last page is added')
  const said = text()
  await close()
  const gone = new Promise((done) => window.addEventListener('popstate', done, { once: true }))
  router.push('/?service=web')
  history.back()
  await gone
  const again = mounted(SearchPage, {})
  await until(() => again.text.includes('2 traces took too long'), 'it is said again')
  const line = /Looked at[^.]*\.[^.]*\./
  expect(line.exec(again.text)?.[0]).toBe(line.exec(said)?.[0])
  await again.remove()
})

test('a click on an empty part of the plot is no step to go back over; a release without a press is no click', async () => {
  const { all } = await open({ '/rest/v1/services': services, '/rest/v1/traces': list([trace('a1')]) })
  await until(() => all('search-plot').length === 1, 'the plot is shown')
  const [canvas] = all('search-plot')
  if (!canvas) throw new Error('no plot')
  canvas.setPointerCapture = () => undefined
  const send = (type: string, offsetX: number, offsetY: number) => {
    const event = new MouseEvent(type, { button: 0, bubbles: true })
    canvas.dispatchEvent(
      Object.defineProperties(event, { offsetX: { value: offsetX }, offsetY: { value: offsetY } }),
    )
  }
  // The only dot is in the middle of what has no width here.
  const dot = [52, 78] as const
  const before = history.length
  send('pointerup', ...dot)
  expect(router.pathname).toBe('/')
  for (const type of ['pointerdown', 'pointerup']) send(type, 300, 20)
  expect(history.length).toBe(before)
  for (const type of ['pointerdown', 'pointerup']) send(type, ...dot)
  expect(router.pathname).toBe('/traces/a1')
})

test('recent searches are told apart by what they look for, not by how it is shown', async () => {
  localStorage.clear()
  router.push('/?service=web&view=heat&sort=spans&zone=utc')
  await open({ '/rest/v1/services': services, '/rest/v1/traces': list([trace('a1')]) })
  router.push('/?service=web')
  flushSync()
  expect(localStorage.getItem('hopscope.recent-searches')).toBe('[{"name":"web","query":"service=web"}]')
})

test('deleting a saved search leaves the focus at the next one, and at last at the button of the menu', async () => {
  const kept = ['a', 'b'].map((name) => ({ name, query: `q=${name}` }))
  localStorage.setItem('hopscope.searches', JSON.stringify([...kept, { name: 'same', query: 'q=a' }]))
  const { all, target } = await open({ '/rest/v1/services': services, '/rest/v1/traces': list([]) })
  all('saved-searches')[0]?.click()
  flushSync()
  for (const [name, then] of [
    ['Delete a', 'Delete b'],
    ['Delete b', 'Saved and recent searches'],
  ]) {
    const button = target.querySelector<HTMLElement>(`[aria-label="${name}"]`)
    button?.focus()
    button?.click()
    await until(() => document.activeElement?.getAttribute('aria-label') === then, `${then} has the focus`)
  }
})

test('a server that fails shows its own words', async () => {
  const problem = {
    title: 'Storage is unavailable',
    detail: 'Elasticsearch did not answer.',
    code: 'storage_unavailable',
  }
  const { text } = await open({
    '/rest/v1/services': services,
    '/rest/v1/traces': { status: 503, body: problem },
  })
  await until(() => text().includes('Storage is unavailable'), 'the problem is shown')
  expect(text()).toContain('Elasticsearch did not answer.')
})
