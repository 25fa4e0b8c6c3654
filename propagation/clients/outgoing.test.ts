// Who is given headers: only where the service says yes, at once.
import { expect, test } from '@jest/globals'
import { coreOf } from '../testing/core.ts'
import { Call } from './outgoing.ts'

const target = { method: 'GET', host: 'shop', port: 80, path: '/' }

const headersWith = (propagateTo: () => unknown): { sent: string[]; logged: string[] } => {
  const sent: string[] = []
  const logged: string[] = []
  const core = coreOf([], {
    // As JavaScript sees it: no types.
    propagateTo: propagateTo as () => boolean,
    log: (line) => logged.push(line),
  })
  new Call(core, target).inject(sent, (into, name) => into.push(name))
  return { sent, logged }
}

test('a promise is no yes, whatever it comes to, and is told of', async () => {
  const told = [expect.stringContaining('propagateTo')]
  expect(headersWith(() => Promise.resolve(false))).toEqual({ sent: [], logged: told })
  expect(headersWith(() => Promise.resolve(true))).toEqual({ sent: [], logged: told })
  // Jest fails a test with a rejection that nobody handles.
  expect(headersWith(() => Promise.reject(new Error('no')))).toEqual({ sent: [], logged: told })
  await new Promise((resolve) => setImmediate(resolve))
})

test('true is yes, and nothing else is', () => {
  expect(headersWith(() => true).sent).toContain('X-Request-ID')
  for (const answer of [false, undefined, null, 'no', 1, {}])
    expect(headersWith(() => answer)).toEqual({ sent: [], logged: [] })
})
