/** @jest-environment jsdom */
// The views in a document: what keys, clicks and the address do.
import { columnsOf } from '@hopscope/model'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { flushSync } from 'svelte'
import { router } from '../../routing/router.svelte.ts'
import { mounted, press } from '../../testing/mounted.ts'
import { traceFromText } from '../../testing/trace-fixture.ts'
import { TraceState } from '../trace-state.svelte.ts'
import FlameGraph from './FlameGraph.svelte'
import Icicle from './Icicle.svelte'
import ServiceTable from './ServiceTable.svelte'
import SpanTable from './SpanTable.svelte'

const columns = columnsOf(
  traceFromText(`
web SERVER get_/ 0 100000
  web CLIENT pay 10000 30000
    bank SERVER pay 12000 20000 error=boom
  db CLIENT select 50000 10000
  db CLIENT select 61000 25000
`),
)

const cleanups: (() => Promise<void>)[] = []
beforeEach(() => router.redirect('/traces/1'))
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

function view<Props extends { trace: TraceState }>(
  component: Parameters<typeof mounted<Props>>[0],
  query = '',
  given = columns,
) {
  router.redirect(`/traces/1?${query}`)
  const trace = new TraceState(given)
  const shown = mounted(component, { trace } as Props)
  cleanups.push(() => shown.remove())
  const one = (testid: string) => {
    const [element] = shown.all(testid)
    if (!element) throw new Error(`nothing is called ${testid}`)
    return element
  }
  return {
    trace,
    ...shown,
    all: shown.all,
    one,
    said: () => shown.target.querySelector('p[role=status]')?.textContent,
  }
}

test('the flame graph is walked by keys, and each box is told to who listens', () => {
  const { trace, one, said } = view(FlameGraph)
  const graph = one('flame-graph')
  expect(graph.getAttribute('aria-label')).toMatch(/5 spans on 4 call paths.*table/)
  graph.focus()
  flushSync()
  expect(said()).toMatch(/^web get \//)
  press(graph, 'ArrowUp')
  // The widest child; of the two spans merged in it the slower one.
  expect(trace.cursor).toBe(4)
  expect(said()).toMatch(/db select.*Spans 2/)
  press(graph, 'ArrowDown')
  expect(trace.cursor).toBe(0)
})

test('Enter zooms into a box, in the address, and Escape comes back; then it is the page that gets it', () => {
  const { one } = view(FlameGraph)
  const graph = one('flame-graph')
  press(graph, 'ArrowUp')
  press(graph, 'Enter')
  expect(router.params.get('box')).toBe('0000000000000005')
  press(graph, 'Escape')
  expect(router.params.get('box')).toBeNull()
  const escape = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true })
  graph.dispatchEvent(escape)
  expect(escape.defaultPrevented).toBe(false)
})

test('Space opens the details of a box, Enter in the icicle zooms to its time', () => {
  const { trace, one } = view(Icicle)
  const icicle = one('icicle')
  press(icicle, 'ArrowDown')
  press(icicle, ' ')
  expect(trace.selected).toBe(1)
  press(icicle, 'Enter')
  expect(trace.window).toEqual({ start: 9400, end: 40_600 })
  press(icicle, 'Backspace')
  expect(trace.zoomed).toBe(false)
})

test('the table is sorted by its heads, in the address, and says how', () => {
  const { all, target } = view(SpanTable)
  const head = target.querySelectorAll('th')
  const duration = head[4]
  duration?.querySelector('button')?.click()
  flushSync()
  expect(router.params.get('sort')).toBe('-duration')
  expect(duration?.getAttribute('aria-sort')).toBe('descending')
  expect(all('span-table-row').map((row) => row.querySelectorAll('td')[4]?.textContent.trim())).toEqual([
    '100 ms',
    '30 ms',
    '25 ms',
    '20 ms',
    '10 ms',
  ])
})

test('"Only matches" leaves what the search found; Enter opens the row of the cursor', () => {
  const { trace, all, one } = view(SpanTable, 'find=bank&only=1')
  expect(all('span-table-row')).toHaveLength(1)
  expect(one('span-table').getAttribute('aria-rowcount')).toBe('2')
  press(one('span-table'), 'ArrowDown')
  press(one('span-table'), 'Enter')
  expect(trace.selected).toBe(2)
})

test('a service is dimmed around by a click, and bright again by another; an operation is found', () => {
  const { trace, all } = view(ServiceTable)
  const db = () => all('service-table-row').find((row) => row.textContent.includes('db'))
  db()?.click()
  flushSync()
  expect(trace.filter.services).toEqual(['db'])
  expect(db()?.getAttribute('aria-selected')).toBe('true')
  db()?.click()
  flushSync()
  expect(trace.filter.services).toEqual([])
  router.replace('/traces/1?by=operation')
  flushSync()
  db()?.click()
  flushSync()
  expect(router.params.get('find')).toBe('select')
})

test('an operation whose name is too long for an address is not looked for, and is not said to be', () => {
  const long = 'x'.repeat(201)
  const given = columnsOf(traceFromText(`web SERVER ${long} 0 100\n  web INTERNAL short 10 20`))
  const { trace, all } = view(ServiceTable, 'by=operation', given)
  const row = (name: string) => all('service-table-row').find(({ textContent }) => textContent.includes(name))
  expect(row('xxx')?.title).toBe('')
  expect(row('short')?.title).toContain('Find the text “short”')
  row('xxx')?.click()
  flushSync()
  expect([trace.find, router.params.get('find')]).toEqual(['', null])
})

test('after another grouping, or another order, the keys begin at the first group again', () => {
  const { target, one } = view(ServiceTable, 'by=operation')
  const table = one('service-table')
  const cursor = () => [...target.querySelectorAll('.row')].findIndex((row) => row.matches('.cursor'))
  press(table, 'End')
  expect(cursor()).toBe(3)
  router.replace('/traces/1?by=service')
  flushSync()
  expect(cursor()).toBe(0)
  press(table, 'ArrowDown')
  target.querySelector('th button')?.dispatchEvent(new MouseEvent('click', { bubbles: true }))
  flushSync()
  expect(cursor()).toBe(0)
})
