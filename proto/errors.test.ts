// The table of errors, its answer to clients, and the docs that repeat it.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { ERRORS, HopscopeError, problemFrom } from './errors.ts'

describe('the table of errors', () => {
  test('README.md documents every error, in the words of the table', () => {
    const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8')
    const documented = [...readme.matchAll(/^\| `([a-z-]+)` +\| +(\d{3}) +\| (.+?) +\| (.+?) +\|$/gm)].map(
      ([, code = '', status, title, meaning]) => [code, { status: Number(status), title, meaning }],
    )
    expect(Object.fromEntries(documented)).toEqual(ERRORS)
    expect(documented.map(([code]) => code)).toEqual(Object.keys(ERRORS))
  })

  test('an error carries its entry, its detail and its cause', () => {
    const cause = new Error('socket closed')
    const error = new HopscopeError('store-unavailable', 'No answer.', { cause, retryAfterSeconds: 2 })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      code: 'store-unavailable',
      status: 503,
      detail: 'No answer.',
      retryAfter: 2,
      cause,
    })
    expect(error.title).toBe(ERRORS['store-unavailable'].title)
    expect(error.message).toBe('store-unavailable: No answer.')
    expect('cause' in new HopscopeError('internal', 'x')).toBe(false)
  })
})

describe('a problem', () => {
  test('has the members of RFC 9457 and the code', () => {
    expect(problemFrom(new HopscopeError('trace-not-found', 'No trace 1f.'))).toEqual({
      type: 'urn:hopscope:error:trace-not-found',
      title: 'No such trace',
      status: 404,
      detail: 'No trace 1f.',
      code: 'trace-not-found',
    })
  })

  test('tells a client nothing of an unknown error', () => {
    for (const thrown of [new Error('password=secret'), 'secret', undefined]) {
      const problem = problemFrom(thrown)
      expect(problem).toMatchObject({ code: 'internal', status: 500 })
      expect(JSON.stringify(problem)).not.toContain('secret')
    }
  })
})
