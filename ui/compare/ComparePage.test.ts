/** @jest-environment jsdom */
// The compare page: two traces, two groups of them, and the forms that ask for either.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { flushSync } from 'svelte'
import { router } from '../routing/router.svelte.ts'
import { mounted, press, serve, until } from '../testing/mounted.ts'
import ComparePage from './ComparePage.svelte'

const side = (traceId: string, duration: number) => ({
  traceId,
  start: 1_763_676_434_482_000,
  duration,
  spanCount: 3,
  errorCount: 0,
})
const node = (parent: number, depth: number, service: string, status: string, a?: number, b?: number) => ({
  parent,
  depth,
  service,
  operation: 'get /',
  status,
  ...(a === undefined ? {} : { a: 0, durationA: a, selfA: a, errorA: false }),
  ...(b === undefined ? {} : { b: 0, durationB: b, selfB: b, errorB: false }),
  ...(a !== undefined && b !== undefined ? { durationChange: b - a, selfChange: b - a } : {}),
})
const DIFF = {
  a: side('a1', 100_000),
  b: side('b2', 440_000),
  nodes: [
    node(-1, 0, 'web', 'same', 100_000, 100_000),
    node(0, 1, 'payment', 'slower', 50_000, 390_000),
    node(0, 1, 'stock', 'same', 1000, 1000),
    node(0, 1, 'cache', 'missing', 6000),
    node(0, 1, 'fraud', 'added', undefined, 20_000),
  ],
  services: [],
  counts: { added: 1, missing: 1, slower: 1, faster: 0, same: 2, errorsAppeared: 0, errorsVanished: 0 },
}
const PAIR = '/rest/v1/traces/a1/compare/b2'

let page: ReturnType<typeof mounted> | undefined
beforeEach(() => router.push('/compare'))
afterEach(() => page?.remove())

function open(props: { a?: string; b?: string }, answers: Parameters<typeof serve>[0]) {
  const asked = serve(answers)
  const opened = mounted(ComparePage, props)
  page = opened
  const words = () => opened.target.textContent.replace(/\s+/g, ' ')
  return { ...opened, target: opened.target, asked, words }
}

async function openPair() {
  router.push('/compare/a1/b2')
  const opened = open({ a: 'a1', b: 'b2' }, { [PAIR]: { body: DIFF } })
  await until(() => opened.all('pair-row').length > 0, 'rows are shown')
  const rows = () => opened.all('pair-row').map((row) => row.textContent.replace(/\s+/g, ' ').trim())
  return { ...opened, rows }
}

test('every call of both is a row that says in words and by a sign what became of it', async () => {
  const { rows, words, all } = await openPair()
  expect(rows().map((row) => /^(\S* ?)(slower in B|only in A|only in B|as in both)/.exec(row)?.[2])).toEqual([
    'as in both',
    'slower in B',
    'as in both',
    'only in A',
    'only in B',
  ])
  expect(all('pair-row').map((row) => row.querySelector('.sign [aria-hidden]')?.textContent)).toEqual([
    '',
    '▲',
    '',
    '−',
    '+',
  ])
  expect(words()).toContain('B took 340 ms longer (×4.40)')
  expect(all('pair-summary')[0]?.textContent).toContain('web → payment')
  expect(all('pair-summary')[0]?.textContent).toContain('+340 ms')
})

test('without the columns of the traces the comparison is there all the same', async () => {
  const { words } = await openPair()
  await until(() => words().includes('bars show durations only'), 'it is said')
})

test('d keeps the differences, n jumps to one, Enter opens it, Escape closes it; the URL holds it', async () => {
  const { rows, all } = await openPair()
  press(document.body, 'd')
  expect(router.params.get('only')).toBe('differences')
  expect(rows()).toHaveLength(4)
  press(document.body, 'n')
  press(document.body, 'Enter')
  expect(router.params.get('row')).toBe('1')
  expect(all('pair-detail')[0]?.textContent).toContain('payment')
  press(document.body, 'Escape')
  expect(all('pair-detail')).toHaveLength(0)
})

test('rows fold by key, and s swaps the two', async () => {
  const { rows } = await openPair()
  press(document.body, 'ArrowLeft')
  expect(rows()).toHaveLength(1)
  expect(router.params.get('folds')).toBe('0')
  press(document.body, 'x')
  expect(rows()).toHaveLength(5)
  press(document.body, 's')
  expect(router.pathname).toBe('/compare/b2/a1')
})

