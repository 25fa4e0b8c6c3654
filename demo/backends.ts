// Where Kafka and Elasticsearch are, in distributed mode: as the environment says, or started by the project's recipe.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Processes } from './processes.ts'
import { type Backends, launcherSettings } from './settings.ts'

const RECIPE = '../../test/dist/backends/main.js'
// The first time the recipe downloads them.
const STARTED_WITHIN_MS = 15 * 60_000
// Two servers on the JVM, which take their time to end.
const ENDED_WITHIN_MS = 60_000
// Free ports: on the usual ones there may be others.
const ARGS = ['--kafka-port', '0', '--es-port', '0']
const NAMES = ['KAFKA_BOOTSTRAP_SERVERS', 'ES_HOSTS'] as const

const NEEDED = `The distributed demo needs Kafka and Elasticsearch, by any one of these:
  - KAFKA_BOOTSTRAP_SERVERS and ES_HOSTS set to those you have;
  - \`docker compose up\`, and the two variables set to what it publishes;
  - a JDK 21 or later and Maven: with them the demo starts both by itself (\`npm run backends\`).`

/** @throws Error that says what is needed, where they can't be had. */
export const backendsFor = async (
  processes: Processes,
  say: (line: string) => void,
  recipe = fileURLToPath(new URL(RECIPE, import.meta.url)),
): Promise<Backends> => {
  const { kafka, elasticsearch } = launcherSettings()
  if (kafka && elasticsearch) {
    say(`Using Kafka at ${kafka} and Elasticsearch at ${elasticsearch}`)
    return { KAFKA_BOOTSTRAP_SERVERS: kafka, ES_HOSTS: elasticsearch }
  }
  if (!existsSync(recipe)) throw new Error(NEEDED)
  say('Starting Kafka and Elasticsearch; the first time they are downloaded, which takes minutes')
  let printed: Record<(typeof NAMES)[number], string>
  try {
    printed = await processes.startPrinting(
      'backends',
      recipe,
      ARGS,
      NAMES,
      STARTED_WITHIN_MS,
      ENDED_WITHIN_MS,
    )
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${NEEDED}`, { cause: error })
  }
  say(`Kafka is at ${printed.KAFKA_BOOTSTRAP_SERVERS}, Elasticsearch at ${printed.ES_HOSTS}`)
  return printed
}
