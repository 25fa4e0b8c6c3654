// W3C Trace Context by the cases of its own test suite (github.com/w3c/trace-context, test/test.py, strict level 2, spec
// level 2), told in our words: each row is sent over HTTP, as it stands, to a service that calls on.
//
// All cases of its three suites (TraceContextTest, AdvancedTest, TraceContext2Test) are here. Of the suite's tests of its
// own classes (test/tracecontext/test_*.py) only what is said of received values is: setting, popping and printing
// members and fields belongs to those classes, we pass tracestate on as it came; and its BaseTraceparent takes ids of
// zeros, which the header may not have.
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Context } from '../context/context.ts'
import { newSpanId } from '../context/ids.ts'
import { coreOf } from '../testing/core.ts'
import { propagatorOf } from './formats.ts'
import { lowerCase } from './headers.ts'
import type { Extracted } from './propagator.ts'
import { w3c } from './w3c.ts'

type Sent = [name: string, value: string]
interface Told {
  traceparent: string
  tracestate?: string
}

const TRACE = '12345678901234567890123456789012'
const PARENT = '1234567890123456'
const GOOD = `00-${TRACE}-${PARENT}-01`
const UNSAMPLED = `00-${TRACE}-${PARENT}-00`
const VALID = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[0-3]$/

/** The suite's service: called with a count, it makes so many calls; here it answers with their headers. */
const core = coreOf([])
const propagator = propagatorOf({ extract: ['w3c'], inject: ['w3c'] })
const service: Server = createServer((req, res) => {
  const extracted = propagator.extract(req, ({ headers }, name) => headers[lowerCase(name)]?.toString())
  const context: Context & Pick<Extracted, 'random'> = {
    ...core.accept(extracted),
    random: extracted.traceId === undefined || extracted.random,
  }
  const calls = Array.from({ length: Number(req.url?.slice(1)) }, () => {
    const carrier: Record<string, string> = {}
    propagator.inject({ ...context, spanId: newSpanId() }, carrier, (to, name, value) => {
      to[name] = value
    })
    return carrier
  })
  res.end(JSON.stringify(calls))
})
beforeAll(() => new Promise<void>((ok) => service.listen(0, '127.0.0.1', ok)))
afterAll(() => new Promise<unknown>((ok) => service.close(ok)))

const callsAfter = (sent: Sent[], count = 1): Promise<Told[]> =>
  new Promise((ok, no) => {
    const { port } = service.address() as AddressInfo
    // As a flat list, for names that come twice.
    const headers = ['Host', '127.0.0.1', ...sent.flat()]
    const call = request({ host: '127.0.0.1', port, path: `/${count}`, headers }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (part: string) => (body += part))
      response.on('end', () => ok(JSON.parse(body)))
    })
    call.on('error', no).end()
  })

const callAfter = async (...sent: Sent[]): Promise<Told & { traceId: string | undefined }> => {
  const [told] = await callsAfter(sent)
  if (!told) throw new Error('no call was made')
  expect(told.traceparent).toMatch(VALID)
  return { ...told, traceId: told.traceparent.split('-')[1] }
}

describe('the trace goes on', () => {
  test.each<[string, ...Sent[]]>([
    ['without a tracestate', ['traceparent', GOOD]],
    ['whatever the case of the name', ['TraceParent', GOOD]],
    ['whatever the case of each letter', ['TrAcEpArEnT', GOOD]],
    ['in a name of capitals', ['TRACEPARENT', GOOD]],
    ['from a later version', ['traceparent', `cc-${TRACE}-${PARENT}-01`]],
    ['from a later version with more fields', ['traceparent', `cc-${TRACE}-${PARENT}-01-what-will-be`]],
    ['after a space', ['traceparent', ` ${GOOD}`]],
    ['after a tab', ['traceparent', `\t${GOOD}`]],
    ['before a space', ['traceparent', `${GOOD} `]],
    ['before a tab', ['traceparent', `${GOOD}\t`]],
    ['between blanks', ['traceparent', `\t ${GOOD} \t`]],
  ])('%s, in a new span', async (_what, ...sent) => {
    const told = await callAfter(...sent)
    expect(told.traceId).toBe(TRACE)
    expect(told.traceparent).not.toContain(`-${PARENT}-`)
    expect(told.traceparent).toMatch(/-01$/)
  })

  test('to each of several calls, each with its own span', async () => {
    const told = await callsAfter([['traceparent', GOOD]], 3)
    expect(new Set(told.map(({ traceparent }) => traceparent.split('-')[1]))).toEqual(new Set([TRACE]))
    expect(new Set(told.map(({ traceparent }) => traceparent.split('-')[2])).size).toBe(3)
  })

  test.each([
    ['00', '00'],
    ['01', '01'],
    ['02', '02'],
    ['03', '03'],
    ['ff', '03'],
    ['fc', '00'],
  ])(
    'with the flags %s sent as %s: sampled and random are kept, reserved ones are not',
    async (flags, sent) => {
      const { traceparent } = await callAfter(['traceparent', `00-${TRACE}-${PARENT}-${flags}`])
      expect(traceparent.slice(-2)).toBe(sent)
    },
  )
})

