// What the messages of the dead-letter topic look like, for those who write and who read them.
import type { Message } from 'kafkajs'
import type { HeaderValue, SourceMessage } from './kafka-message.ts'

/** Headers that a dead letter has beside those of the message as it came. */
export const DEAD_LETTER_HEADERS = {
  /** An entry of the table of errors. */
  code: 'hopscope-dlq-code',
  reason: 'hopscope-dlq-reason',
  topic: 'hopscope-dlq-topic',
  partition: 'hopscope-dlq-partition',
  offset: 'hopscope-dlq-offset',
  /** ISO 8601. */
  at: 'hopscope-dlq-at',
  /** Only when the message was too large for the topic: bytes of its value as it came, of which the first are kept. */
  cutFrom: 'hopscope-dlq-cut-from',
  /** Only where headers came with null, which kafkajs can't send: a JSON list of their names; here they are empty. */
  nullHeaders: 'hopscope-dlq-null-headers',
  /** Only where the value is a whole batch of records that could not be inflated: how that is compressed. */
  batch: 'hopscope-dlq-batch',
  /** Only on a message without value, that says which dead letter (`partition:offset`) was replayed. */
  replayed: 'hopscope-dlq-replayed',
} as const

const OURS: ReadonlySet<string> = new Set(Object.values(DEAD_LETTER_HEADERS))
const REASON_LENGTH = 1_000

export interface DeadLetter {
  readonly topic: string
  readonly partition: number
  readonly message: SourceMessage
  readonly code: string
  readonly reason: string
}

type Headers = NonNullable<Message['headers']>

/** The headers that a dead letter's message came with; those that had no value are left out. */
export function headersAsTheyCame(headers: SourceMessage['headers'] = {}): Headers {
  const nulls = nullNames(headerText(headers, DEAD_LETTER_HEADERS.nullHeaders))
  return Object.fromEntries(
    Object.entries(sendable(headers).headers).flatMap(([name, header]) => {
      if (!nulls.has(name)) return [[name, header]]
      const left = [header].flat().filter((each) => each !== undefined && each.length > 0)
      return left.length > 0 ? [[name, left as Buffer[]]] : []
    }),
  )
}

function nullNames(text = '[]'): ReadonlySet<unknown> {
  try {
    const names: unknown = JSON.parse(text)
    return new Set(Array.isArray(names) ? names : [])
  } catch {
    return new Set()
  }
}

/** A message's own headers as kafkajs can send them: null becomes empty. */
function sendable(headers: SourceMessage['headers'] = {}): { headers: Headers; nulls: string[] } {
  const nulls: string[] = []
  const entries = Object.entries(headers)
    .filter(([name]) => !OURS.has(name))
    .map(([name, header]) => {
      const values = Array.isArray(header) ? header : [header]
      if (values.some((each) => each === null || each === undefined)) nulls.push(name)
      // What else may be there kafkajs has found on Object.prototype, for a header of such a name.
      const sent = values
        .map((each) => each ?? Buffer.alloc(0))
        .filter((each) => typeof each === 'string' || Buffer.isBuffer(each))
      return [name, Array.isArray(header) ? sent : sent[0]] as const
    })
  return { headers: Object.fromEntries(entries), nulls }
}

export function deadLetterMessage(letter: DeadLetter, at: Date): Message {
  const { topic, partition, message, code, reason } = letter
  const { headers, nulls } = sendable(message.headers)
  return {
    key: message.key,
    value: message.value,
    headers: {
      ...headers,
      [DEAD_LETTER_HEADERS.code]: code,
      [DEAD_LETTER_HEADERS.reason]:
        reason.length > REASON_LENGTH ? `${reason.slice(0, REASON_LENGTH - 1)}…` : reason,
      [DEAD_LETTER_HEADERS.topic]: topic,
      [DEAD_LETTER_HEADERS.partition]: String(partition),
      [DEAD_LETTER_HEADERS.offset]: message.offset,
      [DEAD_LETTER_HEADERS.at]: at.toISOString(),
      ...(nulls.length > 0 && { [DEAD_LETTER_HEADERS.nullHeaders]: JSON.stringify(nulls) }),
      ...(message.batchCodec !== undefined && { [DEAD_LETTER_HEADERS.batch]: message.batchCodec }),
    },
  }
}

/** Values are cut to these lengths in turn, if the topic takes no longer ones; at last, nothing but our headers is sent. */
const CUTS = [2 ** 19, 2 ** 16, 2 ** 12]

/** Ever smaller stand-ins for a message that is too large for the topic, each of which says how long it was. */
export function* cutDown(message: Message): Generator<Message> {
  const value = valueOf(message)
  const cutFrom = cutFromOf(message)
  for (const length of CUTS)
    if (length < value.length)
      yield { ...message, value: value.subarray(0, length), headers: { ...message.headers, ...cutFrom } }
  yield withoutSource(message)
}

/** The least that a dead letter can be: nothing that came from outside but where it was. */
export function withoutSource(message: Message): Message {
  const ours = Object.entries(message.headers ?? {}).filter(
    ([name]) => OURS.has(name) && name !== DEAD_LETTER_HEADERS.nullHeaders,
  )
  return {
    key: null,
    value: Buffer.alloc(0),
    headers: { ...Object.fromEntries(ours), ...cutFromOf(message) },
  }
}

function cutFromOf(message: Message): Headers {
  return { [DEAD_LETTER_HEADERS.cutFrom]: String(valueOf(message).length) }
}

function valueOf({ value }: Message): Buffer {
  return value === null ? Buffer.alloc(0) : Buffer.from(value)
}

/** A header's text; the last one if there are several, none if it isn't there or is null. */
export function headerText(headers: SourceMessage['headers'], name: string): string | undefined {
  const header: HeaderValue | HeaderValue[] = headers?.[name]
  const value = Array.isArray(header) ? header.at(-1) : header
  return value?.toString()
}
