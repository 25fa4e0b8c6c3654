/** @jest-environment jsdom */
// The request page: what is said of its traces, keys, zoom in the URL, and the files of it.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { language } from '../language/texts.svelte.ts'
import { router } from '../routing/router.svelte.ts'
import { mounted, press, serve, traceAnswers, until } from '../testing/mounted.ts'
import { traceFromText } from '../testing/trace-fixture.ts'
import RequestPage from './RequestPage.svelte'

const trace = (traceId: string, root: string, offset: number, duration: number, errorCount = 0) => {
  const [rootService, rootOperation] = root.split(' ')
  const services = [{ name: rootService, spanCount: 3, errorCount }]
  const summary = { rootService, rootOperation, spanCount: 3, errorCount, services, requestIds: ['r/1'] }
  return { traceId, start: 1_763_676_434_482_000 + offset, offset, duration, ...summary }
}
const TRACES = [
  trace('a1', 'web post', 0, 100_000, 2),
  trace('b2', 'web post', 300_000, 100_000),
  trace('c3', 'mailer send', 350_000, 150_000),
]
const request = (traces: unknown[]) => ({
  body: { requestId: 'r/1', start: 1_763_676_434_482_000, duration: 500_000, complete: true, traces },
})
const PATH = '/rest/v1/requests/r%2F1'

let page: ReturnType<typeof mounted> | undefined

beforeEach(() => router.push('/requests/r%2F1'))
afterEach(() => page?.remove())

async function open(answers: Parameters<typeof serve>[0] = { [PATH]: request(TRACES) }) {
  const asked = serve(answers)
  const opened = mounted(RequestPage, { requestId: 'r/1' })
  page = opened
  await until(
    () => opened.all('request-timeline').length + opened.target.querySelectorAll('[role=alert]').length > 0,
    'an answer',
  )
  const links = () => [...opened.target.querySelectorAll<HTMLAnchorElement>('a.open')]
  return {
    ...opened,
    target: opened.target,
    asked,
    links,
    text: () => opened.target.textContent.replace(/\s+/g, ' '),
  }
}

test('each trace is a row that links to it as one of the request; retries, async parts and gaps are named', async () => {
  const { links, text, all } = await open()
  expect(links().map((link) => link.getAttribute('href'))).toEqual(
    ['a1', 'b2', 'c3'].map((id) => `/traces/${id}?request=r%2F1`),
  )
  const rows = links().map((link) => link.textContent.replace(/\s+/g, ' '))
  expect(rows[0]).toContain('2 errors')
  expect(rows[1]).toContain('retry 2/2')
  expect(rows[2]).toContain('async')
  expect(all('request-gaps')[0]?.textContent).toContain('gap 200 ms')
  expect(text()).toContain('300 ms 60 %')
  expect(text()).toContain('200 ms 40 % · 1 gap')
})

test('keys zoom, move and go back to the whole, and the URL holds what is in sight', async () => {
  await open()
  press(document.body, '+')
  expect(router.params.get('window')).toBe('125000-375000')
  press(document.body, ']')
  expect(router.params.get('window')).toBe('187500-437500')
  press(document.body, '0')
  expect(router.params.get('window')).toBeNull()
})

test('arrows walk the rows and open the spans of one, in the URL too', async () => {
  const view = traceFromText('web SERVER post 0 100000\n  web CLIENT get 1000 50000', 'b2')
  const { links, all } = await open({ [PATH]: request(TRACES), ...traceAnswers(view) })
  press(document.body, 'ArrowDown')
  expect(document.activeElement).toBe(links()[0])
  press(links()[0] ?? document.body, 'ArrowDown')
  expect(document.activeElement).toBe(links()[1])
  press(links()[1] ?? document.body, 'ArrowRight')
  expect(router.params.get('open')).toBe('b2')
  await until(() => all('request-spans').length === 1, 'the spans are there')
  expect(all('request-spans')[0]?.querySelectorAll('[role=row]')).toHaveLength(2)
  press(links()[1] ?? document.body, 'ArrowLeft')
  expect(all('request-spans')).toHaveLength(0)
  expect(router.params.get('open')).toBeNull()
})

test('of a trace with one span more than are shown, one is said to be left', async () => {
  const lines = [
    'web SERVER post 0 100000',
    ...Array.from({ length: 30 }, (_, i) => `  web CLIENT c ${i * 10} 5`),
  ]
  const view = traceFromText(lines.join('\n'), 'b2')
  router.push('/requests/r%2F1?open=b2')
  const { all, text } = await open({ [PATH]: request(TRACES), ...traceAnswers(view) })
  await until(() => all('request-spans').length === 1, 'the spans are there')
  expect(all('request-spans')[0]?.querySelectorAll('[role=row]')).toHaveLength(30)
  expect(text()).toContain('1 more span:')
})

test('the spans can be taken away in three formats', async () => {
  const { target, all } = await open()
  all('request-download')[0]?.click()
  await until(() => target.querySelector('a[download]') !== null, 'the menu is open')
  expect([...target.querySelectorAll('a[download]')].map((link) => link.getAttribute('href'))).toEqual(
    ['zipkin', 'otlp', 'jaeger'].map((format) => `${PATH}?format=${format}`),
  )
})

test('a request of one trace is that trace', async () => {
  serve({ [PATH]: request(TRACES.slice(0, 1)) })
  page = mounted(RequestPage, { requestId: 'r/1' })
  await until(() => router.route.page === 'trace', 'the trace is named by the URL')
  expect([router.route, router.search]).toEqual([{ page: 'trace', traceId: 'a1' }, 'request=r%2F1'])
})

test('a request that isn’t stored says what to look for', async () => {
  const { text } = await open({})
  expect(text()).toContain('No trace with this request id')
})

test('all of it is there in Chinese', async () => {
  await language.use('zh')
  const { text } = await open()
  expect(text()).toContain('1 次重试')
  expect(text()).toContain('空隙 200 ms')
  await language.use('en')
})