describe('a new trace is begun', () => {
  test.each<[string, ...Sent[]]>([
    ['where nothing came'],
    ['for two traceparents', ['traceparent', GOOD], ['traceparent', GOOD.replace('9012-', '9011-')]],
    ['for a name with a dash', ['trace-parent', GOOD]],
    ['for a name with a dot', ['trace.parent', GOOD]],
    ['for a dot at the end', ['traceparent', `${GOOD}.`]],
    ['for more fields in version 00', ['traceparent', `${GOOD}-what-will-be`]],
    ['for a later version with a dot after the flags', ['traceparent', `cc-${TRACE}-${PARENT}-01.what`]],
    ['for version ff', ['traceparent', `ff-${TRACE}-${PARENT}-01`]],
    ['for a version .0', ['traceparent', `.0-${TRACE}-${PARENT}-01`]],
    ['for a version 0.', ['traceparent', `0.-${TRACE}-${PARENT}-01`]],
    ['for a version of three digits', ['traceparent', `000-${TRACE}-${PARENT}-01`]],
    ['for a version of four digits', ['traceparent', `0000-${TRACE}-${PARENT}-01`]],
    ['for a version of one digit', ['traceparent', `0-${TRACE}-${PARENT}-01`]],
    ['for a trace id of zeros', ['traceparent', `00-${'0'.repeat(32)}-${PARENT}-01`]],
    ['for a trace id that begins with a dot', ['traceparent', `00-.${TRACE.slice(1)}-${PARENT}-01`]],
    ['for a trace id that ends with a dot', ['traceparent', `00-${TRACE.slice(0, -1)}.-${PARENT}-01`]],
    ['for a trace id of 33 digits', ['traceparent', `00-${TRACE}3-${PARENT}-01`]],
    ['for a trace id of 31 digits', ['traceparent', `00-${TRACE.slice(0, -1)}-${PARENT}-01`]],
    ['for a parent of zeros', ['traceparent', `00-${TRACE}-${'0'.repeat(16)}-01`]],
    ['for a parent that begins with a dot', ['traceparent', `00-${TRACE}-.${PARENT.slice(1)}-01`]],
    ['for a parent that ends with a dot', ['traceparent', `00-${TRACE}-${PARENT.slice(0, -1)}.-01`]],
    ['for a parent of 17 digits', ['traceparent', `00-${TRACE}-${PARENT}7-01`]],
    ['for a parent of 15 digits', ['traceparent', `00-${TRACE}-${PARENT.slice(0, -1)}-01`]],
    ['for flags .0', ['traceparent', `00-${TRACE}-${PARENT}-.0`]],
    ['for flags 0.', ['traceparent', `00-${TRACE}-${PARENT}-0.`]],
    ['for flags of three digits', ['traceparent', `00-${TRACE}-${PARENT}-001`]],
    ['for flags of one digit', ['traceparent', `00-${TRACE}-${PARENT}-1`]],
    ['for a trace id in capitals', ['traceparent', `00-${'A'.repeat(32)}-${PARENT}-01`]],
    ['for a parent in capitals', ['traceparent', `00-${TRACE}-${'A'.repeat(16)}-01`]],
    ['for a version in capitals', ['traceparent', `CC-${TRACE}-${PARENT}-01`]],
    ['for flags in capitals', ['traceparent', `00-${TRACE}-${PARENT}-0A`]],
    ['for other dashes', ['traceparent', `00_${TRACE}_${PARENT}_01`]],
    ['for a later version that is too short', ['traceparent', `cc-${TRACE}-${PARENT}-0`]],
    [
      'for a later version that is prohibitively long',
      ['traceparent', `cc-${TRACE}-${PARENT}-01-${'a'.repeat(600)}`],
    ],
  ])('%s, and the tracestate dropped', async (_what, ...sent) => {
    const told = await callAfter(...sent, ['tracestate', 'foo=1,bar=2'])
    // The digits of the trace that was refused, however they were cut or moved.
    expect(told.traceId).not.toContain(TRACE.slice(1, 31))
    expect(told.traceId).not.toBe('a'.repeat(32))
    expect(told.tracestate).toBeUndefined()
    // Made here, of random bits.
    expect(told.traceparent).toMatch(/-03$/)
  })

  test('for several calls, each in its own span', async () => {
    for (const sent of [[], [['traceparent', `00-${'0'.repeat(32)}-${PARENT}-01`] satisfies Sent]]) {
      const told = await callsAfter(sent, 3)
      expect(told.every(({ traceparent }) => VALID.test(traceparent))).toBe(true)
      expect(new Set(told.map(({ traceparent }) => traceparent.split('-')[2])).size).toBe(3)
    }
  })
})

