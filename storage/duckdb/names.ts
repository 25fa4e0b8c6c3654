// Names for type-ahead and Zipkin's name routes, straight from the columns.
import type { DuckDBConnection } from '@duckdb/node-api'
import { compareText } from '@hopscope/model'
import { LONGEST_NAME, type NameKind, type NameScope } from '../contract.ts'
import { Parameters, pointerTo, sqlFromFilter } from './filter-sql.ts'

const CODES = { service: 'service', operation: 'name', remoteService: 'remote_service' } as const

export async function readNames(
  kind: NameKind,
  { service, tagKey }: NameScope,
  connection: DuckDBConnection,
): Promise<string[]> {
  if (tagKey !== undefined && tagKey.length > LONGEST_NAME) return []
  const parameters = new Parameters()
  const matching = sqlFromFilter(
    service === undefined ? [] : [{ field: { on: 'service' }, is: '=', value: service }],
    parameters,
  )
  const reader = await connection.runAndReadAll(
    namesSql(kind, tagKey ?? '', matching, parameters),
    parameters.values,
  )
  return reader
    .getRows()
    .map(([name]) => String(name))
    .filter((name) => name !== '' && name.length <= LONGEST_NAME)
    .sort(compareText)
}

function namesSql(kind: NameKind, tagKey: string, matching: string, parameters: Parameters): string {
  switch (kind) {
    case 'service':
    case 'operation':
    case 'remoteService':
      return `SELECT text FROM texts WHERE code IN (SELECT DISTINCT ${CODES[kind]} FROM spans WHERE ${matching})`
    case 'tagKey':
      return `SELECT DISTINCT unnest(json_keys(tags)) FROM spans WHERE tags <> '' AND ${matching}`
    case 'tagValue': {
      const present = sqlFromFilter([{ field: { on: 'tag', key: tagKey }, is: 'present' }], parameters)
      const pointer = parameters.add(pointerTo(tagKey))
      return `SELECT DISTINCT json_extract_string(tags, ${pointer}) FROM spans WHERE ${matching} AND ${present}`
    }
  }
}
