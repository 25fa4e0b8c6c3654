// Who calls whom: Zipkin's links, and the edges of the graph with their durations.
import {
  type DependencyLink,
  DependencyLinker,
  EdgeLinker,
  type EdgeQuery,
  type EdgeSeries,
} from '@hopscope/model'
import type { TimeWindow } from '../contract.ts'
import type { Cluster } from './connection.ts'
import type { Days } from './days.ts'
import { tracesAround } from './topology.ts'

export async function readDependencies(
  window: TimeWindow,
  cluster: Cluster,
  days: Days,
): Promise<DependencyLink[]> {
  const linker = new DependencyLinker()
  for await (const spans of tracesAround(window, cluster, days)) linker.addTrace(spans)
  return linker.links()
}

export async function readEdges(query: EdgeQuery, cluster: Cluster, days: Days): Promise<EdgeSeries[]> {
  const linker = new EdgeLinker(query)
  for await (const spans of tracesAround(query, cluster, days)) linker.addTrace(spans)
  return linker.edges()
}
