// kafkajs as far as it is used here, by shape: the service brings it, this library neither imports nor requires it.

type HeaderValue = Buffer | string | undefined
/** Names to values; a name that came more than once has all of its values. */
export interface KafkaHeaders {
  [name: string]: HeaderValue | (Buffer | string)[]
}

/** A message as it is sent or received, as far as it is looked at. */
export interface KafkaMessage {
  headers?: KafkaHeaders
}

interface TopicMessages<Message> {
  topic: string
  messages: Message[]
}

/** A producer, or a transaction of one. */
export interface KafkaSends {
  send(record: TopicMessages<KafkaMessage>): Promise<unknown>
  sendBatch(batch: { topicMessages?: TopicMessages<KafkaMessage>[] }): Promise<unknown>
}

/** What is traced of kafkajs' `Producer`. */
export interface KafkaProducer extends KafkaSends {
  transaction(): Promise<KafkaSends>
}

/** What `eachMessage` is given. */
export interface KafkaMessagePayload {
  topic: string
  partition: number
  message: KafkaMessage
}

/** What `eachBatch` is given. */
export interface KafkaBatchPayload {
  batch: { topic: string; partition: number; messages: KafkaMessage[] }
}

/** What a reporter needs of kafkajs' `Producer`. */
export interface KafkaSpanProducer {
  connect(): Promise<void>
  send(record: {
    topic: string
    acks: number
    compression?: number
    messages: { value: Buffer | string }[]
  }): Promise<unknown>
  disconnect(): Promise<void>
}

/** What a reporter needs of `new Kafka()`. */
export interface KafkaClient {
  producer(): KafkaSpanProducer
}
