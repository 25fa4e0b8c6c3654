// A kafkajs producer that does as it is told: keeps what it is sent, fails when it is to.
import type { KafkaMessage } from '../index.ts'

export interface SentMessage extends KafkaMessage {
  value: Buffer | string
}
interface Sent {
  topic: string
  acks?: number
  messages: SentMessage[]
}

/** An error as kafkajs makes them of a broker's answer, and as it wraps them once its own retries are used up. */
export const protocolError = (type: string): Error =>
  Object.assign(new Error(`broker said ${type}`), { name: 'KafkaJSProtocolError', type })
export const retriesExceeded = (cause: Error): Error =>
  Object.assign(new Error(cause.message, { cause }), {
    name: 'KafkaJSNumberOfRetriesExceeded',
    retriable: false,
  })

/** Each send or connect takes the next outcome of its row: an error, a promise to wait for, or (none left) success. */
export const fakeProducer = (sends: (Error | Promise<void>)[] = [], connects: Error[] = []) => {
  const calls: string[] = []
  const sent: Sent[] = []
  const take = async (record: Sent): Promise<string[]> => {
    calls.push('send')
    sent.push(record)
    const outcome = sends.shift()
    if (outcome instanceof Error) throw outcome
    await outcome
    return [record.topic]
  }
  const batch = async (given: { topicMessages?: Sent[] }): Promise<string[]> => {
    for (const record of given.topicMessages ?? []) await take(record)
    return ['batch']
  }
  return {
    calls,
    sent,
    connect: (): Promise<void> => {
      calls.push('connect')
      const error = connects.shift()
      return error ? Promise.reject(error) : Promise.resolve()
    },
    disconnect: (): Promise<void> => {
      calls.push('disconnect')
      return Promise.resolve()
    },
    send: take,
    sendBatch: batch,
    transaction: () => Promise.resolve({ send: take, sendBatch: batch, commit: () => 'committed' }),
  }
}
