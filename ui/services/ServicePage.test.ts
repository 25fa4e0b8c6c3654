/** @jest-environment jsdom */
// A service's page: plots with a mark and dots, operations, traces, neighbours and where its time goes; each part by itself.
import { afterEach, expect, test } from '@jest/globals'
import { flushSync } from 'svelte'
import { loadServices } from '../api/names.svelte.ts'
import { router } from '../routing/router.svelte.ts'
import { iso } from '../routing/times.ts'
import { type Answer, mounted, until } from '../testing/mounted.ts'
import { graph, profile, START, stepsOf, totalsOf } from './services.fixture.ts'
import ServicePage from './ServicePage.svelte'

let page: ReturnType<typeof mounted> | undefined
afterEach(() => page?.remove())

const NO_TRACES = { traces: [], next: null, complete: true }
const found = (traceId: string, errorCount = 0) => ({
  traceId,
  start: START,
  duration: 90_000,
  rootService: 'web',
  rootOperation: 'get /cart',
  spanCount: 3,
  errorCount,
  services: [],
  requestIds: [],
})

const ANSWERS: Readonly<Record<string, unknown>> = {
  totals: totalsOf('', { '': [{ errors: 6, errorRatio: 0.02 }, {}] }),
  steps: stepsOf('', ['']),
  operationTotals: totalsOf('operation', { 'get /': [{}], 'post /a b': [{ rate: 9 }] }),
  operationSteps: stepsOf('operation', ['get /', 'post /a b']),
  names: { services: ['shop', 'shopping', 'web'], complete: true },
  slowest: { ...NO_TRACES, traces: [found('abc3')] },
  failed: { ...NO_TRACES, traces: [found('fa11', 2)] },
  graph,
  profile,
}

/** Which of the answers a question is for. */
function kindOf(input: string): string {
  const url = new URL(input, 'http://x')
  const params = url.searchParams
  const name = url.pathname.split('/').at(-1) ?? ''
  if (name === 'services') return 'names'
  if (name === 'traces') return params.get('error') === 'true' ? 'failed' : 'slowest'
  if (name !== 'metrics') return name
  const isSums =
    Number(params.get('end')) - Number(params.get('start')) === 2 * parseInt(params.get('step') ?? '', 10)
  const part = isSums ? 'totals' : 'steps'
  return params.has('by') ? `operation${isSums ? 'Totals' : 'Steps'}` : part
}

async function open(address: string, changed: Readonly<Record<string, Answer>> = {}) {
  const asked: string[] = []
  const fetcher = (input: string) => {
    asked.push(decodeURIComponent(input).replaceAll('+', ' '))
    const kind = kindOf(input)
    const { status = 200, body } = changed[kind] ?? { body: ANSWERS[kind] }
    return Promise.resolve({ ok: status < 400, status, json: () => Promise.resolve(body) })
  }
  Reflect.set(globalThis, 'fetch', fetcher)
  router.push(address)
  await loadServices()
  const opened = mounted(ServicePage, { service: 'shop' })
  page = opened
  const plot = (name: string) => opened.all(`plot-${name}`)[0]
  const track = (name: string) => {
    const element = plot(name)?.querySelector('[role="slider"]')
    if (!(element instanceof HTMLElement)) throw new Error(`no plot of ${name}`)
    return element
  }
  const key = (name: string, shiftKey = false) => {
    track('rate').dispatchEvent(
      new KeyboardEvent('keydown', { key: name, shiftKey, bubbles: true, cancelable: true }),
    )
    flushSync()
  }
  const readout = () => opened.all('plot-readout')[0]?.textContent.replace(/\s+/g, ' ').trim() ?? ''
  return {
    ...opened,
    target: opened.target,
    asked,
    plot,
    track,
    key,
    readout,
    text: () => opened.target.textContent,
  }
}

const whole = async (address = '/services/shop', changed: Readonly<Record<string, Answer>> = {}) => {
  const opened = await open(address, changed)
  await until(() => opened.all('plots').length === 1 && opened.all('profile-part').length > 0, 'all is there')
  return opened
}

