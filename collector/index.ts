// The collector: everything that takes spans in.
export { Admission } from './admission.ts'
export { httpIntake, type HttpIntakeOptions } from './http.ts'
export { CollectorMetrics, type Transport } from './metrics.ts'
export { type Accepted, Pipeline, type PipelineOptions } from './pipeline.ts'
export { type Sampler, traceIdSampler } from './sampler.ts'
