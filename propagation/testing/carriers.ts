// Headers in and out of a composition of formats, as the tests of formats write them.
import type { Context } from '../context/context.ts'
import { type FormatOptions, propagatorOf } from '../formats/formats.ts'
import type { Extracted } from '../formats/propagator.ts'

export type Headers = Readonly<Record<string, unknown>>
/** As a carrier has them that was not made by node:http, too: values need not be text. */
export const extract = (headers: Headers, options?: FormatOptions): Extracted => {
  const carrier = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return propagatorOf(options).extract(
    carrier,
    (from, name) => from.get(name.toLowerCase()) as string | undefined,
  )
}

export const inject = (context: Context, options?: FormatOptions): Record<string, string> => {
  const carrier: Record<string, string> = {}
  propagatorOf(options).inject(context, carrier, (to, name, value) => {
    to[name] = value
  })
  return carrier
}
