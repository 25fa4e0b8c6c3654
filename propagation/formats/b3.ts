// Zipkin's B3 headers, several (`X-B3-…`) or one (`b3`): https://github.com/openzipkin/b3-propagation
// What the spec calls malformed is refused whole, as Zipkin's own library does, and not repaired.
import { idAt, isZero } from './characters.ts'
import { addTrace, type Extracted, type Format, formatOf, type Getter, type Read } from './propagator.ts'

const TRACE_ID = 'X-B3-TraceId'
const SPAN_ID = 'X-B3-SpanId'
const PARENT_SPAN_ID = 'X-B3-ParentSpanId'
const SAMPLED = 'X-B3-Sampled'
const FLAGS = 'X-B3-Flags'
const SINGLE = 'b3'

/** Of the several headers, none has a longer value than this: a trace id. */
const MAX_LENGTH = 32

/** One header's first value: of one that came more than once, and so arrives joined, that is the one that counts. */
const firstOf = <Carrier>(carrier: Carrier, getter: Getter<Carrier>, name: string): string | undefined => {
  const value = getter(carrier, name)
  if (typeof value !== 'string') return undefined
  const comma = value.lastIndexOf(',', MAX_LENGTH) === -1 ? -1 : value.indexOf(',')
  return comma === -1 ? value : value.slice(0, comma).trimEnd()
}

const traceIdOf = (value: string | undefined): string | undefined =>
  value?.length === 32 || value?.length === 16 ? idAt(value, 0, value.length) : undefined

const spanIdOf = (value: string | undefined): string | undefined =>
  value?.length === 16 ? idAt(value, 0, 16) : undefined

/** Old senders wrote `true` and `false`. */
const decisionOf = (value: string): boolean | undefined => {
  if (value === '1') return true
  if (value === '0') return false
  if (value.length > 5) return undefined
  const word = value.toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : undefined
}

/** Adds what the X-B3 headers say. */
const readB3: Read = (carrier, getter, into) => {
  // Flags other than 1 may be ignored.
  const debug = firstOf(carrier, getter, FLAGS) === '1'
  // With the ids and the decision there, debug is all that these headers could add.
  if (!debug && into.traceId !== undefined && into.sampled !== undefined) return
  const told = firstOf(carrier, getter, SAMPLED)
  const decision = told === undefined ? undefined : decisionOf(told)
  if (told !== undefined && decision === undefined) return
  const sampled = debug || decision
  const traceId = firstOf(carrier, getter, TRACE_ID)
  if (traceId === undefined) {
    if (sampled !== undefined) addTrace(into, undefined, undefined, undefined, sampled, debug)
    return
  }
  const id = traceIdOf(traceId)
  const spanId = spanIdOf(firstOf(carrier, getter, SPAN_ID))
  if (id === undefined || spanId === undefined) return
  const parent = firstOf(carrier, getter, PARENT_SPAN_ID)
  const parentSpanId = spanIdOf(parent)
  if (parent !== undefined && parentSpanId === undefined && !isNoParent(parent)) return
  addTrace(into, id, spanId, parentSpanId, sampled, debug)
}

/** A parent of zeros is how some write that there is none. */
const isNoParent = (value: string): boolean => value.length === 16 && isZero(value, 0, 16)

const DASH = '-'

/**
 * Adds what a `b3` header's value says: `{trace id}-{span id}`, then `-{0, 1 or d}`, then `-{parent span id}`, the last
 * two optional; or the decision alone. False where it is malformed, and nothing was added.
 */
const addB3 = (value: string, into: Extracted): boolean => {
  if (value.length === 1) {
    if (!isState(value)) return false
    addTrace(into, undefined, undefined, undefined, value !== '0', value === 'd')
    return true
  }
  const dash = value[16] === DASH ? 16 : 32
  const traceId = value[dash] === DASH ? idAt(value, 0, dash) : undefined
  const spanId = traceId && idAt(value, dash + 1, 16)
  if (traceId === undefined || spanId === undefined) return false
  const end = dash + 17
  const rest = value.length - end
  // What is left is nothing, `-1`, `-{parent}` or `-1-{parent}`.
  if (rest !== 0 && rest !== 2 && rest !== 17 && rest !== 19) return false
  if (rest !== 0 && value[end] !== DASH) return false
  let state: string | undefined
  if (rest === 2 || rest === 19) {
    state = value.charAt(end + 1)
    if (!isState(state)) return false
  }
  let parentSpanId: string | undefined
  if (rest > 2) {
    const from = value.length - 16
    if (value[from - 1] !== DASH) return false
    parentSpanId = idAt(value, from, 16)
    if (parentSpanId === undefined && !isZero(value, from, value.length)) return false
  }
  addTrace(
    into,
    traceId,
    spanId,
    parentSpanId,
    state === undefined ? undefined : state !== '0',
    state === 'd',
  )
  return true
}

const isState = (value: string): boolean => value === '1' || value === '0' || value === 'd'

/** Adds what the `b3` header says. */
const readB3Single: Read = (carrier, getter, into) => {
  const value = getter(carrier, SINGLE)
  if (typeof value === 'string') addB3(value, into)
}

/** Both, as the spec has it: the single header goes before the many, whatever those say. */
export const readB3Either: Read = (carrier, getter, into) => {
  const value = getter(carrier, SINGLE)
  if (typeof value !== 'string' || !addB3(value, into)) readB3(carrier, getter, into)
}

/** B3 as several headers, `X-B3-TraceId` and so on. */
export const b3: Format = formatOf(
  [TRACE_ID, SPAN_ID, PARENT_SPAN_ID, SAMPLED, FLAGS],
  readB3,
  (context, carrier, setter) => {
    setter(carrier, TRACE_ID, context.traceId)
    setter(carrier, SPAN_ID, context.spanId)
    if (context.parentSpanId) setter(carrier, PARENT_SPAN_ID, context.parentSpanId)
    // Debug implies that it is sampled, and the spec asks not to send both.
    if (context.debug) setter(carrier, FLAGS, '1')
    else setter(carrier, SAMPLED, context.sampled ? '1' : '0')
  },
)

/** B3 as one header, `b3`. */
export const b3Single: Format = formatOf([SINGLE], readB3Single, (context, carrier, setter) => {
  const state = context.debug ? 'd' : context.sampled ? '1' : '0'
  const ids = `${context.traceId}-${context.spanId}-${state}`
  setter(carrier, SINGLE, context.parentSpanId ? `${ids}-${context.parentSpanId}` : ids)
})
