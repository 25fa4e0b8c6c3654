// The link to logs: where it may lead, and that nothing of a span changes that.
import { expect, test } from '@jest/globals'
import { logsHref, logsProblem, type LogsValues } from './logs-link.ts'

const VALUES: LogsValues = {
  traceId: '5af7183fb1d4cf5f',
  spanId: '0000000000000001',
  requestId: 'order 17/4',
  service: 'web',
  start: '1763676434482',
  end: '1763676434900',
}

test('every placeholder is filled, percent-encoded', () => {
  const pattern =
    'https://logs.example/s?q=trace:{traceId}+{service}+{requestId}&from={start}&to={end}#{spanId}'
  expect(logsHref(pattern, VALUES)).toBe(
    'https://logs.example/s?q=trace:5af7183fb1d4cf5f+web+order%2017%2F4&from=1763676434482&to=1763676434900#0000000000000001',
  )
})

test.each([
  ['javascript:alert({traceId})', 'scheme'],
  ['data:text/html,{service}', 'scheme'],
  ['logs.example/{traceId}', 'scheme'],
  ['https://{service}.example/', 'scheme'],
  ['https://logs.example:{start}/', 'scheme'],
  ['https://logs.example', 'scheme'],
  ['https://user@logs.example/{traceId}', 'scheme'],
  ['https://logs.example/{trace}', 'placeholder'],
  ['https://[::/{traceId}', 'address'],
])('%s is no pattern', (pattern, problem) => {
  expect([logsProblem(pattern), logsHref(pattern, VALUES)]).toEqual([problem, undefined])
})

test('no value leads to another host, folder or parameter', () => {
  const values = [
    '../../admin',
    '//evil.example/',
    '..',
    '?a=b&c=d#e',
    '@evil.example',
    'a\ud800b',
    '{traceId}',
    '\\\\',
  ]
  for (const service of values) {
    const href = logsHref('https://logs.example/app/{service}/x?q={service}', { ...VALUES, service })
    const url = new URL(href ?? '')
    expect([url.host, [...url.searchParams.keys()], url.hash]).toEqual(['logs.example', ['q'], ''])
    expect(url.pathname).toMatch(/^\/app\/[^/]*\/x$/)
  }
})
