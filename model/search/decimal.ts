// Numbers in texts, as the values of tags have them.

/** The same in DuckDB (storage/duckdb/predicate-sql.ts). */
const DECIMAL = /^[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?$/

/** A decimal number such as `-1.5e3`; undefined for anything else, also for `0x1F`, `Infinity`, ` 1` and `1_000`. */
export function decimalFrom(text: string | undefined): number | undefined {
  return text !== undefined && DECIMAL.test(text) ? Number(text) : undefined
}