test('one mark goes over all plots by keys, with the values in words, and leads to the traces of its time', async () => {
  const { key, track, plot, readout, all } = await whole()
  expect(plot('rate')?.textContent).toContain('1/s')
  key('ArrowLeft')
  key('ArrowLeft')
  expect(track('durations').getAttribute('aria-valuetext')).toMatch(/: p99 90 ms, p95 20 ms, p50 10 ms$/)
  expect(track('errors').getAttribute('aria-valuenow')).toBe('3')
  expect(readout()).toMatch(/60 calls 6 errors Slowest trace Failed trace/)
  const hrefs = [...(all('plot-readout')[0]?.querySelectorAll('a') ?? [])].map((link) =>
    link.getAttribute('href'),
  )
  expect(hrefs).toEqual(['/traces/abc3', '/traces/fa11'])
  key('ArrowLeft')
  expect(readout()).toContain('no calls')
})

test('a stretch chosen by keys is zoomed into, in the address, and asked for', async () => {
  const { key, asked } = await whole('/services/shop?range=24h&refresh=30s&operation=x')
  key('Home')
  key('ArrowRight')
  key('ArrowRight', true)
  const before = asked.length
  key('Enter')
  const [start, end] = [START + 60e6, START + 3 * 60e6]
  const [from, to] = [start, end].map((micros) => iso(micros / 1e3))
  expect(Object.fromEntries(router.params)).toEqual({ operation: 'x', from, to })
  await until(() => asked.length > before, 'it is asked')
  expect(asked.at(-1)).toContain(`end=${end}`)
})

test('dots on the plots are links to the traces of the peaks', async () => {
  const { plot } = await whole()
  const dots = (name: string) =>
    [...(plot(name)?.querySelectorAll('a') ?? [])].map((link) => [
      link.getAttribute('href'),
      link.getAttribute('aria-label'),
    ])
  expect(dots('errors')).toEqual([
    ['/traces/fa11', expect.stringMatching(/^A failed trace at .+: 10 % failed$/)],
  ])
  expect(dots('durations')).toContainEqual([
    '/traces/abc3',
    expect.stringMatching(/^Slowest trace at .+: 90 ms$/),
  ])
  expect(dots('rate')).toEqual([])
})

test('the plots are a table too', async () => {
  const { all } = await whole()
  const details = all('plot-table')[0]
  if (!(details instanceof HTMLDetailsElement)) throw new Error('no table')
  details.open = true
  details.dispatchEvent(new Event('toggle'))
  await until(() => details.querySelectorAll('tbody tr').length === 4, 'a row for each minute with calls')
  expect(details.querySelector('tbody tr:nth-child(2)')?.textContent.replace(/\s+/g, ' ')).toMatch(
    /3\/s ?10 % ?10 ms ?20 ms ?90 ms ?Slowest trace ?Failed trace/,
  )
})

test('an operation is looked at alone by its link, and then all but the list of operations is about it', async () => {
  const { all, target } = await whole()
  const links = [...target.querySelectorAll('[data-testid="operation-row"] a')].map((link) =>
    link.getAttribute('href'),
  )
  expect(links).toEqual(['/services/shop?operation=post+%2Fa+b', '/services/shop?operation=get+%2F'])
  expect(all('operation-row')[0]?.textContent).toContain('9/s')
  await page?.remove()
  const alone = await whole('/services/shop?operation=get+%2F')
  const about = (start: string) => alone.asked.filter((path) => path.startsWith(`/rest/v1/${start}`))
  expect(about('metrics?q').every((path) => path.includes('&& name = "get /" }'))).toBe(true)
  expect(about('metrics?by=operation').some((path) => path.includes('name = "get /"'))).toBe(false)
  expect([...about('traces'), ...about('profile')].every((path) => path.includes('operation=get /'))).toBe(
    true,
  )
  expect(alone.all('operation-row')[1]?.querySelector('a')?.getAttribute('aria-current')).toBe('true')
  expect(alone.text()).toContain('Only “get /”')
})

