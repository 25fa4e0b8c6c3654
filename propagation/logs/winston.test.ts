// The ids in the lines of the real winston.
import { beforeEach, describe, expect, test } from '@jest/globals'
import winston from 'winston'
import { runWithContext } from '../context/context.ts'
import { until } from '../testing/harness.ts'
import { traceWinston, winstonFormat } from './winston.ts'

const { combine, errors, json, printf, splat } = winston.format
const LEVEL = Symbol.for('level')
const MESSAGE = Symbol.for('message')

const contextOf = (requestId: string): Parameters<typeof runWithContext>[0] => ({
  requestId,
  traceId: '463ac35c9f6413ad48485a3953bb6124',
  spanId: 'a2fb4a1d1a96d312',
  sampled: true,
})
const ids = {
  request_id: 'order-7',
  trace_id: '463ac35c9f6413ad48485a3953bb6124',
  span_id: 'a2fb4a1d1a96d312',
}

// Its types name it in lower case, and make no constructor of it for modules.
const { Transport } = winston as unknown as { Transport: new () => winston.transport }

let lines: Record<string | symbol, unknown>[] = []
class Memory extends Transport {
  override log(info: Record<string | symbol, unknown>, next: () => void): void {
    lines.push(info)
    next()
  }
}
/** Takes a turn of the event loop for each line. */
class Slow extends Transport {
  override log(info: Record<string | symbol, unknown>, next: () => void): void {
    setImmediate(() => {
      lines.push(info)
      next()
    })
  }
}
beforeEach(() => {
  lines = []
})

describe.each([
  [
    'winstonFormat',
    (...formats: winston.Logform.Format[]) =>
      winston.createLogger({
        format: combine(winstonFormat(), ...formats),
        transports: [new Memory()],
      }),
  ],
  [
    'traceWinston',
    (...formats: winston.Logform.Format[]) =>
      traceWinston(winston.createLogger({ format: combine(...formats), transports: [new Memory()] })),
  ],
])('%s', (_name, loggerOf) => {
  test('puts the ids on every line logged inside a request, of children too, and keeps what winston knows of it', () => {
    const logger = loggerOf(json())
    logger.info('outside')
    runWithContext(contextOf('order-7'), () => {
      logger.info('inside', { a: 1 })
      logger.child({ part: 'cart' }).child({ step: 2 }).warn('child')
      logger.log({ level: 'error', message: 'object' })
      logger.info('own', { request_id: 'said by the line' })
    })
    expect(lines[0]).toEqual({
      level: 'info',
      message: 'outside',
      [LEVEL]: 'info',
      [MESSAGE]: '{"level":"info","message":"outside"}',
    })
    expect(lines[1]).toMatchObject({ ...ids, a: 1, [LEVEL]: 'info' })
    expect(JSON.parse(String(lines[1]?.[MESSAGE]))).toEqual({
      ...ids,
      a: 1,
      level: 'info',
      message: 'inside',
    })
    expect(lines[2]).toMatchObject({ ...ids, part: 'cart', step: 2, message: 'child' })
    expect(lines[3]).toMatchObject({ ...ids, message: 'object', [LEVEL]: 'error' })
    expect(lines[4]).toMatchObject({ ...ids, request_id: 'said by the line' })
  })

  test('works with formats that look for errors and fill in values', () => {
    const logger = loggerOf(
      errors({ stack: true }),
      splat(),
      printf((info) => `${String(info.message)} ${String(info['request_id'])} ${String(info['stack'])}`),
    )
    runWithContext(contextOf('order-7'), () => {
      logger.info('%s of %d', 'one', 2)
      logger.error(new Error('broken'))
    })
    expect(lines[0]?.[MESSAGE]).toBe('one of 2 order-7 undefined')
    expect(lines[1]?.[MESSAGE]).toMatch(/^broken order-7 Error: broken\n {4}at /)
  })

  test('leaves an object of the service without ids, so it can be logged again elsewhere', () => {
    const logger = loggerOf(json())
    const line = { level: 'info', message: 'again' }
    runWithContext(contextOf('order-7'), () => logger.info(line))
    logger.info(line)
    expect(lines[0]).toMatchObject(ids)
    expect(lines[1]).not.toHaveProperty('request_id')
  })
})

describe.each([
  ['winstonFormat', (format: winston.Logform.Format) => combine(winstonFormat(), format), false],
  ['traceWinston', (format: winston.Logform.Format) => format, true],
])('an error of the service, by %s', (_name, formatOf, traces) => {
  const loggerOf = (format: winston.Logform.Format): winston.Logger => {
    const logger = winston.createLogger({ format: formatOf(format), transports: [new Memory()] })
    return traces ? traceWinston(logger) : logger
  }
  const logIn = (logger: winston.Logger, requestId: string, error: Error): void => {
    runWithContext(contextOf(requestId), () => void logger.error(error))
  }

  test('logged in two requests has the ids of each, its own fields, and nothing of ours left on it', () => {
    const logger = loggerOf(combine(errors({ stack: true }), json()))
    const error = Object.assign(new Error('broken'), { code: 'E1' })
    logIn(logger, 'order-7', error)
    logIn(logger, 'order-8', error)
    logger.error(error)
    expect(lines.map((line) => JSON.parse(String(line[MESSAGE])) as unknown)).toEqual([
      { ...ids, code: 'E1', level: 'error', message: 'broken', stack: error.stack },
      { ...ids, request_id: 'order-8', code: 'E1', level: 'error', message: 'broken', stack: error.stack },
      { code: 'E1', level: 'error', message: 'broken', stack: error.stack },
    ])
    expect(error).not.toHaveProperty('request_id')
  })

  test('is still an error to formats, with its name and what it makes of itself as JSON', () => {
    class Coded extends Error {
      readonly #code = 'E2'
      toJSON(): object {
        return { code: this.#code }
      }
    }
    const seen: unknown[] = []
    const look = winston.format((info) => {
      seen.push(info instanceof Coded, info['stack'], info.message)
      return info
    })
    const error = new Coded('broken')
    logIn(loggerOf(combine(look(), json())), 'order-7', error)
    expect(seen).toEqual([true, error.stack, 'broken'])
    expect(JSON.parse(String(lines[0]?.[MESSAGE]))).toEqual({ ...ids, code: 'E2' })
  })

  test('whose fields can’t be written is logged all the same', () => {
    const error = Object.defineProperty(new Error('broken'), 'code', { value: 'E3', enumerable: true })
    logIn(loggerOf(json()), 'order-7', error)
    expect(lines[0]).toMatchObject({ ...ids, code: 'E3' })
  })
})

describe('traceWinston', () => {
  test('gives back the logger, once wrapped however often it is asked', () => {
    const logger = winston.createLogger({ transports: [new Memory()] })
    expect(traceWinston(logger)).toBe(logger)
    const { write } = logger
    expect(traceWinston(logger).write).toBe(write)
  })

  test('has each line’s own ids though a slow transport makes hundreds of them wait', async () => {
    const logger = traceWinston(winston.createLogger({ format: json(), transports: [new Slow()] }))
    for (let at = 0; at < 200; at++) {
      runWithContext(contextOf(`order-${at}`), () => logger.info('x', { expected: `order-${at}` }))
    }
    logger.info('outside')
    await until('every line', () => lines.length === 201)
    expect(lines.slice(0, -1).filter((line) => line['request_id'] !== line['expected'])).toEqual([])
    expect(lines.at(-1)).not.toHaveProperty('request_id')
  })
})
