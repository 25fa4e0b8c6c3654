// Filters that dim: rows that don't match stay where they are, paler. In the URL as `dim=`, tokens joined by dots.
import { ROW_FLAGS, type TraceTable } from '@hopscope/model'
import { durationParam } from '../../design/format.ts'

export interface TraceFilter {
  readonly errorsOnly: boolean
  readonly criticalOnly: boolean
  /** As typed, `250ms`; '' for none. */
  readonly minDuration: string
  /** Names; none means all of them. */
  readonly services: readonly string[]
}

export const NO_FILTER: TraceFilter = {
  errorsOnly: false,
  criticalOnly: false,
  minDuration: '',
  services: [],
}

/** The latest chosen: an address has to fit into a chat message. */
const MOST_SERVICES = 20
const written = (text: string) => encodeURIComponent(text).replaceAll('.', '%2E')

function read(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // A stray % is part of a name.
  }
}

export function parseFilter(text: string): TraceFilter {
  const tokens = text.split('.')
  return {
    errorsOnly: tokens.includes('errors'),
    criticalOnly: tokens.includes('critical'),
    minDuration: read(tokens.find((token) => token.startsWith('t:'))?.slice(2) ?? ''),
    services: tokens
      .filter((token) => token.startsWith('s:'))
      .slice(-MOST_SERVICES)
      .map((token) => read(token.slice(2))),
  }
}

/** undefined when nothing is dimmed. */
export function printFilter({ errorsOnly, criticalOnly, minDuration, services }: TraceFilter) {
  const tokens = [
    ...(errorsOnly ? ['errors'] : []),
    ...(criticalOnly ? ['critical'] : []),
    ...(minDuration ? [`t:${written(minDuration)}`] : []),
    ...services.slice(-MOST_SERVICES).map((name) => `s:${written(name)}`),
  ]
  return tokens.join('.') || undefined
}

/** What is no duration filters nothing; the field says so. */
const isFiltering = (filter: TraceFilter) =>
  printFilter({ ...filter, minDuration: durationParam(filter.minDuration) ?? '' }) !== undefined

/** One byte a row, 1 where it is dimmed; undefined when none is. */
export function dimmedRows(table: TraceTable, filter: TraceFilter): Uint8Array | undefined {
  if (!isFiltering(filter)) return undefined
  const { flags, duration, criticalTime, service } = table.columns.rows
  const least = microsOf(filter.minDuration)
  const wanted = Uint8Array.from(table.columns.services, ({ name }) =>
    filter.services.includes(name) ? 1 : 0,
  )
  const dimmed = new Uint8Array(table.size)
  for (let row = 0; row < dimmed.length; row++) {
    const bright =
      (!filter.errorsOnly || ((flags[row] as number) & ROW_FLAGS.error) !== 0) &&
      (!filter.criticalOnly || (criticalTime[row] as number) > 0) &&
      (duration[row] as number) >= least &&
      (filter.services.length === 0 || wanted[service[row] as number] === 1)
    if (!bright) dimmed[row] = 1
  }
  return dimmed
}

/** 0 for what is no duration. */
function microsOf(text: string): number {
  const param = durationParam(text) ?? ''
  return parseInt(param, 10) * (param.endsWith('ms') ? 1000 : 1) || 0
}
