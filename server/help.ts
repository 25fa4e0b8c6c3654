// The texts of `hopscope --help` that teach: examples to copy, and every setting with its variable and default.
import { SETTINGS } from './settings.ts'

export const examples = `
Examples:
  hopscope serve                            everything in one process, at http://127.0.0.1:9411
  hopscope serve --port 0                   the same on any free port
  HOPSCOPE_DATA_DIR=/srv/traces hopscope    keep the spans elsewhere
  COLLECTOR_SAMPLE_RATE=0.1 hopscope        keep one trace in ten
  KAFKA_BOOTSTRAP_SERVERS=kafka:9092 hopscope    read spans from Kafka too
  STORAGE_TYPE=elasticsearch hopscope       share a store with other processes
  hopscope import spans.json                send a file of spans to the server that runs
  hopscope export --format parquet -o all.parquet
                                            take all traces away, for DuckDB, pandas, Spark …
`

/** Of the column with the variables. */
const WIDTH = 2 + Math.max(...Object.values(SETTINGS).map(({ env }) => env.length))

export const settingsTable = `
Settings come from the environment; a flag wins over its variable.
${Object.values(SETTINGS)
  .map(({ env, help, fallback }) => `  ${env.padEnd(WIDTH)}${help}${fallback === '' ? '' : ` (${fallback})`}`)
  .join('\n')}
`
