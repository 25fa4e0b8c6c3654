// Times as people type them are read in the zone they are shown in.
import { expect, test } from '@jest/globals'
import { iso, rangeFrom, rangeMicros, timeFrom, timeText } from './times.ts'

const at = Date.UTC(2026, 10, 20, 14, 0, 5)

test('a time is written as it is read, in either zone', () => {
  for (const zone of ['utc', 'local'] as const) expect(timeFrom(timeText(at, zone), zone)).toBe(at)
  expect(timeText(at, 'utc')).toBe('2026-11-20 14:00:05')
  expect(timeText(at, 'utc', at + 1e3)).toBe('14:00:05')
  expect(timeText(at, 'utc', at + 86_400e3)).toBe('11-20 14:00:05')
})

test('dates, clocks, ISO 8601 and epochs are read', () => {
  const minute = at - 5e3
  expect(timeFrom('2026-11-20 14:00', 'utc')).toBe(minute)
  expect(timeFrom('2026-11-20', 'utc')).toBe(Date.UTC(2026, 10, 20))
  expect(timeFrom('14:00', 'utc', at)).toBe(minute)
  expect(timeFrom('2026-11-20T15:00:00+01:00', 'local')).toBe(minute)
  for (const epoch of [at / 1e3, at, at * 1e3]) expect(timeFrom(String(epoch), 'local')).toBe(at)
  expect(iso(at)).toBe('2026-11-20T14:00:05Z')
})

test('what is no time is none', () => {
  for (const text of ['', 'now', '2026-02-30', '2026-13-01', '25:00', '12:60', '2026-11-20 24:00', '5']) {
    expect([text, timeFrom(text, 'utc')]).toEqual([text, undefined])
  }
})

test('ranges are read in words', () => {
  expect(['last 90 min', '90m', '3 h', 'past 2 days', '最近 90 分钟', '2小时'].map(rangeFrom)).toEqual([
    '90m',
    '90m',
    '3h',
    '2d',
    '90m',
    '2h',
  ])
  for (const text of ['', 'last', '0 min', '5 years', '9999999d'])
    expect([text, rangeFrom(text)]).toEqual([text, undefined])
  expect(rangeMicros('90m')).toBe(5400e6)
  expect(rangeMicros('0m')).toBe(undefined)
})
