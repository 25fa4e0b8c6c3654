// The storage contract and the stores that keep it.
export type { Health, NameKind, NameScope, SpanReader, SpanWriter, Store, TimeWindow } from './contract.ts'
export { type DuckDbOptions, openDuckDbStore } from './duckdb/store.ts'