test('traces, callers, called services and the profile are listed with where they lead', async () => {
  const { all, text } = await whole()
  expect(all('slow-trace')[0]?.querySelector('a')?.getAttribute('href')).toBe('/traces/abc3')
  expect(all('failed-trace')[0]?.textContent).toContain('2 errors')
  const neighbours = all('neighbour').map((row) => row.textContent.replace(/\s+/g, ' ').trim())
  expect(neighbours).toEqual([
    expect.stringMatching(/^web ?12\/min ?5 % ?12 ms$/),
    expect.stringMatching(/^db ?reports nothing itself ?12\/min ?5 % ?12 ms$/),
  ])
  expect(all('profile-part').map((row) => row.textContent.replace(/\s+/g, ' ').trim())).toEqual([
    expect.stringMatching(/^shop ?its own work .*70 %/),
    expect.stringMatching(/^db ?reports nothing itself .*25 %/),
    expect.stringMatching(/^Network .*5 %/),
  ])
  expect(text()).toContain('The slowest 15 calls took 70 ms longer than usual ones')
  expect(all('profile-added').map((row) => row.textContent.replace(/\s+/g, ' ').trim())).toEqual([
    'db +60 ms example',
  ])
})

test('one part that fails leaves the others standing', async () => {
  const down = { status: 503, body: { title: 'Busy', status: 503, detail: 'Too much to do.', code: 'busy' } }
  const { all, text } = await open('/services/shop', { profile: down, slowest: down })
  await until(() => all('plots').length === 1 && text().includes('Too much to do.'), 'the rest is shown')
  expect([all('failed-trace').length, all('neighbour').length]).toEqual([1, 2])
})

test('without search there are still its neighbours, and the graph', async () => {
  const off = { status: 403, body: { title: 'Off', status: 403, detail: 'off', code: 'search-disabled' } }
  const kinds = [
    'totals',
    'steps',
    'operationTotals',
    'operationSteps',
    'slowest',
    'failed',
    'profile',
    'names',
  ]
  const { all } = await open('/services/shop?range=6h', Object.fromEntries(kinds.map((kind) => [kind, off])))
  await until(() => all('search-disabled').length === 1 && all('neighbour').length === 2, 'it says so')
  expect(all('search-disabled')[0]?.querySelector('a')?.getAttribute('href')).toBe(
    '/graph?range=6h&focus=shop',
  )
})

const NOTHING = { totals: { body: totalsOf('', {}) }, operationTotals: { body: totalsOf('operation', {}) } }

test('a service that was not called is said to be so, with longer times to look at', async () => {
  const { all, text } = await open('/services/shop?range=24h', NOTHING)
  await until(() => all('no-calls').length === 1, 'it says so')
  expect(text()).toContain('It was not called in this time')
  expect(all('no-calls')[0]?.querySelector('a')?.getAttribute('href')).toBe('/services/shop?range=7d')
})

test('a service that no span names is unknown, and names like it are offered', async () => {
  const names = { body: { services: ['shopping', 'web'], complete: true } }
  const none = { body: { ...graph, services: [], edges: [] } }
  const { all, text } = await open('/services/shop', { ...NOTHING, names, graph: none })
  await until(() => all('unknown-service').length === 1, 'it says so')
  expect(text()).toContain('There is no service “shop”')
  expect(all('unknown-service')[0]?.querySelector('a')?.getAttribute('href')).toBe('/services/shopping')
})

test('its traces are searched for in the same time', async () => {
  const { target } = await whole(
    '/services/shop?from=2026-11-20T14:00:00Z&to=2026-11-20T15:00:00Z&zone=utc&operation=x',
  )
  const href = [...target.querySelectorAll('a')].find((link) => link.title === 'Search for its traces')?.href
  const params = new URL(href ?? '').searchParams
  expect(['service', 'operation', 'from', 'to', 'zone'].map((name) => params.get(name))).toEqual([
    'shop',
    'x',
    '2026-11-20T14:00:00Z',
    '2026-11-20T15:00:00Z',
    'utc',
  ])
})

test('a profile that is cut says so, and how many parts are not listed', async () => {
  const [part] = profile.services
  const services = Array.from({ length: 10 }, (_, i) => ({ ...part, service: `part-${i}`, share: 0.05 }))
  const { all, text } = await open('/services/shop', {
    profile: { body: { ...profile, services, complete: false } },
  })
  await until(() => all('profile-part').length === 8, 'parts are shown')
  expect(text()).toContain('and 3 others')
  expect(text()).toContain('these are of the newest traces')
})
