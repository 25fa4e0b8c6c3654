// What every intake of this process works with: one pipeline into the store, and the figures it counts.
import { Registry } from 'prom-client'
import { CollectorMetrics, Pipeline, traceIdSampler } from '@hopscope/collector'
import type { Store } from '@hopscope/storage'
import type { Config } from './config.ts'

export interface Collector {
  readonly registry: Registry
  readonly metrics: CollectorMetrics
  readonly pipeline: Pipeline
}

export function createCollector(config: Config, { writer }: Store): Collector {
  const registry = new Registry()
  const metrics = new CollectorMetrics(registry, readsKafka(config) ? ['http', 'kafka'] : ['http'])
  const pipeline = new Pipeline({ writer, sampler: traceIdSampler(config.sampleRate), metrics })
  return { registry, metrics, pipeline }
}

export function readsKafka({ role, kafkaServers }: Config): boolean {
  return role !== 'query' && kafkaServers.length > 0
}
