// The collector: everything that takes spans in.
export { Admission } from './admission.ts'
export { httpIntake, type HttpIntakeOptions } from './http.ts'
export { type KafkaIntake, type KafkaIntakeOptions, openKafkaIntake } from './kafka.ts'
export {
  type IntakeLog,
  type KafkaConnection,
  type KafkaConnectionSettings,
  kafkaClientOptions,
} from './kafka-client.ts'
export { DeadLetterError, DeadLetterShelf, type DeadLetterSummary } from './kafka-dead-letter-shelf.ts'
export { CollectorMetrics, type Transport } from './metrics.ts'
export { type Accepted, Pipeline, type PipelineOptions } from './pipeline.ts'
export { type Sampler, traceIdSampler } from './sampler.ts'
