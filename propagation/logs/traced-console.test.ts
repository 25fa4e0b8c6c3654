// The ids at the end of what real consoles print.
import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { format } from 'node:util'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { runWithContext } from '../context/context.ts'
import { traceConsole, tracedConsole } from './traced-console.ts'

const context = {
  requestId: 'order-7',
  traceId: '463ac35c9f6413ad48485a3953bb6124',
  spanId: 'a2fb4a1d1a96d312',
  sampled: true,
}
const IDS = 'request_id=order-7 trace_id=463ac35c9f6413ad48485a3953bb6124 span_id=a2fb4a1d1a96d312'

const memory = (): { target: Console; printed: () => string } => {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  return {
    target: new Console(stream, stream),
    printed: () => {
      const all = text
      text = ''
      return all
    },
  }
}

describe('tracedConsole', () => {
  test('prints as before, with the ids at the end, by each of its methods', () => {
    const { target, printed } = memory()
    const traced = tracedConsole(target)
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      traced[method]('%s is %d', 'a', 1, { b: 2 })
      expect(printed()).toBe('a is 1 { b: 2 }\n')
      runWithContext(context, () => traced[method]('%s is %d', 'a', 1, { b: 2 }))
      expect(printed()).toBe(`a is 1 { b: 2 } ${IDS}\n`)
    }
    runWithContext(context, () => traced.trace('here'))
    expect(printed()).toMatch(new RegExp(`^Trace: here ${IDS}\\n {4}at `))
  })

  test('shows errors, objects, groups and nothing at all as before', () => {
    const { target, printed } = memory()
    const traced = tracedConsole(target)
    const error = new Error('broken')
    runWithContext(context, () => {
      for (const args of [[error], [{ a: [1] }], [undefined], [Symbol('s'), '%s'], [7, '%d'], ['', 'x']]) {
        traced.error(...args)
        expect(printed()).toBe(`${format(...args)} ${IDS}\n`)
      }
      traced.log()
      expect(printed()).toBe(`${IDS}\n`)
      traced.group()
      traced.log('in')
      expect(printed()).toMatch(new RegExp(`  in ${IDS}\\n$`))
      traced.groupEnd()
    })
    expect(traced).toBeInstanceOf(Console)
  })

  test('takes no placeholder for its own, whatever the format and the values are', () => {
    const { target, printed } = memory()
    const traced = tracedConsole(target)
    const parts = fc.constantFrom(
      '%s',
      '%d',
      '%i',
      '%f',
      '%j',
      '%o',
      '%O',
      '%c',
      '%%',
      '%x',
      '%',
      ' a',
      'request',
    )
    const values = fc.oneof(
      fc.string({ unit: fc.constantFrom('%', 's', 'd', ' ') }),
      fc.integer(),
      fc.constant({ a: 1 }),
    )
    fc.assert(
      fc.property(
        fc.array(parts, { minLength: 1, maxLength: 6 }),
        fc.array(values, { maxLength: 6 }),
        (pieces, rest) => {
          const args = [pieces.join(''), ...rest]
          runWithContext(context, () => traced.log(...args))
          expect(printed()).toBe(`${format(...args)} ${IDS}\n`)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('can’t be made to print a second line by a context given by hand', () => {
    const { target, printed } = memory()
    const bad = { ...context, requestId: 'a\nforged' }
    runWithContext(bad, () => tracedConsole(target).log('x'))
    expect(printed()).toBe(`x ${IDS.slice(IDS.indexOf('trace_id'))}\n`)
  })
})

describe('traceConsole', () => {
  const before = { log: console.log, error: console.error }
  afterEach(() => {
    Object.assign(console, before)
  })

  /** What the console underneath is called with. */
  const listening = (): jest.Mock => {
    const log = jest.fn()
    console.log = log
    return log
  }

  test('puts the ids into the global console until each who asked for it has undone it, in any order', () => {
    const log = listening()
    const inside = (): unknown => {
      runWithContext(context, () => console.log('x'))
      return log.mock.lastCall
    }
    const first = traceConsole()
    const second = traceConsole()
    expect(inside()).toEqual([`x ${IDS}`])
    first()
    first()
    expect(inside()).toEqual([`x ${IDS}`])
    second()
    expect(inside()).toEqual(['x'])
    expect(console.log).toBe(log)
    const third = traceConsole()
    expect(inside()).toEqual([`x ${IDS}`])
    third()
    expect(console.log).toBe(log)
  })

  test('undone below what another put on top of it, it is silent there, and back once when asked again', () => {
    const log = listening()
    const inside = (): unknown => {
      runWithContext(context, () => console.log('x'))
      return log.mock.lastCall
    }
    const undo = traceConsole()
    const ours = console.log
    const theirs = (...args: unknown[]): void => ours('theirs', ...args)
    console.log = theirs
    undo()
    expect(console.log).toBe(theirs)
    expect(inside()).toEqual(['theirs', 'x'])
    const again = traceConsole()
    expect(inside()).toEqual(['theirs', 'x', IDS])
    again()
    console.log = ours
    traceConsole()()
    expect(console.log).toBe(log)
  })

  test('has the ids of a trace once, and its stack begins where it was asked for', () => {
    const error = jest.fn()
    console.error = error
    const undo = traceConsole()
    runWithContext(context, function asker() {
      console.trace('here')
    })
    undo()
    const text = String(error.mock.lastCall?.[0])
    expect(text).toMatch(/^Trace: here\n {4}at asker /)
    expect(text.split(IDS)).toHaveLength(2)
  })
})
