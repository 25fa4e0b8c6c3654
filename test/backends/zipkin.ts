// The real Zipkin server on loopback, with its spans in memory.
import { join } from 'node:path'
import { type Distribution, fetched } from './distribution.ts'
import { findJava } from './java.ts'
import { type Backend, inTemporaryFolder, launch, onPort } from './server.ts'

export const ZIPKIN: Distribution = { name: 'zipkin-3.6.1', recipe: 'zipkin', java: 17 }

export interface ZipkinBackend extends Backend {
  /** Such as `http://127.0.0.1:9411`. */
  readonly url: string
}

/** @param env Zipkin's settings, such as `STRICT_TRACE_ID` */
export async function startZipkin(env: Readonly<Record<string, string>> = {}): Promise<ZipkinBackend> {
  const jar = join(await fetched(ZIPKIN), 'zipkin.jar')
  const java = join(findJava(ZIPKIN.java) ?? '', 'bin/java')
  return inTemporaryFolder('zipkin', (dataDir) =>
    onPort(undefined, async (port) => {
      const url = `http://127.0.0.1:${port}`
      const backend = await launch({
        name: 'Zipkin',
        port,
        dataDir,
        command: [java, '-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-jar', jar],
        env: { ...env, QUERY_PORT: String(port) },
        ready: async () => {
          try {
            return (await fetch(`${url}/health`)).ok
          } catch {
            return false
          }
        },
      })
      return Object.assign(backend, { url })
    }),
  )
}
