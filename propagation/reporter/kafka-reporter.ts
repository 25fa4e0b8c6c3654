// The reporter that sends spans to a Kafka topic, as Zipkin v2 JSON lists, through kafkajs as the service brings it.
import type { BatchOptions } from './batch-options.ts'
import { BatchReporter } from './batch-reporter.ts'
import { KafkaSender } from './kafka-sender.ts'
import type { KafkaClient, KafkaSpanProducer } from '../messaging/kafka-types.ts'
import { carefulLog } from './log.ts'
import { checkOptions } from '../options.ts'

interface Topic {
  /** Default `zipkin`. */
  topic?: string
  /** Whether messages go as a gzip record batch. Default true. */
  compress?: boolean
}

/** `kafka` for a producer of the reporter's own; `producer` for one that the service connects for itself, or shares. */
export type KafkaReporterOptions = BatchOptions &
  Topic &
  ({ kafka: KafkaClient; producer?: never } | { producer: KafkaSpanProducer; kafka?: never })

export class KafkaReporter extends BatchReporter {
  /** @throws TypeError where an option can't be right: at the start, not in the middle of a request. */
  constructor(options: KafkaReporterOptions) {
    checkOptions(options)
    const { kafka, producer = kafka?.producer() } = options
    if (!producer) throw new TypeError('kafka or producer must be given')
    const sender = new KafkaSender({
      producer,
      owned: kafka !== undefined,
      topic: options.topic ?? 'zipkin',
      compress: options.compress ?? true,
      log: carefulLog(options.log ?? console.warn),
    })
    super(sender, options)
  }
}
