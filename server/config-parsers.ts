// How the text of a setting becomes its value, or a mistake that says what it may be.
import { accessSync, constants } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'

const UNITS = { '': 1, b: 1, kib: 2 ** 10, kb: 1e3, mib: 2 ** 20, mb: 1e6, gib: 2 ** 30, gb: 1e9 }

export const whole = (least: number, most: number) =>
  z.string().transform((text, context) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    context.addIssue({ code: 'custom', message: `must be a whole number between ${least} and ${most}` })
    return z.NEVER
  })

export const share = z.string().transform((text, context) => {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value >= 0 && value <= 1) return value
  context.addIssue({
    code: 'custom',
    message: 'must be a number between 0 and 1, such as 0.1 for one trace in ten',
  })
  return z.NEVER
})

export const bytes = (least: number) =>
  z.string().transform((text, context) => {
    const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? []
    const factor = UNITS[unit.toLowerCase() as keyof typeof UNITS] as number | undefined
    const value =
      amount === undefined || factor === undefined ? Number.NaN : Math.floor(Number(amount) * factor)
    if (value >= least) return value
    context.addIssue({ code: 'custom', message: `must be a size of at least ${least} bytes, such as 512MiB` })
    return z.NEVER
  })

export const oneOf = <T extends string>(values: readonly T[]) =>
  z.string().transform((text, context) => {
    const value = values.find((each) => each === text.toLowerCase())
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: `must be one of ${values.join(', ')}` })
    return z.NEVER
  })

export const list = z.string().transform((text) => text.split(',').map((each) => each.trim()).filter(Boolean)) // prettier-ignore
export const filled = z.string().min(1, 'must not be empty')

/** Nothing stays undefined. */
export const optional = <T>(parse: z.ZodType<T, string>) =>
  z.string().transform((text, context) => {
    if (text === '') return undefined
    const { data, error } = parse.safeParse(text)
    for (const { message } of error?.issues ?? []) context.addIssue({ code: 'custom', message })
    return data
  })

export const flag = oneOf(['true', 'false']).transform((text) => text === 'true')

/** Path of a file that can be read, or nothing. */
export const file = z.string().transform((text, context) => {
  if (text === '') return text
  const path = resolve(text)
  try {
    accessSync(path, constants.R_OK)
    return path
  } catch {
    context.addIssue({ code: 'custom', message: 'must be the path of a file that can be read' })
    return z.NEVER
  }
})

/** What each of a list must look like. */
const listOf = (isOne: (text: string) => boolean, message: string) =>
  list.refine((each) => each.every(isOne), { message })

/** Empty for none. */
export const brokers = z
  .string()
  .refine((text) => text.trim() === '' || /[^\s,]/.test(text), { message: 'must not be empty' })
  .pipe(
    listOf((each) => {
      const [, port] = /^(?:[\w.-]+|\[[0-9a-f:]+\]):(\d{1,5})$/i.exec(each) ?? []
      return port !== undefined && Number(port) > 0 && Number(port) < 65536
    }, 'must be host:port, or several with commas between, such as kafka-1:9092,kafka-2:9092'),
  )

/** Kafka itself refuses the names of folders. */
const isTopic = (name: string) => /^[\w.-]{1,249}$/.test(name) && name !== '.' && name !== '..'

export const topics = listOf(
  isTopic,
  'must be names of topics, of letters, digits, dots, dashes and underscores, with commas between',
).refine((each) => each.length > 0, { message: 'must not be empty' })

export const topic = z
  .string()
  .refine(isTopic, 'must be the name of a topic, of letters, digits, dots, dashes and underscores')

export const indexName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, 'must be small letters, digits, dashes and underscores, 100 at most')

/** URLs without a path; as Zipkin has it, a host without a scheme is one of http. */
export const urls = list.transform((hosts, context) => {
  const found: string[] = []
  for (const host of hosts) {
    const text = host.includes('://') ? host : `http://${host}`
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
      context.addIssue({ code: 'custom', message: 'must be URLs, such as http://localhost:9200' })
    else if (url.username !== '' || url.password !== '')
      context.addIssue({
        code: 'custom',
        message: 'must not hold a password: ES_USERNAME and ES_PASSWORD do',
      })
    else found.push(url.href.replace(/\/$/, ''))
  }
  if (hosts.length === 0) context.addIssue({ code: 'custom', message: 'must not be empty' })
  return found
})
