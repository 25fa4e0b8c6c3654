/** @jest-environment jsdom */
// The panel of a span: what its buttons do to the trace, and the links, types and commands it shows.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { columnsOf, reconstruct } from '@hopscope/model'
import { mounted, until } from '../../testing/mounted.ts'
import { traceFromText } from '../../testing/trace-fixture.ts'
import { decodeOtlpJson } from '@hopscope/proto'
import { router } from '../../routing/router.svelte.ts'
import { TraceState } from '../trace-state.svelte.ts'
import SpanDetail from './SpanDetail.svelte'

const TEXT = `
web SERVER get_/cart 0 400000 request_id=req-1
  web CLIENT post_/orders 10000 380000 colour=teal it's=o'clock
    checkout SERVER post_/orders 12000 370000
      checkout CLIENT pay 20000 120000 error=504
`
const OTHER = 'aaaabbbbccccdddd1111222233334444'

let page: ReturnType<typeof mounted> | undefined
beforeEach(() => {
  localStorage.clear()
  router.push('/traces/5af7183fb1d4cf5f')
})
afterEach(() => page?.remove())

function open(trace: TraceState, index: number, stored = true) {
  page = mounted(SpanDetail, { trace, index, stored, onclose: () => undefined })
  return page
}

function click(opened: ReturnType<typeof mounted>, label: string): void {
  const found = [...opened.target.querySelectorAll<HTMLElement>('button, a, summary')].find(
    (each) => each.textContent.trim() === label || each.getAttribute('aria-label') === label,
  )
  if (!found) throw new Error(`nothing is labelled ${label}`)
  found.click()
}

test('its buttons put the span on top, zoom to it, and go to its parent and the next error below', () => {
  const trace = new TraceState(columnsOf(traceFromText(TEXT)))
  const opened = open(trace, 1)
  click(opened, 'Put on top')
  expect([router.params.get('root'), trace.root]).toEqual(['0000000000000002', 1])
  click(opened, 'Zoom to it')
  expect(trace.cursor).toBe(1)
  click(opened, 'Next error below')
  expect(trace.cursor).toBe(3)
  click(opened, 'Parent')
  expect(trace.cursor).toBe(0)
})

test('a tag finds its spans in this trace and its traces in all, in the address', () => {
  const trace = new TraceState(columnsOf(traceFromText(TEXT)))
  const opened = open(trace, 1)
  click(opened, 'Find the spans of this trace with tag colour')
  expect([router.params.get('find'), trace.foundCount]).toEqual(['colour=teal', 1])
  const link = opened.target.querySelector('a[aria-label="Find traces with tag colour"]')
  expect(link?.getAttribute('href')).toBe('/?tag=colour%3Dteal')
})

test('a trace of a file has nothing that asks the server', () => {
  const opened = open(new TraceState(columnsOf(traceFromText(TEXT))), 1, false)
  expect(opened.all('curl')).toHaveLength(0)
  expect(opened.target.querySelectorAll('a[href^="/"]')).toHaveLength(0)
})

test('the link to logs is set in a dialog, kept, and opens outside without telling where from', async () => {
  const trace = new TraceState(columnsOf(traceFromText(TEXT)))
  const opened = open(trace, 1)
  click(opened, 'Link to logs…')
  const field = opened.target.querySelector<HTMLInputElement>('dialog input')
  const form = opened.target.querySelector('dialog form')
  if (!field || !form) throw new Error('no dialog')
  expect(document.activeElement).toBe(field)
  const type = (text: string) => {
    field.value = text
    field.dispatchEvent(new Event('input', { bubbles: true }))
    form.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  }
  type('javascript:alert(1)')
  await until(() => opened.text.includes('must begin with http'), 'the problem is told')
  expect(opened.all('logs-link')).toHaveLength(0)
  type('https://logs.example/{traceId}?r={requestId}')
  await until(() => opened.all('logs-link').length > 0, 'there is a link')
  const link = opened.all('logs-link')[0]
  expect(link?.getAttribute('href')).toBe('https://logs.example/5af7183fb1d4cf5f?r=req-1')
  expect([link?.getAttribute('target'), link?.getAttribute('rel')]).toEqual(['_blank', 'noopener noreferrer'])
  await opened.remove()
  expect(open(trace, 0).all('logs-link')).toHaveLength(1)
})

test('raw JSON is the span as Zipkin’s API gives it', async () => {
  const opened = open(new TraceState(columnsOf(traceFromText(TEXT))), 3)
  expect(opened.text).not.toContain('"traceId"')
  click(opened, 'Raw JSON')
  opened.target.querySelector('[data-testid="raw-json"]')?.dispatchEvent(new Event('toggle'))
  await until(() => opened.text.includes('"traceId"'), 'it is shown')
  const json: unknown = JSON.parse(opened.all('raw-json')[0]?.querySelector('.foreign')?.textContent ?? '')
  expect(json).toMatchObject({
    parentId: '0000000000000003',
    kind: 'CLIENT',
    name: 'pay',
    tags: { error: '504' },
  })
})

test('a span of OpenTelemetry shows its links, and types and origins of its attributes', () => {
  const attribute = (key: string, value: object) => ({ key, value })
  const body = {
    resourceSpans: [
      {
        resource: { attributes: [attribute('host.name', { stringValue: 'a1' })] },
        scopeSpans: [
          {
            scope: { name: 'http-lib' },
            spans: [
              {
                traceId: OTHER.replaceAll('a', '9'),
                spanId: '0000000000000001',
                name: 'get /',
                startTimeUnixNano: '1763676434482000000',
                endTimeUnixNano: '1763676434492000000',
                attributes: [attribute('http.status', { intValue: '200' })],
                links: [
                  {
                    traceId: OTHER,
                    spanId: '00000000000000aa',
                    attributes: [attribute('why', { stringValue: 'batch' })],
                  },
                  { traceId: '"><img src=x>', spanId: 'x' },
                ],
              },
            ],
          },
        ],
      },
    ],
  }
  const { spans } = decodeOtlpJson(new TextEncoder().encode(JSON.stringify(body)))
  const [first] = spans
  if (!first) throw new Error('a span was sent')
  const opened = open(new TraceState(columnsOf(reconstruct({ traceId: first.traceId, spans }))), 0)
  const [links] = opened.all('span-links')
  expect([...(links?.querySelectorAll('a') ?? [])].map((link) => link.getAttribute('href'))).toEqual([
    `/traces/${OTHER}?span=00000000000000aa`,
    `/traces/${OTHER}?span=00000000000000aa`,
  ])
  expect(links?.textContent).toContain('batch')
  expect(links?.textContent).toContain('"><img src=x>')
  const tags = opened.all('span-tags')[0]?.textContent.replace(/\s+/g, ' ')
  expect(tags).toContain('200 int')
  expect(tags).toContain('host.name resource')
  expect(opened.all('span-otel')[0]?.textContent).toContain('http-lib')
})
