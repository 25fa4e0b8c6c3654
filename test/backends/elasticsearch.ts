// A real Elasticsearch: one node on loopback, with its core modules only.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Distribution, fetched } from './distribution.ts'
import { findJava } from './java.ts'
import { type Backend, freePort, inTemporaryFolder, launch, onPort, ownFolder } from './server.ts'

export const ELASTICSEARCH: Distribution = { name: 'elasticsearch-9.5.3', recipe: 'elasticsearch', java: 21 }

export interface ElasticsearchBackend extends Backend {
  /** Such as `http://127.0.0.1:9200`. */
  readonly url: string
}

export interface ElasticsearchOptions {
  /** As the JVM has it: `512m`. */
  readonly heap?: string
  /** `quick` (the default) starts soon; `server` is as it runs in earnest, for benchmarks. */
  readonly jvm?: 'quick' | 'server'
  readonly dataDir?: string
  readonly port?: number
  /** Lines of elasticsearch.yml, over ours. */
  readonly settings?: Readonly<Record<string, string>>
}

export function startElasticsearch(options: ElasticsearchOptions = {}): Promise<ElasticsearchBackend> {
  const startIn = (dataDir: string) => onPort(options.port, (port) => launchOn(port, { ...options, dataDir }))
  return options.dataDir === undefined
    ? inTemporaryFolder('elasticsearch', startIn)
    : startIn(options.dataDir)
}

async function launchOn(
  http: number,
  {
    heap = '512m',
    jvm = 'quick',
    dataDir,
    settings = {},
  }: ElasticsearchOptions & { readonly dataDir: string },
): Promise<ElasticsearchBackend> {
  const distribution = await fetched(ELASTICSEARCH)
  const home = join(distribution, readdirSync(distribution).find((name) => name.startsWith('elastic')) ?? '')
  const url = `http://127.0.0.1:${http}`
  const folder = ownFolder(dataDir)
  const inside = (name: string) => ownFolder(join(folder, name))
  const config = inside('config')
  const stock = (name: string) => readFileSync(join(home, 'config', name), 'utf8')
  const lines = {
    'discovery.type': 'single-node',
    'network.host': '127.0.0.1',
    'http.port': String(http),
    'transport.port': String(await freePort()),
    'path.data': inside('data'),
    'path.logs': inside('logs'),
    'cluster.routing.allocation.disk.threshold_enabled': 'false',
    'xpack.security.enabled': 'false',
    ...settings,
  }
  const write = (name: string, text: string) => writeFileSync(join(config, name), text)
  write('elasticsearch.yml', Object.entries(lines).map(([name, value]) => `${name}: ${value}\n`).join('')) // prettier-ignore
  write('jvm.options', jvmOptions(stock('jvm.options'), heap, jvm))
  write('log4j2.properties', stock('log4j2.properties'))

  const backend = await launch({
    name: 'Elasticsearch',
    port: http,
    dataDir: folder,
    command: ['bash', join(home, 'bin/elasticsearch')],
    env: {
      ES_JAVA_HOME: findJava(ELASTICSEARCH.java) ?? '',
      ES_PATH_CONF: config,
      ES_TMPDIR: inside('tmp'),
    },
    ready: async () => {
      try {
        return (await fetch(`${url}/_cluster/health?wait_for_status=yellow&timeout=1s`)).ok
      } catch {
        return false
      }
    },
  })
  return Object.assign(backend, { url })
}

/** Its own, but for those of a module that small Javas lack, and of logs beside the program; and of big machines, if quick. */
function jvmOptions(stock: string, heap: string, jvm: 'quick' | 'server'): string {
  const kept = stock.split('\n').filter((line) => !/incubator|Xlog:|ErrorFile=/.test(line))
  const size = [`-Xms${heap}`, `-Xmx${heap}`]
  if (jvm === 'server') return [...kept, ...size, ''].join('\n')
  const quick = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-AlwaysPreTouch']
  return [...kept.filter((line) => !line.includes('UseG1GC')), ...size, ...quick, ''].join('\n')
}
