// The ids in the lines of the real pino.
import { describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { runWithContext } from '../context/context.ts'
import { coreOf } from '../testing/core.ts'
import { logFields } from './log-fields.ts'

const context = {
  requestId: 'order-7',
  traceId: '463ac35c9f6413ad48485a3953bb6124',
  spanId: 'a2fb4a1d1a96d312',
  sampled: true,
}
const ids = { request_id: context.requestId, trace_id: context.traceId, span_id: context.spanId }

describe('logFields', () => {
  test('has the ids of the span the line is written in, and nothing outside of any request', () => {
    expect(logFields()).toEqual({})
    runWithContext(context, () => {
      expect(logFields()).toEqual(ids)
      coreOf([]).withSpan('inner', (span) => {
        expect(logFields()).toEqual({ ...ids, span_id: span.context.spanId })
      })
    })
  })

  test('gives a new object each time, so that what one line adds is in no other', () => {
    runWithContext(context, () => {
      Object.assign(logFields(), { request_id: 'changed', a: 1 })
      expect(logFields()).toEqual(ids)
      runWithContext({ ...context, requestId: 'order-8' }, () =>
        expect(logFields().request_id).toBe('order-8'),
      )
      expect(logFields()).toEqual(ids)
    })
  })

  test('leaves out of a context given by hand what would break a line or is no text', () => {
    const bad = { ...context, requestId: 'a\nlevel=error msg="forged"', traceId: 'x'.repeat(32) }
    expect(runWithContext(bad, logFields)).toEqual({ span_id: context.spanId })
    const worse = { ...context, requestId: 7, spanId: { toString: () => context.spanId } }
    expect(runWithContext(JSON.parse(JSON.stringify(worse)), logFields)).toEqual({ trace_id: ids.trace_id })
  })
})

describe('pino with mixin: logFields', () => {
  const lines: Record<string, unknown>[] = []
  const logger = pino(
    { mixin: logFields, base: { app: 'shop' } },
    { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  )

  test('logs them beside the fields of the line and of child loggers, and each line has its own', () => {
    lines.length = 0
    logger.info({ a: 1 }, 'outside')
    runWithContext(context, () => {
      logger.info({ a: 1 }, 'inside')
      logger.child({ part: 'cart' }).warn('child')
      logger.error(new Error('broken'))
      logger.info({ request_id: 'said by the line' })
    })
    runWithContext({ ...context, requestId: 'order-8' }, () => logger.info('next'))
    expect(lines[0]).toMatchObject({ a: 1, app: 'shop', msg: 'outside' })
    expect(lines[0]).not.toHaveProperty('request_id')
    expect(lines[1]).toMatchObject({ ...ids, a: 1, app: 'shop', msg: 'inside' })
    expect(lines[2]).toMatchObject({ ...ids, part: 'cart', msg: 'child' })
    expect(lines[3]).toMatchObject({ ...ids, err: { message: 'broken' } })
    expect(lines[4]).toMatchObject({ ...ids, request_id: 'said by the line' })
    expect(lines[5]).toMatchObject({ ...ids, request_id: 'order-8', msg: 'next' })
    expect(lines[5]).not.toHaveProperty('a')
  })

  test('lets a mixin of the service have fields of its own', () => {
    lines.length = 0
    const both = pino(
      { mixin: () => ({ ...logFields(), region: 'eu' }) },
      { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) },
    )
    runWithContext(context, () => both.info('x'))
    expect(lines[0]).toMatchObject({ ...ids, region: 'eu' })
  })
})
