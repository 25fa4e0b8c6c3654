// Brings the stage up: Hopscope, unless one is running already, and the services, each knowing who it calls.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { backendsFor } from './backends.ts'
import { Processes } from './processes.ts'
import { launcherSettings, roleEnvironment, serverEnvironment, settingsFor } from './settings.ts'

// The called before the callers: each is told the addresses of those before it.
const SERVICES = ['bank', 'payment', 'inventory', 'checkout', 'web']
const DISTRIBUTED_SERVICES = ['bank', 'payment', 'inventory', 'shipping', 'checkout', 'web']
const SERVER = '../../server/bin/hopscope.js'
const HEALTH_WITHIN_MS = 60_000

export interface Stage {
  hopscope: string
  web: string
}

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Whether something at this URL says it is well; `undefined` where nothing listens. */
const isHealthy = async (url: string): Promise<boolean | undefined> => {
  let response: Response
  try {
    response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) })
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    return code === 'ECONNREFUSED' ? undefined : false
  }
  await response.arrayBuffer()
  return response.ok
}

export class Launch {
  readonly #processes: Processes
  readonly #say: (line: string) => void
  #ownData: string | undefined
  #ownsHopscope = false
  #over = false

  constructor(say: (line: string) => void, died: (what: string) => void) {
    this.#say = say
    this.#processes = new Processes(died)
  }

  /** Whether Hopscope was started here, and ends with the demo. */
  get ownsHopscope(): boolean {
    return this.#ownsHopscope
  }

  /** `distributed`: over Kafka into Elasticsearch, Hopscope in two processes, and a service more. */
  async up(distributed: boolean): Promise<Stage> {
    const { port } = launcherSettings()
    const hopscope = `http://127.0.0.1:${port}`
    const running = await this.#isRunning(hopscope, port)
    let kafka: string | undefined
    if (distributed) kafka = running ? this.#kafkaOfRunning() : await this.#startDistributed(hopscope, port)
    else if (!running) await this.#startHopscope(hopscope, port)
    const urls = new Map<string, string>()
    for (const name of distributed ? DISTRIBUTED_SERVICES : SERVICES) {
      const script = pathOf(`./services/${name}.js`)
      const settings = settingsFor(hopscope, urls, kafka)
      const servicePort = await this.#processes.startService(name, script, settings)
      urls.set(name, `http://127.0.0.1:${servicePort}`)
    }
    const count = distributed ? 'Six' : 'Five'
    this.#say(`${count} services are running: ${[...urls].map(([name, url]) => `${name} ${url}`).join(', ')}`)
    return { hopscope, web: urls.get('web') ?? '' }
  }

  /** Ends every child, Hopscope last, and removes the data this launch made. */
  async down(): Promise<void> {
    this.#over = true
    await this.#processes.endAll()
    if (this.#ownData) await rm(this.#ownData, { recursive: true, force: true })
  }

  async #isRunning(url: string, port: number): Promise<boolean> {
    const healthy = await isHealthy(url)
    if (healthy === false) {
      throw new Error(
        `Something that is not a healthy Hopscope listens on port ${port}; set QUERY_PORT to another.`,
      )
    }
    if (healthy) this.#say(`Using the Hopscope that is running at ${url}`)
    return healthy ?? false
  }

  #kafkaOfRunning(): string {
    const { kafka } = launcherSettings()
    if (kafka) return kafka
    throw new Error(
      'KAFKA_BOOTSTRAP_SERVERS must be set to the Kafka that the running Hopscope collects from, or QUERY_PORT to ' +
        'another port, for the demo to start its own.',
    )
  }

  async #startHopscope(url: string, port: number): Promise<void> {
    let { dataDir } = launcherSettings()
    if (!dataDir) {
      dataDir = await mkdtemp(join(tmpdir(), 'hopscope-demo-'))
      this.#ownData = dataDir
    }
    this.#say(`Starting Hopscope at ${url}`)
    await this.#startServer('hopscope', url, serverEnvironment(port, dataDir))
  }

  /** The collector reads Kafka and writes Elasticsearch, the query server reads that: they share nothing else. */
  async #startDistributed(url: string, port: number): Promise<string> {
    const backends = await backendsFor(this.#processes, this.#say)
    const collectorPort = await freePort()
    const collector = `http://127.0.0.1:${collectorPort}`
    this.#say(`Starting Hopscope in two processes: a collector at ${collector}, a query server at ${url}`)
    await this.#startServer('collector', collector, roleEnvironment('collector', collectorPort, backends))
    await this.#startServer('query', url, roleEnvironment('query', port, backends))
    return backends.KAFKA_BOOTSTRAP_SERVERS
  }

  /** Starts the `hopscope` command, and waits until it says that it is well. */
  async #startServer(name: string, url: string, environment: NodeJS.ProcessEnv): Promise<void> {
    if (this.#over) throw new Error(`Stopped before ${name} was started.`)
    this.#ownsHopscope = true
    this.#processes.start(name, pathOf(SERVER), ['serve'], environment)
    const end = Date.now() + HEALTH_WITHIN_MS
    while (!(await isHealthy(url))) {
      if (this.#over) throw new Error(`Stopped before ${name} was up.`)
      if (Date.now() > end) throw new Error(`${name} was not healthy within ${HEALTH_WITHIN_MS / 1000} s.`)
      await pause(100)
    }
  }
}
