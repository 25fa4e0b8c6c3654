// Benchmarks, run by hand: npm run bench -- NAME [spans]
import { ingest } from './ingest.ts'
import { kafkaElasticsearch } from './kafka-elasticsearch.ts'
import { query } from './query.ts'

const BENCHES = { ingest, query, 'kafka-elasticsearch': kafkaElasticsearch }
const [name = '', spans = name === 'kafka-elasticsearch' ? '500000' : '2000000'] = process.argv.slice(2)
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name as keyof typeof BENCHES] : undefined
if (bench === undefined || !(Number(spans) > 0)) {
  process.stderr.write(
    `npm run bench -- NAME [spans]   with NAME one of ${Object.keys(BENCHES).join(', ')}\n`,
  )
  process.exitCode = 2
} else {
  await bench(Number(spans))
}
