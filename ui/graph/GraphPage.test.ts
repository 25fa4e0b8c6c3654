/** @jest-environment jsdom */
// The graph page: what it says of the answer it has, or doesn't have.
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { router } from '../routing/router.svelte.ts'
import { flushSync } from 'svelte'
import { mounted, press, serve, until } from '../testing/mounted.ts'
import GraphPage from './GraphPage.svelte'
import { layoutGraph } from './layout.ts'
import type { LayoutRequest, LayoutResponse } from './layout.worker.ts'

/** Lays out at the next turn, as jsdom has no workers. */
class TestWorker extends EventTarget {
  #ended = false
  postMessage({ id, nodes, edges, previous }: LayoutRequest): void {
    setTimeout(() => {
      const data: LayoutResponse = { id, layout: layoutGraph(nodes, edges, previous) }
      if (!this.#ended) this.dispatchEvent(new MessageEvent('message', { data }))
    })
  }
  terminate(): void {
    this.#ended = true
  }
}

const load = {
  calls: 60,
  errors: 3,
  errorRatio: 0.05,
  rate: 1,
  p50: 1500,
  p95: 9000,
  p99: null,
  slowest: null,
  failed: null,
}
const service = (name: string) => ({ ...load, name, reported: true })
const edge = (from: string, to: string) => ({ ...load, from, to, kind: 'rpc' })
const answer = (names: string[], edges: object[], complete = true) => ({
  '/rest/v1/graph': { body: { start: 1, end: 2, services: names.map(service), edges, complete } },
})

let page: ReturnType<typeof mounted> | undefined
beforeEach(() => {
  Reflect.set(globalThis, 'Worker', TestWorker)
  router.push('/graph')
})
afterEach(async () => {
  await page?.remove()
  jest.restoreAllMocks()
})

async function open(answers: Parameters<typeof serve>[0], wanted: string) {
  const asked = serve(answers)
  const opened = mounted(GraphPage, {})
  page = opened
  await until(() => (opened.text ?? '').includes(wanted), wanted)
  return { opened, asked }
}

test('an answer that is not all says so', async () => {
  await open(answer(['a', 'b'], [edge('a', 'b')], false), 'these are the 1 most frequent')
})

test('services without calls between them are drawn, and said to have none', async () => {
  await open(answer(['a'], []), 'One service, and no call to or from others yet')
  await page?.remove()
  await open(answer(['a', 'b'], []), 'No calls between these services yet')
})

test('a refresh that fails leaves the picture, and says that it is the last one', async () => {
  const { opened } = await open(answer(['a', 'b'], [edge('a', 'b')]), '2 services, 1 connection')
  serve({ '/rest/v1/graph': { status: 503, body: { title: 'Not now', detail: '' } } })
  opened.target.querySelector<HTMLElement>('[aria-label="Refresh now"]')?.click()
  await until(() => opened.text?.includes('this is the last answer') ?? false, 'said to be old')
  expect(opened.all('graph-canvas')).toHaveLength(1)
})

test('the same graph asked again is not laid out again: nothing moves', async () => {
  const { opened, asked } = await open(answer(['a', 'b'], [edge('a', 'b')]), '1 connection')
  const root = () => opened.all('service-graph')[0]?.dataset
  await until(() => root()?.['drawn'] === 'true', 'drawn')
  const before = root()?.['positions']
  let posted = 0
  class Counted extends TestWorker {
    override postMessage(): void {
      posted++
    }
  }
  Reflect.set(globalThis, 'Worker', Counted)
  opened.target.querySelector<HTMLElement>('[aria-label="Refresh now"]')?.click()
  await until(() => asked.length === 2, 'asked again')
  expect([root()?.['positions'], posted]).toEqual([before, 0])
})

test('a call that has the keys is spoken with its numbers, and Enter opens it', async () => {
  const { opened } = await open(answer(['a', 'b'], [edge('a', 'b')]), '1 connection')
  await until(() => opened.all('graph-canvas').length === 1, 'a picture')
  const list = opened.all('graph-canvas')[0] ?? document.body
  press(list, 'ArrowRight')
  press(list, ']')
  expect(opened.all('graph-cursor')[0]?.textContent?.trim()).toBe(
    'a → b: 60 calls · 1/s · 5 % errors · p50 1.5 ms · p95 9 ms',
  )
  press(list, 'Enter')
  expect(router.params.get('edge')).toBe('a>b')
  press(list, 'Escape')
  press(list, 'Escape')
  expect(router.params.get('edge')).toBeNull()
})

test('a refresh that is due while an answer is awaited does not throw that away', async () => {
  jest.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible')
  const ticks: (() => void)[] = []
  jest.spyOn(globalThis, 'setInterval').mockImplementation((tick) => {
    ticks.push(tick)
    return 0 as unknown as NodeJS.Timeout
  })
  const asked: AbortSignal[] = []
  let give = () => {}
  Reflect.set(globalThis, 'fetch', (_: string, { signal }: { signal: AbortSignal }) => {
    asked.push(signal)
    const { body } = answer(['a', 'b'], [edge('a', 'b')])['/rest/v1/graph']
    return new Promise<unknown>((resolve) => {
      give = () => resolve({ ok: true, status: 200, json: () => Promise.resolve(body) })
    })
  })
  router.push('/graph?refresh=10s')
  const opened = mounted(GraphPage, {})
  page = opened
  await until(() => asked.length === 1 && ticks.length > 0, 'asked')
  const tick = () => {
    ticks.at(-1)?.()
    flushSync()
  }
  tick()
  expect([asked.length, asked[0]?.aborted]).toEqual([1, false])
  give()
  await until(() => opened.text?.includes('1 connection') ?? false, 'the answer')
  tick()
  expect(asked).toHaveLength(2)
})

test('the answer for another time does not stand for a time that was never answered', async () => {
  const { opened } = await open(answer(['a', 'b'], [edge('a', 'b')]), '1 connection')
  let asked = 0
  // The first question of the other time is cut off by the second, which fails.
  Reflect.set(globalThis, 'fetch', (_: string, { signal }: { signal: AbortSignal }) => {
    if (++asked > 1)
      return Promise.resolve({ ok: false, status: 503, json: () => Promise.resolve({ title: 'Not now' }) })
    return new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(new Error('cut off'))),
    )
  })
  router.push('/graph?range=6h')
  const pushed = Date.now()
  await until(() => asked === 1 && Date.now() > pushed, 'asked for the other time')
  opened.target.querySelector<HTMLElement>('[aria-label="Refresh now"]')?.click()
  await until(() => opened.text?.includes('Not now') ?? false, 'the problem')
  expect(opened.all('graph-canvas')).toHaveLength(0)
})

test('the keys stay on their call when a refresh brings others, and it says where it is among them', async () => {
  const { opened } = await open(
    answer(['a', 'b', 'c'], [{ ...edge('a', 'c'), kind: 'messaging' }]),
    '1 connection',
  )
  await until(() => opened.all('graph-canvas').length === 1, 'a picture')
  const list = opened.all('graph-canvas')[0] ?? document.body
  press(list, 'ArrowRight')
  press(list, ']')
  const cursor = () => opened.all('graph-cursor')[0]
  expect(cursor()?.textContent).toContain('a → c, by message: 60 calls')
  serve(answer(['a', 'b', 'c'], [edge('a', 'b'), { ...edge('a', 'c'), kind: 'messaging' }]))
  opened.target.querySelector<HTMLElement>('[aria-label="Refresh now"]')?.click()
  await until(() => opened.text?.includes('2 connections') ?? false, 'the newer answer')
  await until(() => cursor()?.getAttribute('aria-setsize') === '2', 'the newer picture')
  expect(cursor()?.textContent).toContain('a → c, by message')
  expect(cursor()?.getAttribute('aria-posinset')).toBe('2')
})
