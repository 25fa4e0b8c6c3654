/** @jest-environment jsdom */
// The trace page: rows, hops, keys, the URL, and values that want to be more than text.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { TraceView } from '@hopscope/model'
import { traceFromText } from '../testing/trace-fixture.ts'
import { router } from '../routing/router.svelte.ts'
import { mounted, press, serve, traceAnswers, until } from '../testing/mounted.ts'
import TracePage from './TracePage.svelte'

const ID = '5af7183fb1d4cf5f'
const TEXT = `
web SERVER get_/cart 0 400000 request_id=req-1
  web CLIENT post_/orders 10000 380000
    checkout SERVER post_/orders 12000 370000
      checkout CLIENT pay 20000 120000 error=504
        payment SERVER pay 21600 116900
      checkout CLIENT pay 150000 120000 retry=1
        payment SERVER pay 151600 116900
  web INTERNAL lost 390000 5000 orphan
`
const HOSTILE: Record<string, string> = {
  '<script>window.hit=1</script>': '<img src=x onerror="window.hit=1">',
  rtl: '\u202egnp.exe',
  nul: 'a\0b',
  mega: 'x'.repeat(1_000_000),
  constructor: 'own',
}

let page: ReturnType<typeof mounted> | undefined

beforeEach(() => router.push(`/traces/${ID}`))
afterEach(() => page?.remove())

async function open(view: TraceView) {
  serve(traceAnswers(view))
  const opened = mounted(TracePage, { traceId: ID })
  page = opened
  await until(() => opened.all('waterfall-row').length > 0, 'rows are shown')
  return opened
}

const shownRows = (opened: ReturnType<typeof mounted>) =>
  opened.all('waterfall-row').map((row) => row.textContent.replace(/\s+/g, ' ').trim())

test('every span is a row of the tree grid, with its level and its hop', async () => {
  const opened = await open(traceFromText(TEXT))
  const rows = opened.all('waterfall-row')
  expect(rows.map((row) => row.getAttribute('aria-level'))).toEqual(['1', '2', '3', '4', '5', '4', '5', '2'])
  const hops = opened.all('hop-latency').map((hop) => hop.textContent.replace(/\s+/g, ' ').trim())
  expect(hops[1]).toBe('checkout → payment 120 ms · network 3.1 ms')
  const texts = shownRows(opened)
  expect(texts[3]).toContain('error')
  expect(texts[5]).toContain('retry 1')
  expect(texts[7]).toContain('orphan')
})

test('the keys walk the tree, fold it, and open the details, all in the URL', async () => {
  const opened = await open(traceFromText(TEXT))
  const [grid] = opened.all('trace-waterfall')
  if (!grid) throw new Error('no grid')
  press(grid, 'ArrowDown')
  press(grid, 'ArrowLeft')
  expect(shownRows(opened)).toHaveLength(3)
  expect(opened.all('waterfall-row')[1]?.getAttribute('aria-expanded')).toBe('false')
  press(grid, 'ArrowRight')
  press(grid, 'ArrowRight')
  press(grid, 'Enter')
  expect(router.params.get('span')).toBe('0000000000000003')
  expect(opened.all('span-detail')[0]?.textContent).toContain('post /orders')
  press(grid, 'e')
  expect(router.params.get('span')).toBe('0000000000000004')
  press(grid, 'Escape')
  expect(router.params.has('span')).toBe(false)
  expect(opened.all('span-detail')).toHaveLength(0)
})

test('tags that want to be markup are text, long ones are bounded until asked for', async () => {
  const view = traceFromText(TEXT)
  const spans = view.spans.map((row) =>
    row.index === 1 ? { ...row, span: { ...row.span, name: '<b>bold</b>', tags: HOSTILE } } : row,
  )
  router.push(`/traces/${ID}?span=0000000000000002`)
  const opened = await open({ ...view, spans })
  const [detail] = opened.all('span-detail')
  if (!detail) throw new Error('the URL names a span, so its details are open')
  expect(opened.target.querySelector('script, img')).toBeNull()
  expect(detail.textContent).toContain('<img src=x onerror="window.hit=1">')
  expect(detail.textContent).toContain('⟨U+202E⟩gnp.exe')
  expect(detail.textContent).toContain('a⟨U+0000⟩b')
  expect(detail.textContent.length).toBeLessThan(5_000)
  const more = [...detail.querySelectorAll('button')].find((each) => each.textContent.startsWith('Show all'))
  more?.click()
  await until(() => detail.textContent.length > 1_000_000, 'the whole value is shown')
})