const KEY_CHARS = 'abcdefghijklmnopqrstuvwxyz0123456789_-*/'
const VALUE_CHARS = Array.from({ length: 0x5f }, (_, at) => String.fromCharCode(0x20 + at))
  .filter((char) => char !== ',' && char !== '=')
  .join('')
const members = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, at) => `bar${from + at}=${from + at}`).join(',')

describe('tracestate', () => {
  test.each<[string, string, ...string[]]>([
    ['with two members', 'foo=1,bar=2', 'foo=1,bar=2'],
    ['with an empty header after it', 'foo=1', 'foo=1', ''],
    ['with an empty header before it', 'foo=1', '', 'foo=1'],
    [
      'in several headers, in their order',
      'foo=1,bar=2,rojo=1,congo=2,baz=3',
      'foo=1,bar=2',
      'rojo=1,congo=2',
      'baz=3',
    ],
    ['with a member twice', 'foo=1,foo=1', 'foo=1,foo=1'],
    ['with a key twice', 'foo=1,foo=2', 'foo=1,foo=2'],
    ['with a member in two headers', 'foo=1,foo=1', 'foo=1', 'foo=1'],
    ['with a key in two headers', 'foo=1,foo=2', 'foo=1', 'foo=2'],
    ['with all characters there are', `${KEY_CHARS}=${VALUE_CHARS}`, `${KEY_CHARS}=${VALUE_CHARS}`],
    [
      'with all of them in a tenant',
      `${KEY_CHARS}@a-z0-9_-*/=${VALUE_CHARS}`,
      `${KEY_CHARS}@a-z0-9_-*/=${VALUE_CHARS}`,
    ],
    ['with blanks around commas', 'foo=1,bar=2,baz=3', 'foo=1 \t , \t bar=2, \t baz=3'],
    ['with tabs around commas', 'foo=1,bar=2,baz=3', 'foo=1\t \t,\t \tbar=2,\t \tbaz=3'],
    ['after a space', 'foo=1', ' foo=1'],
    ['after a tab', 'foo=1', '\tfoo=1'],
    ['before a space', 'foo=1', 'foo=1 '],
    ['before a tab', 'foo=1', 'foo=1\t'],
    ['between blanks', 'foo=1', '\t foo=1 \t'],
    ['with a key that ends with @', 'foo@=1,bar=2', 'foo@=1,bar=2'],
    ['with two @ beside each other', 'foo@@bar=1,bar=2', 'foo@@bar=1,bar=2'],
    ['with two @', 'foo@bar@baz=1,bar=2', 'foo@bar@baz=1,bar=2'],
    ['with a key that begins with a digit', '1foo=1', '1foo=1'],
    ['with 32 members', members(1, 32), members(1, 10), members(11, 20), members(21, 30), members(31, 32)],
    ['with a key of 256', `foo=1,${'z'.repeat(256)}=1`, 'foo=1', `${'z'.repeat(256)}=1`],
    [
      'with a tenant of 241',
      `foo=1,${'t'.repeat(241)}@${'v'.repeat(14)}=1`,
      'foo=1',
      `${'t'.repeat(241)}@${'v'.repeat(14)}=1`,
    ],
    ['with a tenant of 242', `foo=1,${'t'.repeat(242)}@v=1`, 'foo=1', `${'t'.repeat(242)}@v=1`],
    ['with a system of 15', `foo=1,t@${'v'.repeat(15)}=1`, 'foo=1', `t@${'v'.repeat(15)}=1`],
    ['with a value of 256', `foo=${'x'.repeat(256)}`, `foo=${'x'.repeat(256)}`],
    ['with spaces before and in a value', 'foo=  1 2', 'foo=  1 2'],
    [
      'of more than the 512 characters asked for',
      members(1, 8).replaceAll('=', `=${'x'.repeat(200)}`),
      members(1, 8).replaceAll('=', `=${'x'.repeat(200)}`),
    ],
    ['with empty members, which are left out', 'foo=1,bar=2', ',foo=1, ,\t,bar=2,,'],
    ['with more than 32 commas', 'foo=1', `${','.repeat(50)}foo=1`],
  ])('%s is passed on', async (_what, passed, ...sent) => {
    const told = await callAfter(
      ['traceparent', UNSAMPLED],
      ...sent.map((value): Sent => ['tracestate', value]),
    )
    expect(told).toMatchObject({ traceId: TRACE, tracestate: passed })
  })

  test.each(['TraceState', 'TrAcEsTaTe', 'TRACESTATE'])('is passed on as %s', async (name) => {
    expect(await callAfter(['traceparent', GOOD], [name, 'foo=1'])).toMatchObject({ tracestate: 'foo=1' })
  })

  test.each<[string, ...Sent[]]>([
    ['named with a dash', ['trace-state', 'foo=1']],
    ['named with a dot', ['trace.state', 'foo=1']],
    ['that is empty', ['tracestate', '']],
    ['of blanks and commas', ['tracestate', ' , ,\t']],
    ['with a space in a key', ['tracestate', 'foo =1']],
    ['with a key in capitals', ['tracestate', 'FOO=1']],
    ['with a dot in a key', ['tracestate', 'foo.bar=1']],
    ['with a key that begins with @', ['tracestate', '@foo=1,bar=2']],
    ['with a key that begins with _', ['tracestate', '_foo=1,bar=2']],
    ['with 33 members', ['tracestate', members(1, 10)], ['tracestate', members(11, 33)]],
    ['with a key of 257', ['tracestate', 'foo=1'], ['tracestate', `${'z'.repeat(257)}=1`]],
    ['with two equals signs', ['tracestate', 'foo=bar=baz']],
    ['with an empty value', ['tracestate', 'foo=,bar=3']],
    ['with a value of 257', ['tracestate', `foo=${'x'.repeat(257)}`]],
    ['with no key', ['tracestate', '=1']],
    ['with no equals sign', ['tracestate', 'foobarbaz']],
    ['with a tab in a value', ['tracestate', 'foo=1\t2']],
    ['with other letters', ['tracestate', 'foo=\u00e4']],
    ['longer than 8192', ['tracestate', members(1, 32).replaceAll('=', `=${'x'.repeat(250)}`)]],
  ])('%s is dropped whole, and the trace goes on', async (_what, ...sent) => {
    const told = await callAfter(['traceparent', GOOD], ...sent)
    expect(told.traceId).toBe(TRACE)
    expect(told.tracestate).toBeUndefined()
  })
})

describe('inject', () => {
  const inject = (context: Partial<Context>) => {
    const carrier: Record<string, string> = {}
    const whole = { requestId: 'r', traceId: TRACE, spanId: PARENT, sampled: false, ...context }
    w3c.inject(whole, carrier, (to, name, value) => {
      to[name] = value
    })
    return carrier
  }

  test('writes zeros before a trace id of 64 bits', () => {
    expect(inject({ traceId: 'abcdef0123456789' })).toEqual({
      traceparent: `00-0000000000000000abcdef0123456789-${PARENT}-00`,
    })
  })

  test('writes debug as sampled', () => {
    expect(inject({ debug: true })['traceparent']).toBe(GOOD)
  })
})