test('a trace that isn’t stored says so, and asks for others', async () => {
  router.push('/compare/a1/b2')
  const { words, all } = open({ a: 'a1', b: 'b2' }, {})
  await until(() => words().includes('One of these traces is not stored'), 'it is said')
  expect(all('pair-form')).toHaveLength(1)
})

test('without ids, two of the recent traces are picked, or ids are pasted; what is no id is refused in words', async () => {
  const traces = ['c0ffee', 'beef'].map((traceId) => ({
    traceId,
    start: 1,
    duration: 5,
    rootService: 'web',
    rootOperation: 'get',
    spanCount: 1,
    errorCount: 0,
    services: [],
    requestIds: [],
  }))
  const { all, target, words } = open(
    {},
    { '/rest/v1/traces': { body: { traces, next: null, complete: true } } },
  )
  await until(() => target.querySelectorAll('.pick').length === 4, 'the recent ones are listed')
  const submit = () => {
    all('pair-form')[0]?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
    flushSync()
  }
  submit()
  expect(words()).toContain('1 to 32 hexadecimal digits')
  const picks = [...target.querySelectorAll<HTMLButtonElement>('.pick')]
  picks[0]?.click()
  picks[3]?.click()
  flushSync()
  submit()
  expect(router.pathname).toBe('/compare/c0ffee/beef')
})

const value = (text: string | null, countA: number, countB: number) => ({
  value: text,
  countA,
  countB,
  shareA: countA / 10,
  shareB: countB / 40,
  difference: countA / 10 - countB / 40,
  score: 0.5,
  exampleA: 'a1',
  exampleB: 'b2',
})
const group = (text: string | null, traces: number) => ({
  query: text === null ? null : { text, fromWords: false },
  traces,
  scanned: { traces: 50, spans: 100 },
  complete: true,
})
const GROUPS = {
  start: 1,
  end: 2,
  a: group('{ duration > 1s }', 10),
  b: group(null, 40),
  attributes: [
    { attribute: 'tag:version', score: 0.5, values: [value('2', 9, 2), value(null, 1, 0)], valueCount: 2 },
  ],
  attributeCount: 1,
  unique: ['tag:request_id'],
  complete: false,
}

test('groups: values with both shares, a search with the value added, and that not all was looked at', async () => {
  router.push('/compare?a=%3E1s&range=6h')
  const list = { body: { traces: [], next: null, complete: true } }
  const opened = open({}, { '/rest/v1/compare': { body: GROUPS }, '/rest/v1/traces': list })
  await until(() => opened.all('group-value').length === 2, 'values are shown')
  const asked = opened.asked.find((path) => path.startsWith('/rest/v1/compare?')) ?? ''
  const params = new URLSearchParams(asked.split('?')[1])
  expect(params.get('a')).toBe('>1s')
  expect(Number(params.get('end')) - Number(params.get('start'))).toBe(6 * 3600e6)
  expect(opened.words()).toContain('Not everything was looked at')
  expect(opened.words()).toContain('all other traces')
  const [first, none] = opened.all('group-value')
  expect(first?.textContent.replace(/\s+/g, ' ')).toMatch(/90 % 9.*5 % 2/)
  const link = new URL(first?.querySelector('a')?.href ?? '')
  expect(link.searchParams.get('q')).toBe('({ duration > 1s }) && { .version = "2" }')
  expect(link.searchParams.get('range')).toBe('6h')
  expect(none?.textContent).toContain('(none)')
})

test('groups: another time keeps what is typed, and is asked for', async () => {
  router.push('/compare?a=%3E1s')
  const list = { body: { traces: [], next: null, complete: true } }
  const opened = open({}, { '/rest/v1/compare': { body: GROUPS }, '/rest/v1/traces': list })
  await until(() => opened.all('groups-form').length === 1, 'the form is there')
  const [, b] = opened.target.querySelectorAll<HTMLInputElement>('[data-testid=groups-form] input')
  if (!b) throw new Error('no field for b')
  b.value = 'error'
  b.dispatchEvent(new Event('input', { bubbles: true }))
  opened.all('time-range')[0]?.click()
  flushSync()
  const all = [...opened.target.querySelectorAll('button')].find((each) => each.textContent === 'All time')
  all?.click()
  flushSync()
  expect(Object.fromEntries(router.params)).toEqual({ a: '>1s', b: 'error', range: 'all' })
  await until(() => opened.asked.some((path) => path.includes('b=error')), 'it is asked for')
  expect(opened.asked.findLast((path) => path.includes('/compare?'))).toContain('start=0&')
})

