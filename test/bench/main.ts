// Benchmarks, run by hand: npm run bench -- NAME [spans]
import { codecs } from './codecs.ts'
import { ingest } from './ingest.ts'
import { kafkaElasticsearch } from './kafka-elasticsearch.ts'
import { query } from './query.ts'
import { search } from './search.ts'
import { propagation } from './propagation.ts'
import { reconstruct } from './reconstruct.ts'
import { ui } from './ui.ts'

const BENCHES: Readonly<Record<string, (spans: number) => void | Promise<void>>> = {
  codecs,
  ingest,
  query,
  search,
  propagation,
  reconstruct,
  'kafka-elasticsearch': kafkaElasticsearch,
  ui,
}
const SPANS: Readonly<Record<string, string>> = {
  codecs: '2000',
  reconstruct: '100000',
  'kafka-elasticsearch': '500000',
  ui: '20000',
}
const [name = '', spans = SPANS[name] ?? '2000000'] = process.argv.slice(2)
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined
if (bench === undefined || !(Number(spans) > 0)) {
  process.stderr.write(
    `npm run bench -- NAME [spans]   with NAME one of ${Object.keys(BENCHES).join(', ')}\n`,
  )
  process.exitCode = 2
} else {
  await bench(Number(spans))
}
