// The demo's settings: all it reads from its environment, and how the launcher tells a service where the others are.
const read = (name: string): string | undefined => process.env[name] || undefined

/** A service's own settings, as `settingsFor` gave them. */
export const serviceSettings = () => ({
  collectorUrl: read('DEMO_COLLECTOR_URL') ?? 'http://127.0.0.1:9411',
  urlOf: (service: string): string => {
    const url = read(`DEMO_${service.toUpperCase()}_URL`)
    if (!url) throw new Error(`DEMO_${service.toUpperCase()}_URL is not set: where is ${service}?`)
    return url
  },
})

/** The environment of a service that calls the others at these URLs. */
export const settingsFor = (collectorUrl: string, urls: ReadonlyMap<string, string>): NodeJS.ProcessEnv => ({
  ...process.env,
  DEMO_COLLECTOR_URL: collectorUrl,
  ...Object.fromEntries([...urls].map(([service, url]) => [`DEMO_${service.toUpperCase()}_URL`, url])),
})

export const launcherSettings = () => ({
  port: Number(read('QUERY_PORT') ?? 9411),
  dataDir: read('HOPSCOPE_DATA_DIR'),
})

export const serverEnvironment = (port: number, dataDir: string): NodeJS.ProcessEnv => ({
  ...process.env,
  QUERY_PORT: String(port),
  HOPSCOPE_DATA_DIR: dataDir,
})
