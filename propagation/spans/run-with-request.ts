// Opens a request for work that none came in for: a cron job, an item of a queue, a script.
import { runInScope } from '../context/context.ts'
import { baggageFrom } from '../formats/baggage.ts'
import { requestIdFrom } from '../formats/headers.ts'
import type { Core, SpanOptions } from './core.ts'
import { type ActiveSpan, textOf } from './span.ts'

/** @throws TypeError that says what is wrong: what does not fit would be replaced by the first service that is called. */
const checked = (name: string, given: unknown, fits: (value: string) => boolean, must: string): void => {
  if (given === undefined || (typeof given === 'string' && fits(given))) return
  throw new TypeError(`${name} must be ${must}, not ${JSON.stringify(textOf(given).slice(0, 200))}`)
}

export interface RequestOptions extends Pick<SpanOptions, 'tags'> {
  /** 1 to 128 of `A-Z a-z 0-9 _ . : / + = @ -`; a new UUIDv7 by default. */
  requestId?: string
  /** W3C baggage in its header form, passed on with every call. */
  baggage?: string
}

/**
 * Runs `fn` in a request and a trace of its own, also where it is called inside of another, and in a span of that name
 * which ends as `fn` does. Whether the trace is recorded is decided as for a request that brings no ids.
 * @throws TypeError where `requestId` or `baggage` can't be carried by a header.
 */
export const runWithRequest = <T>(
  core: Core,
  name: string,
  fn: (span: ActiveSpan) => T,
  options?: RequestOptions,
): T => {
  const requestId = options?.requestId
  const baggage = options?.baggage
  checked(
    'requestId',
    requestId,
    (value) => requestIdFrom(value) !== undefined,
    '1 to 128 of A-Z a-z 0-9 _ . : / + = @ -',
  )
  checked(
    'baggage',
    baggage,
    (value) => baggageFrom(value) === value,
    'a baggage header: key=value, … of at most 8192 bytes',
  )
  const context = core.accept({ requestId, baggage })
  const recording = core.start(context, undefined, name)
  if (options) core.describe(recording, options)
  // From nowhere: the request that is being served here, if there is one, has no part in this.
  return runInScope({}, () => core.runRecorded(recording, () => fn(recording)))
}
