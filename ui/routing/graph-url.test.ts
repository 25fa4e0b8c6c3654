// What the graph page's addresses mean.
import { expect, test } from '@jest/globals'
import { edgeText, graphStateFrom, sightText } from './graph-url.ts'

const stateOf = (query: string) => graphStateFrom(new URLSearchParams(query))

test('a call comes back from its address, whatever the services are named', () => {
  for (const from of ['web', 'a>b', '50 %', '', 'ü&=+', '__proto__']) {
    const edge = { from, to: 'x>messaging', kind: 'messaging' } as const
    const query = new URLSearchParams({ edge: edgeText(edge) }).toString()
    expect(stateOf(query).edge).toEqual(edge)
  }
  expect(edgeText({ from: 'web', to: 'shop', kind: 'rpc' })).toBe('web>shop')
  expect(edgeText({ from: '\ud800', to: 'b', kind: 'rpc' })).toBe('%EF%BF%BD>b')
})

test('what makes no sense is as if it were not there', () => {
  const nonsense =
    'range=1x&steps=99&side=up&least=-3&edge=%25&at=1,2&from=later&to=sooner&refresh=1s&view=3d'
  expect(stateOf(nonsense)).toEqual({ ...stateOf(''), steps: 5 })
  expect(stateOf('steps=x').steps).toBe(1)
})

test('what is in sight comes back, rounded to pixels', () => {
  const text = sightText({ x: -12.4, y: 300.6, scale: 0.123456 })
  expect(text).toBe('-12,301,0.1235')
  expect(stateOf(`at=${text}`).sight).toEqual({ x: -12, y: 301, scale: 0.1235 })
})
