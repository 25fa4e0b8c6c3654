// How far Kafka's partitions are stored: kept beside the spans, changed in the same transactions.
import type { DuckDBConnection } from '@duckdb/node-api'
import type { LogPosition } from '../contract.ts'

/** Part of the caller's transaction. Of several positions in one partition the last counts. */
export async function keepPositions(
  positions: readonly LogPosition[],
  connection: DuckDBConnection,
): Promise<void> {
  const last = new Map(positions.map((position) => [`${position.partition}/${position.topic}`, position]))
  for (const { topic, partition, offset } of last.values()) {
    await connection.run('DELETE FROM positions WHERE topic = $1 AND partition = $2', [topic, partition])
    await connection.run('INSERT INTO positions VALUES ($1, $2, $3)', [topic, partition, BigInt(offset)])
  }
}

export async function readPositions(topic: string, connection: DuckDBConnection): Promise<LogPosition[]> {
  const reader = await connection.runAndReadAll(
    'SELECT partition, next FROM positions WHERE topic = $1 ORDER BY partition',
    [topic],
  )
  return reader
    .getRows()
    .map(([partition, next]) => ({ topic, partition: Number(partition), offset: String(next) }))
}
