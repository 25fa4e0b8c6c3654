/** @jest-environment jsdom */
// The picker of times: what is chosen or typed becomes a time, what can't be read is said to be wrong.
import { afterEach, expect, test } from '@jest/globals'
import { flushSync } from 'svelte'
import { USUAL_RANGE, type TimeRange } from '../routing/time-range.ts'
import { mounted, press } from '../testing/mounted.ts'
import TimeRangePicker from './TimeRangePicker.svelte'

const DAY: TimeRange = { range: USUAL_RANGE.search, from: '', to: '', zone: 'utc' }
let picker: ReturnType<typeof mounted> | undefined
afterEach(() => picker?.remove())

function open(time: TimeRange, all = false) {
  const chosen: TimeRange[] = []
  const opened = mounted(TimeRangePicker, { time, all, onchange: (next: TimeRange) => chosen.push(next) })
  picker = opened
  opened.all('time-range')[0]?.click()
  flushSync()
  const field = (at: number) => {
    const found = opened.target.querySelectorAll<HTMLInputElement>('input.control')[at]
    if (!found) throw new Error('no field')
    return found
  }
  const type = (at: number, text: string) => {
    field(at).value = text
    field(at).dispatchEvent(new Event('input', { bubbles: true }))
    flushSync()
  }
  const enter = (at: number) => {
    press(field(at), 'Enter')
    flushSync()
  }
  const ranges = () => [...opened.target.querySelectorAll('.choice')].map((each) => each.textContent)
  return { ...opened, chosen, type, enter, ranges, alert: () => opened.target.querySelector('[role=alert]') }
}

test('all time is offered only where a page can take it', async () => {
  expect(open(DAY).ranges().at(-1)).toBe('Last 7 days')
  await picker?.remove()
  expect(open(DAY, true).ranges().at(-1)).toBe('All time')
})

test('a range in words and times as typed are taken on Enter, in the zone that is chosen', () => {
  const { type, enter, chosen } = open({ ...DAY, from: '2026-11-20T14:00:00Z' })
  type(0, 'last 90 min')
  enter(0)
  expect(chosen).toEqual([{ ...DAY, range: '90m' }])
})

test('one bound is enough; a bound that stands is shown in the zone', () => {
  const { type, enter, chosen } = open({ ...DAY, from: '2026-11-20T14:00:00Z' })
  type(2, '2026-11-20 15:00')
  enter(2)
  expect(chosen).toEqual([{ ...DAY, from: '2026-11-20T14:00:00Z', to: '2026-11-20T15:00:00Z' }])
})

test('a time within a second is shown as it is; taking it unchanged changes nothing, and closes', () => {
  const time = { ...DAY, from: '2026-11-20T14:00:05.250Z', to: '2026-11-20T14:00:05.750Z' }
  const { enter, chosen, all, ranges } = open(time)
  expect(all('time-range')[0]?.textContent).toContain('14:00:05.250')
  expect(ranges()).not.toEqual([])
  enter(1)
  expect([chosen, ranges()]).toEqual([[], []])
})

test('the bound that was not typed over stays to the millisecond', () => {
  const { type, enter, chosen } = open({ ...DAY, from: '2026-11-20T14:00:05.250Z' })
  type(2, '2026-11-20 15:00')
  enter(2)
  expect(chosen).toEqual([{ ...DAY, from: '2026-11-20T14:00:05.250Z', to: '2026-11-20T15:00:00Z' }])
})

test('what is no time, and an end that is not after the start, is said and not taken', () => {
  const { type, enter, chosen, alert } = open(DAY)
  type(0, 'soon')
  enter(0)
  expect(alert()?.textContent).toContain('last 90 min')
  type(1, '2026-11-31')
  enter(1)
  expect(alert()?.textContent).toContain('2026-11-20 14:00')
  type(1, '2026-11-20 15:00')
  type(2, '2026-11-20 15:00')
  enter(2)
  expect([alert()?.textContent, chosen]).toEqual(['The end must be after the start.', []])
})
