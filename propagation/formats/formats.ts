// The header formats by name, and what reads and writes several of them.
import { baggage } from './baggage.ts'
import { b3, b3Single, readB3Either } from './b3.ts'
import { REQUEST_ID } from './headers.ts'
import {
  type Format,
  formatOf,
  type Propagator,
  type Read,
  readRequestId,
  readX,
  writeRequestId,
  writeX,
  X_FIELDS,
} from './propagator.ts'
import { w3c } from './w3c.ts'

/** `x`: X-Trace-ID and its like; `w3c`: traceparent and tracestate; `b3`: X-B3-TraceId and its like; `b3-single`: b3. */
export type FormatName = 'x' | 'w3c' | 'b3' | 'b3-single' | 'baggage'

export interface FormatOptions {
  /** Formats read: the first in this order that brings a trace id decides. Default: all. */
  extract?: readonly FormatName[]
  /** Formats written. Default: `x`, `w3c`, `baggage`. */
  inject?: readonly FormatName[]
}

const FORMATS: Readonly<Record<FormatName, Format>> = {
  x: formatOf(X_FIELDS, readX, writeX),
  w3c,
  b3,
  'b3-single': b3Single,
  baggage,
}

const EXTRACT: readonly FormatName[] = ['x', 'w3c', 'b3-single', 'b3', 'baggage']
// B3 is read from those who have nothing else; who writes it as well sends each id three times.
const INJECT: readonly FormatName[] = ['x', 'w3c', 'baggage']

const isFormatName = (value: unknown): value is FormatName =>
  typeof value === 'string' && Object.hasOwn(FORMATS, value)

const areNames = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.every(isFormatName))

/** Whether something can be such options: for the check of a tracer's. */
export const isFormatOptions = (value: unknown): value is FormatOptions =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  areNames('extract' in value ? value.extract : undefined) &&
  areNames('inject' in value ? value.inject : undefined)

/**
 * Several formats as one. X-Request-ID is read and written in any case. The first format that brings a valid trace id
 * decides trace id, span id, parent, sampling and debug; what it leaves open is taken from the next one that speaks of
 * the same trace, or of none. In the same trace the span id of traceparent stands. tracestate goes with the trace of traceparent only. A name given twice counts once.
 * @throws TypeError where a name is none
 */
export const propagatorOf = ({ extract = EXTRACT, inject = INJECT }: FormatOptions = {}): Propagator => {
  for (const name of [...extract, ...inject])
    if (!isFormatName(name)) throw new TypeError(`there is no header format ${String(name).slice(0, 100)}`)
  const reads = readsOf(new Set(extract))
  const writes = [...new Set(inject)].map((name) => FORMATS[name].write)
  // Of those only read too: a message that is passed on would go on with the old ids in them.
  const fields = [...new Set([...inject, ...extract])].flatMap((name) => FORMATS[name].fields)
  return formatOf(
    [REQUEST_ID, ...fields],
    (carrier, getter, into) => {
      readRequestId(carrier, getter, into)
      for (const read of reads) read(carrier, getter, into)
    },
    (context, carrier, setter) => {
      writeRequestId(context, carrier, setter)
      for (const write of writes) write(context, carrier, setter)
    },
  )
}

/** In their order, but for the two of B3: at the place of the first of them, the single header goes before the many. */
const readsOf = (names: ReadonlySet<FormatName>): Read[] => {
  const reads: Read[] = []
  const hasBoth = names.has('b3') && names.has('b3-single')
  for (const name of names) {
    const isB3 = name === 'b3' || name === 'b3-single'
    const read = hasBoth && isB3 ? readB3Either : FORMATS[name].read
    if (!reads.includes(read)) reads.push(read)
  }
  return reads
}
