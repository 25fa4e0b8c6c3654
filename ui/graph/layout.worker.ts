// Lays a graph out beside the page: {id, nodes, edges, previous} in, {id, layout} or {id, error} out.
import { layoutGraph, type GraphEdge, type GraphLayout } from './layout.ts'

export interface LayoutRequest {
  readonly id: number
  readonly nodes: readonly string[]
  readonly edges: readonly GraphEdge[]
  readonly previous?: GraphLayout
}

export type LayoutResponse =
  { readonly id: number; readonly layout: GraphLayout } | { readonly id: number; readonly error: string }

onmessage = ({ data: { id, nodes, edges, previous } }: MessageEvent<LayoutRequest>) => {
  postMessage(answer())

  function answer(): LayoutResponse {
    try {
      return { id, layout: layoutGraph(nodes, edges, previous) }
    } catch (error) {
      return { id, error: error instanceof Error ? error.message : String(error) }
    }
  }
}