test('of 2,000 spans only those in sight are in the document', async () => {
  const lines = Array.from({ length: 1_999 }, (_, i) => `  checkout INTERNAL step ${i * 200} 30`)
  const opened = await open(traceFromText(`web SERVER get_/ 0 400000\n${lines.join('\n')}`))
  expect(opened.all('waterfall-row').length).toBeLessThan(60)
  const [grid] = opened.all('trace-waterfall')
  expect(grid?.getAttribute('aria-rowcount')).toBe('2001')
})

test('corrected clocks and warnings are told', async () => {
  const view: TraceView = {
    ...traceFromText(TEXT),
    clocks: [{ service: 'bank', ip: '10.0.0.31', offset: -40_000 }],
    warnings: [{ code: 'cycle', message: 'Two spans name each other as parent.', spanIds: [], count: 2 }],
  }
  const opened = await open(view)
  const text = opened.text.replace(/\s+/g, ' ')
  expect(text).toContain('Clocks corrected: bank 40 ms ahead')
  expect(text).toContain('Two spans name each other as parent.')
})

test('the trace is to be had as a file of other tools', async () => {
  await open(traceFromText(TEXT))
  const files = [...document.querySelectorAll('a[download]')].map((link) => [
    link.textContent,
    link.getAttribute('href'),
  ])
  expect(files).toEqual([
    ['Zipkin', `/rest/v1/traces/${ID}?format=zipkin`],
    ['OTLP', `/rest/v1/traces/${ID}?format=otlp`],
    ['Jaeger', `/rest/v1/traces/${ID}?format=jaeger`],
  ])
})

test('a service of the strip dims the others, and lets them be again', async () => {
  const opened = await open(traceFromText(TEXT))
  const payment = opened.all('strip-service').find((each) => each.textContent.includes('payment'))
  payment?.click()
  await until(() => payment?.getAttribute('aria-pressed') === 'true', 'it is chosen')
  expect(router.params.get('dim')).toBe('s:payment')
  expect(opened.all('waterfall-row').map((row) => row.classList.contains('dimmed'))).toEqual([
    true,
    true,
    true,
    true,
    false,
    true,
    false,
    true,
  ])
  payment?.click()
  await until(() => !router.params.has('dim'), 'nothing is dimmed')
})

test('the link to copy says what is shown, and another trace is compared by its id or address', async () => {
  router.push(`/traces/${ID}?span=0000000000000002`)
  const opened = await open(traceFromText(TEXT))
  expect(opened.all('share-link')).toHaveLength(1)
  opened.all('compare-with')[0]?.click()
  await until(() => opened.target.querySelector('form input') !== null, 'the menu is open')
  const field = opened.target.querySelector<HTMLInputElement>('form input')
  const compare = (text: string) => {
    if (!field) throw new Error('no field')
    field.value = text
    field.dispatchEvent(new Event('input', { bubbles: true }))
    field.form?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  }
  compare('no id')
  await until(() => opened.text.includes('hex digits'), 'the mistake is told')
  compare('http://elsewhere.example/traces/AAAABBBBCCCCDDDD?span=1')
  expect(router.pathname).toBe(`/compare/${ID}/aaaabbbbccccdddd`)
})

test('a trace that is not there says what to do next', async () => {
  serve({})
  const opened = mounted(TracePage, { traceId: ID })
  page = opened
  await until(() => opened.text.includes('Try again'), 'the problem is shown')
  expect(opened.text).toContain('still be arriving')
})
