// The texts of `hopscope --help` that teach: examples to copy, and every setting with its variable and default.
import { SETTINGS } from './config.ts'

export const examples = `
Examples:
  hopscope serve                            everything in one process, at http://127.0.0.1:9411
  hopscope serve --port 0                   the same on any free port
  HOPSCOPE_DATA_DIR=/srv/traces hopscope    keep the spans elsewhere
  COLLECTOR_SAMPLE_RATE=0.1 hopscope        keep one trace in ten
`

export const settingsTable = `
Settings come from the environment; a flag wins over its variable.
${Object.values(SETTINGS)
  .map(({ env, help, fallback }) => `  ${env.padEnd(32)}${help}${fallback === '' ? '' : ` (${fallback})`}`)
  .join('\n')}
`