test('groups: a and b are edited in place', async () => {
  router.push('/compare?a=%3E1s')
  const list = { body: { traces: [], next: null, complete: true } }
  const opened = open({}, { '/rest/v1/compare': { body: GROUPS }, '/rest/v1/traces': list })
  await until(() => opened.all('groups-form').length === 1, 'the form is there')
  const [, b] = opened.target.querySelectorAll<HTMLInputElement>('[data-testid=groups-form] input')
  if (!b) throw new Error('no field for b')
  b.value = 'error'
  b.dispatchEvent(new Event('input', { bubbles: true }))
  flushSync()
  opened.all('groups-form')[0]?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  flushSync()
  expect([router.params.get('a'), router.params.get('b')]).toEqual(['>1s', 'error'])
  await until(() => opened.asked.some((path) => path.includes('b=error')), 'it is asked for')
})

test('a row folds though the address has no room for more folds, and the oldest stay folded in the page', async () => {
  const nodes = [node(-1, 0, 'web', 'same', 100_000, 100_000)]
  for (let i = 0; i < 210; i++)
    nodes.push(node(0, 1, 'a', 'same', 1000, 1000), node(2 * i + 1, 2, 'b', 'same', 500, 500))
  const folds = Array.from({ length: 200 }, (_, i) => (2 * i + 1).toString(36)).join('.')
  router.push(`/compare/a1/b2?folds=${folds}`)
  const opened = open({ a: 'a1', b: 'b2' }, { [PAIR]: { body: { ...DIFF, nodes } } })
  const rows = () => opened.all('pair-row')
  await until(() => rows().length > 1, 'rows are shown')
  press(document.body, 'ArrowLeft')
  expect(rows()).toHaveLength(1)
  expect(router.params.get('folds')?.split('.').at(-1)).toBe('0')
  expect(router.params.get('folds')?.split('.')[0]).toBe('3')
  press(document.body, 'ArrowRight')
  expect(rows()[1]?.getAttribute('aria-expanded')).toBe('false')
})

const traceOf = (traceId: string, duration: number) => ({
  ...side(traceId, duration),
  services: [],
  requestIds: [],
})

test('groups: durations of any size are drawn, and are said to be of the newest traces where there are older', async () => {
  router.push('/compare?a=%3E1s&b=error')
  const list = { body: { traces: [traceOf('1', 9e15), traceOf('2', 9e15)], next: 'more', complete: true } }
  const opened = open({}, { '/rest/v1/compare': { body: GROUPS }, '/rest/v1/traces': list })
  await until(() => opened.all('group-durations').length === 1, 'durations are shown')
  expect(opened.all('group-durations')[0]?.textContent).toContain('of the newest 2 traces')
})

test('groups: the durations of other groups go when others are asked for', async () => {
  router.push('/compare?a=%3E1s&b=error')
  const list = { body: { traces: [traceOf('1', 5000)], next: null, complete: true } }
  const opened = open({}, { '/rest/v1/compare': { body: GROUPS }, '/rest/v1/traces': list })
  await until(() => opened.all('group-durations').length === 1, 'durations are shown')
  const before = globalThis.fetch
  Reflect.set(globalThis, 'fetch', (input: string) =>
    input.includes('/compare?') ? before(input) : new Promise(() => undefined),
  )
  router.push('/compare?a=%3E2s&b=error')
  flushSync()
  expect(opened.all('group-durations')).toHaveLength(0)
})

test('groups: values that are not listed are counted, and a search is of the service that was compared', async () => {
  router.push('/compare?a=%3E1s&service=shop')
  const list = { body: { traces: [], next: null, complete: true } }
  const [attribute] = GROUPS.attributes
  const body = { ...GROUPS, attributes: [{ ...attribute, valueCount: 12 }] }
  const opened = open({}, { '/rest/v1/compare': { body }, '/rest/v1/traces': list })
  await until(() => opened.all('group-value').length === 2, 'values are shown')
  expect(opened.words()).toContain('2 of 12 values are listed.')
  const link = new URL(opened.all('group-value')[0]?.querySelector('a')?.href ?? '')
  expect(link.searchParams.get('q')).toBe(
    '({ duration > 1s }) && { .version = "2" && resource.service.name = "shop" }',
  )
})
