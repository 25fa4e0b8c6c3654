// The tables that analyses are as CSV: one row for each thing measured.
import type { AddedTime, TimePart } from '@hopscope/model'
import type { GroupsAnswer } from './compare.ts'
import type { Cell, Table } from './csv.ts'
import type { GraphAnswer } from './graph.ts'
import { DEFAULT_QUANTILES, type MetricsAnswer, quantileName } from './metrics.ts'
import type { ProfileAnswer } from './profile.ts'

/** A row of kind `service` is of all calls to a service. */
export function graphTable({ services, edges }: GraphAnswer): Table {
  const measured = ['calls', 'errors', 'errorRatio', 'rate', ...DEFAULT_QUANTILES.map(quantileName), 'slowest', 'failed'] as const // prettier-ignore
  const rows: Cell[][] = [
    ...services.map((service) => [
      null, service.name, 'service', ...measured.map((column) => service[column]),
    ]), // prettier-ignore
    ...edges.map((edge) => [edge.from, edge.to, edge.kind, ...measured.map((column) => edge[column])]),
  ]
  return { name: 'graph', columns: ['from', 'to', 'kind', ...measured], rows }
}

/** `at` in microseconds, and the same as a time that spreadsheets read. */
export function metricsTable({ by, series }: MetricsAnswer, quantiles: readonly number[]): Table {
  const measured = ['count', 'rate', 'errors', 'errorRatio', ...quantiles.map(quantileName), 'slowest', 'failed'] as const // prettier-ignore
  function* rows(): Generator<Cell[]> {
    for (const { labels, points } of series) {
      const named = by.map((name) => labels[name])
      for (const point of points)
        yield [...named, point.at, timeText(point.at), ...measured.map((column) => point[column])]
    }
  }
  return { name: 'metrics', columns: [...by, 'at', 'time', ...measured], rows: rows() }
}

/** @returns an empty cell for a time beyond what dates can say */
function timeText(micros: number): string | null {
  const date = new Date(micros / 1000)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

export function groupsTable({ attributes }: GroupsAnswer): Table {
  const columns = [
    'value', 'countA', 'shareA', 'countB', 'shareB', 'difference', 'score', 'exampleA', 'exampleB',
  ] as const // prettier-ignore
  const rows = attributes.flatMap(({ attribute, values }) =>
    values.map((value) => [attribute, ...columns.map((column) => value[column])]),
  )
  return { name: 'compare', columns: ['attribute', ...columns], rows }
}

/** What the critical paths are made of, part by part, and what each adds to the slow calls. */
export function profileTable({ services, network, hops, own, slowness }: ProfileAnswer): Table {
  const columns = ['part', 'service', 'from', 'to', 'operation', 'kind', 'time', 'share', 'calls', 'p50', 'p95', 'slow', 'usual', 'added', 'exemplars'] // prettier-ignore
  const times = ({ time, share, calls, p50, p95 }: TimePart) => [time, share, calls, p50, p95]
  const more = (added: AddedTime | undefined): Cell[] =>
    added === undefined
      ? [null, null, null, null]
      : [added.slow, added.usual, added.added, added.exemplars.join(' ')]
  const addedTo = new Map<string, AddedTime>()
  for (const part of slowness?.services ?? []) addedTo.set(serviceKey(part), part)
  for (const part of slowness?.hops ?? []) addedTo.set(hopKey(part), part)
  const rows: Cell[][] = [
    ...services.map((part) => [
      'service', part.service, null, null, null, null, ...times(part), ...more(addedTo.get(serviceKey(part))),
    ]), // prettier-ignore
    ['network', null, null, null, null, null, ...times(network), ...more(slowness?.network)],
    ...hops.map((part) => [
      'hop', null, part.from, part.to, part.operation, part.kind, ...times(part), ...more(addedTo.get(hopKey(part))),
    ]), // prettier-ignore
    ['own', null, null, null, null, null, ...times(own), ...more(slowness?.own)],
  ]
  return { name: 'profile', columns, rows }
}

function serviceKey({ service, reported }: { readonly service: string; readonly reported: boolean }): string {
  return JSON.stringify([service, reported])
}

function hopKey({ from, to, operation, kind }: ProfileAnswer['hops'][number] | HopAdded): string {
  return JSON.stringify([from, to, operation, kind])
}

type HopAdded = NonNullable<ProfileAnswer['slowness']>['hops'][number]
