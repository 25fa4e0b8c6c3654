// The hopscope command.
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { pino } from 'pino'
import { DeadLetterError } from '@hopscope/collector'
import { HopscopeError } from '@hopscope/proto'
import { type Config, ConfigError, readConfig } from './config.ts'
import { readsKafka } from './collector.ts'
import { greeting } from './greeting.ts'
import { addDeadLetters } from './dead-letters.ts'
import { addExport } from './export.ts'
import { examples, settingsTable } from './help.ts'
import { addImport } from './import.ts'
import { serve } from './serve.ts'
import { ROLES } from './settings.ts'
import { TransferError } from './transfer.ts'

const packageFile = new URL('../package.json', import.meta.url)
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }

const program = new Command('hopscope')
  .description(
    'Collects distributed traces and shows them: who called whom, how long each hop took, and what failed.',
  )
  .version(version)
  .showHelpAfterError('(hopscope --help shows how)')
  .addHelpText('after', examples)

// Who reads our output may be gone before us, which is no reason to drop what is under way.
process.stdout.on('error', () => undefined)

program
  .command('serve', { isDefault: true })
  .description('Run the collector, the query API and the viewer in this process')
  .option('--role <role>', `what this process does: ${ROLES.join(', ')}`)
  .option('--host <address>', 'address to listen on')
  .option('--port <port>', 'port to listen on')
  .option('--data-dir <folder>', 'folder of the embedded store')
  .addHelpText('after', settingsTable)
  .action(run)

addDeadLetters(program, {
  readSettings: () => readConfig({}),
  write: (text) => process.stdout.write(text),
})
addImport(program, process.stderr)
addExport(program, process.stderr)

async function run(flags: { role?: string; host?: string; port?: string; dataDir?: string }): Promise<void> {
  const config = readConfig(flags)
  const log = pino({ level: config.logLevel }, pino.destination(2))
  const running = await serve(config, log, version)
  if (sendsPasswordsInTheOpen(config))
    log.warn(
      {},
      'HOPSCOPE_KAFKA_SASL_MECHANISM=plain without HOPSCOPE_KAFKA_TLS: the password is sent as it is.',
    )
  const stop = (signal: NodeJS.Signals) => {
    process.stdout.write(`\n${signal}: finishing what is under way …\n`)
    running
      .close()
      .then(
        () => void process.stdout.write('Stopped; every accepted span is stored.\n'),
        (error: unknown) => fail(error),
      )
      // A broker that went silent would hold the process for as long as its answers are waited for.
      .finally(() => setTimeout(() => process.exit(), LINGER_MS).unref())
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  process.stdout.write(greeting(running.url, version, config))
}

function sendsPasswordsInTheOpen(config: Config): boolean {
  const { kafkaSaslMechanism, kafkaTls, kafkaCaFile } = config
  return readsKafka(config) && kafkaSaslMechanism === 'plain' && !kafkaTls && kafkaCaFile === ''
}

/** For what is written to get out. */
const LINGER_MS = 1_000

/** Ends the process with what went wrong, in words: a stack says nothing to an operator. */
function fail(error: unknown): void {
  if (error instanceof ConfigError)
    process.stderr.write(
      `The configuration has mistakes:\n${error.message.replace(/^/gm, '  ')}\nhopscope serve --help lists every setting.\n`,
    )
  else if (error instanceof HopscopeError) process.stderr.write(`${error.detail}\n`)
  else if (error instanceof DeadLetterError || error instanceof TransferError)
    process.stderr.write(`${error.message}\n`)
  else
    process.stderr.write(
      `${error instanceof Error ? (error.cause === undefined ? (error.stack ?? error.message) : error.message) : String(error)}\n`,
    )
  process.exitCode = 1
}

program.parseAsync().catch(fail)
