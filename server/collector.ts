// What every intake of this process works with: one pipeline into the store, and the figures it counts.
import { Registry } from 'prom-client'
import { CollectorMetrics, Pipeline, SpanMetrics, traceIdSampler } from '@hopscope/collector'
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
  const spanMetrics = spanMetricsOf(config)
  for (const metric of spanMetrics?.metrics() ?? []) metrics.register(metric)
  const sampler = traceIdSampler(config.sampleRate)
  const pipeline = new Pipeline({ writer, sampler, metrics, spanMetrics })
  return { registry, metrics, pipeline }
}

function spanMetricsOf({ role, spanMetricsSeries: series }: Config): SpanMetrics | undefined {
  return role === 'query' || series === 0 ? undefined : new SpanMetrics({ series })
}

export function readsKafka({ role, kafkaServers }: Config): boolean {
  return role !== 'query' && kafkaServers.length > 0
}
