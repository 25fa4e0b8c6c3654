// `npm run backends`: a Kafka and an Elasticsearch to work with, until Ctrl-C.
import { mkdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startElasticsearch } from './elasticsearch.ts'
import { startKafka } from './kafka.ts'

const USAGE = `npm run backends -- [options]
  --kafka-port PORT   9092 unless said otherwise; 0 for a free one
  --es-port PORT      9200 unless said otherwise; 0 for a free one
  --data-dir FOLDER   keep the data there; without it they go when this ends
`

const { values } = parseArgs({
  options: {
    'kafka-port': { type: 'string', default: '9092' },
    'es-port': { type: 'string', default: '9200' },
    'data-dir': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(USAGE)
else await run()

async function run(): Promise<void> {
  const folder = values['data-dir']
  if (folder !== undefined) mkdirSync(folder, { recursive: true })
  const kept = (name: string) => (folder === undefined ? {} : { dataDir: `${folder}/${name}` })
  process.stdout.write('Starting Kafka and Elasticsearch; the first time they are fetched …\n')
  const [kafka, elasticsearch] = await Promise.all([
    startKafka({ ...on(values['kafka-port']), ...kept('kafka') }),
    startElasticsearch({ ...on(values['es-port']), ...kept('elasticsearch') }),
  ])
  process.stdout.write(
    [
      '',
      `export KAFKA_BOOTSTRAP_SERVERS=${kafka.bootstrap}`,
      `export STORAGE_TYPE=elasticsearch ES_HOSTS=${elasticsearch.url}`,
      '',
      'Ctrl-C ends them.',
      '',
    ].join('\n'),
  )
  const stop = () => {
    const end = folder === undefined ? 'remove' : 'stop'
    Promise.all([kafka[end](), elasticsearch[end]()]).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`)
        process.exit(1)
      },
    )
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

function on(port: string): { port?: number } {
  return Number(port) === 0 ? {} : { port: Number(port) }
}
