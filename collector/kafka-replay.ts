// What is sent when a dead letter is replayed: the message as it came, or those of a batch that could not be inflated.
import type { Message } from 'kafkajs'
import { inflateBatch } from './kafka-compression.ts'
import { DEAD_LETTER_HEADERS, headersAsTheyCame, headerText } from './kafka-dead-letters.ts'
import type { SourceMessage } from './kafka-message.ts'
import { recordsOf } from './kafka-unreadable.ts'

/** Of a batch, what is sent at once: half of what topics take where nobody says otherwise. */
const GROUP_BYTES = 2 ** 19

/** In groups, each to be sent at once. @throws Error when it is a batch that can't be read here either */
export async function messagesOf({
  key,
  value,
  headers,
}: Omit<SourceMessage, 'offset'>): Promise<Message[][]> {
  const codec = headerText(headers, DEAD_LETTER_HEADERS.batch)
  if (codec === undefined) return [[{ key, value, headers: headersAsTheyCame(headers) }]]
  const groups: Message[][] = []
  let room = 0
  for (const record of recordsOf(await inflateBatch(value ?? Buffer.alloc(0), codec))) {
    if (room <= 0) {
      groups.push([])
      room = GROUP_BYTES
    }
    room -= record.value?.length ?? 0
    groups.at(-1)?.push({ ...record, headers: headersAsTheyCame(record.headers) })
  }
  return groups
}
