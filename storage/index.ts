// The storage contract and the stores that keep it.
export { LONGEST_NAME } from './contract.ts'
export type {
  Health,
  LogPosition,
  NameKind,
  NameScope,
  SpanReader,
  SpanWriter,
  Store,
  TimeWindow,
} from './contract.ts'
export { type ParquetSpan, readParquet, writeParquet } from './duckdb/parquet.ts'
export { type DuckDbOptions, openDuckDbStore } from './duckdb/store.ts'
export { type ElasticsearchOptions, openElasticsearchStore } from './elasticsearch/store.ts'
