// All that the page of a service asks for, each part by itself: one that is slow or fails holds up no other.
import type { TraceList } from '../api/api.ts'
import { Loader } from '../api/loader.svelte.ts'
import { api } from '../api/names.svelte.ts'
import type { Window } from '../routing/services-url.ts'
import type { ServiceGraph } from '../api/graph-answer.ts'
import type { OperationProfile, SpanMetrics } from './answers.ts'
import { graphPath, profilePath, stepsPath, type Subject, totalsPath, tracesParams } from './questions.ts'

export interface Counts {
  readonly totals: SpanMetrics
  readonly steps: SpanMetrics
}

export class ServiceData {
  /** Of what is looked at: the service, or one of its operations. */
  readonly counts = new Loader<Counts>()
  /** By operation, of the whole service. */
  readonly operations = new Loader<Counts>()
  readonly graph = new Loader<ServiceGraph>()
  readonly slowest = new Loader<TraceList>()
  readonly failed = new Loader<TraceList>()
  readonly profile = new Loader<OperationProfile>()

  askSubject(subject: Subject, window: Window): void {
    this.askCounts(subject, window)
    this.askSlowest(subject, window)
    this.askFailed(subject, window)
    this.askProfile(subject, window)
  }

  askService({ service }: Subject, window: Window): void {
    this.askOperations({ service }, window)
    this.askGraph({ service }, window)
  }

  askCounts(of: Subject, window: Window): void {
    void this.counts.load((signal) => countsOf({ of }, window, signal))
  }

  askOperations(of: Subject, window: Window): void {
    void this.operations.load((signal) => countsOf({ by: 'operation', of }, window, signal))
  }

  askGraph({ service }: Subject, window: Window): void {
    void this.graph.load((signal) => api.get<ServiceGraph>(graphPath(service, window), signal))
  }

  askSlowest(of: Subject, window: Window): void {
    void this.slowest.load((signal) => api.traces(tracesParams(of, window, 'slowest'), signal))
  }

  askFailed(of: Subject, window: Window): void {
    void this.failed.load((signal) => api.traces(tracesParams(of, window, 'failed'), signal))
  }

  askProfile(of: Subject, window: Window): void {
    void this.profile.load((signal) => api.get<OperationProfile>(profilePath(of, window), signal))
  }

  /** Whether any part is awaited. */
  get busy(): boolean {
    return this.#loaders.some((loader) => loader.busy)
  }

  cancel(): void {
    for (const loader of this.#loaders) loader.cancel()
  }

  get #loaders() {
    const { counts, operations, graph, slowest, failed, profile } = this
    return [counts, operations, graph, slowest, failed, profile]
  }
}

/** The window with the time before it, and step by step. */
export async function countsOf(
  what: Parameters<typeof stepsPath>[1],
  window: Window,
  signal: AbortSignal,
): Promise<Counts> {
  const [totals, steps] = await Promise.all([
    api.get<SpanMetrics>(totalsPath(window, what), signal),
    api.get<SpanMetrics>(stepsPath(window, what), signal),
  ])
  return { totals, steps }
}
