// Brings the stage up: Hopscope, unless one is running already, and the five services, each knowing who it calls.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Processes } from './processes.ts'
import { launcherSettings, serverEnvironment, settingsFor } from './settings.ts'

// The called before the callers: each is told the addresses of those before it.
const SERVICES = ['bank', 'payment', 'inventory', 'checkout', 'web'] as const
const SERVER = '../../server/bin/hopscope.js'
const HEALTH_WITHIN_MS = 60_000

export interface Stage {
  hopscope: string
  web: string
}

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

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

  async up(): Promise<Stage> {
    const { port } = launcherSettings()
    const hopscope = `http://127.0.0.1:${port}`
    await this.#startHopscope(hopscope, port)
    const urls = new Map<string, string>()
    for (const name of SERVICES) {
      const script = pathOf(`./services/${name}.js`)
      const servicePort = await this.#processes.startService(name, script, settingsFor(hopscope, urls))
      urls.set(name, `http://127.0.0.1:${servicePort}`)
    }
    this.#say(`Five services are running: ${[...urls].map(([name, url]) => `${name} ${url}`).join(', ')}`)
    return { hopscope, web: urls.get('web') ?? '' }
  }

  /** Ends every child, Hopscope last, and removes the data this launch made. */
  async down(): Promise<void> {
    this.#over = true
    await this.#processes.endAll()
    if (this.#ownData) await rm(this.#ownData, { recursive: true, force: true })
  }

  async #startHopscope(url: string, port: number): Promise<void> {
    const before = await isHealthy(url)
    if (before) return this.#say(`Using the Hopscope that is running at ${url}`)
    if (before === false) {
      throw new Error(
        `Something that is not a healthy Hopscope listens on port ${port}; set QUERY_PORT to another.`,
      )
    }
    let { dataDir } = launcherSettings()
    if (!dataDir) {
      dataDir = await mkdtemp(join(tmpdir(), 'hopscope-demo-'))
      this.#ownData = dataDir
    }
    this.#say(`Starting Hopscope at ${url}`)
    this.#ownsHopscope = true
    this.#processes.start('hopscope', pathOf(SERVER), ['serve'], serverEnvironment(port, dataDir))
    const end = Date.now() + HEALTH_WITHIN_MS
    while (!(await isHealthy(url))) {
      if (this.#over) throw new Error('Stopped before Hopscope was up.')
      if (Date.now() > end) throw new Error(`Hopscope was not healthy within ${HEALTH_WITHIN_MS / 1000} s.`)
      await pause(100)
    }
  }
}
