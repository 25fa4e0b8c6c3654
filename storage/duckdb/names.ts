// Names for type-ahead and Zipkin's name routes, straight from the columns.
import type { DuckDBConnection } from '@duckdb/node-api'
import { LONGEST_NAME, type NameKind, type NameScope } from '../contract.ts'
import { fitsSql, Parameters, sqlFromPredicate, tagTextSql } from './predicate-sql.ts'

const CODES = { service: 'service', operation: 'name', remoteService: 'remote_service' } as const

/** Which rows' names: those that begin with `prefix`, and those of rows after `after` and up to `upTo`. */
export interface NamePart {
  readonly prefix: string
  /** Names at most, the first in order; undefined for all. */
  readonly limit: number | undefined
  /** Row ids of spans. */
  readonly after: number
  readonly upTo: number
}

/** Distinct, sorted by code point. */
export async function readNames(
  kind: NameKind,
  { service, tagKey = '' }: NameScope,
  { prefix, limit, after, upTo }: NamePart,
  connection: DuckDBConnection,
): Promise<string[]> {
  const parameters = new Parameters()
  const ofService =
    service === undefined
      ? 'true'
      : sqlFromPredicate({ field: { on: 'service' }, is: '=', value: service }, parameters)
  const rows = `rowid > ${after} AND rowid <= ${upTo} AND ${ofService}`
  const beginning = prefix === '' ? 'true' : `starts_with(name, ${parameters.add(prefix)})`
  // Materialized: else the tests of a name are made for each row, and parse its JSON again for each of them.
  const reader = await connection.runAndReadAll(
    `WITH names(name) AS MATERIALIZED (${namesSql(kind, tagKey, prefix, rows, parameters)})
    SELECT DISTINCT name FROM names
    WHERE name <> '' AND ${beginning} AND ${fitsSql('name', LONGEST_NAME)}
    ORDER BY name ${limit === undefined ? '' : `LIMIT ${limit}`}`,
    parameters.values,
  )
  return reader.getRows().map(([name]) => String(name))
}

function namesSql(
  kind: NameKind,
  tagKey: string,
  prefix: string,
  rows: string,
  parameters: Parameters,
): string {
  switch (kind) {
    case 'service':
    case 'operation':
    case 'remoteService':
      return `SELECT text FROM texts WHERE code IN (SELECT DISTINCT ${CODES[kind]} FROM spans WHERE ${rows})`
    case 'tagKey':
      return `SELECT DISTINCT unnest(json_keys(tags)) FROM spans WHERE tags <> '' AND ${rows}`
    case 'tagValue': {
      // Spares parsing nearly every row; what begins so is decided above.
      const json = `${JSON.stringify(tagKey)}:"${JSON.stringify(prefix).slice(1, -1)}`
      const mayBe = prefix === '' ? 'true' : `contains(tags, ${parameters.add(json)})`
      return `SELECT DISTINCT ${tagTextSql(tagKey, parameters)} FROM spans WHERE ${rows} AND ${mayBe}`
    }
  }
}
