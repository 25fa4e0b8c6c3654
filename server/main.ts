// The hopscope command.
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { pino } from 'pino'
import { HopscopeError } from '@hopscope/proto'
import { ConfigError, readConfig, ROLES, type Config } from './config.ts'
import { examples, settingsTable } from './help.ts'
import { type Running, serve } from './serve.ts'

const packageFile = new URL('../package.json', import.meta.url)
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }

const program = new Command('hopscope')
  .description(
    'Collects distributed traces and shows them: who called whom, how long each hop took, and what failed.',
  )
  .version(version)
  .showHelpAfterError('(hopscope --help shows how)')
  .addHelpText('after', examples)

program
  .command('serve', { isDefault: true })
  .description('Run the collector, the query API and the viewer in this process')
  .option('--role <role>', `what this process does: ${ROLES.join(', ')}`)
  .option('--host <address>', 'address to listen on')
  .option('--port <port>', 'port to listen on')
  .option('--data-dir <folder>', 'folder of the embedded store')
  .addHelpText('after', settingsTable)
  .action(run)

async function run(flags: { role?: string; host?: string; port?: string; dataDir?: string }): Promise<void> {
  const config = readConfig(flags)
  const log = pino({ level: config.logLevel }, pino.destination(2))
  const running = await serve(config, log, version)
  const stop = (signal: NodeJS.Signals) => {
    process.stdout.write(`\n${signal}: finishing what is under way …\n`)
    running.close().then(
      () => process.stdout.write('Stopped; every accepted span is on disk.\n'),
      (error: unknown) => fail(error),
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  process.stdout.write(greeting(running, config))
}

function greeting({ url }: Running, { role, dataDir }: Config): string {
  const span = `[{"traceId":"5af7183fb1d4cf5f","id":"352bff9a74ca9ad2","name":"get /hello","kind":"SERVER","timestamp":'$(date +%s)'000000,"duration":1200,"localEndpoint":{"serviceName":"hello"},"tags":{"request_id":"hello-1"}}]`
  const lines = [`Hopscope ${version} is running (role ${role}).`, `  Data    ${dataDir}`]
  lines.splice(1, 0, role === 'collector' ? `  Post to ${url}` : `  Open    ${url}`)
  if (role !== 'query')
    lines.push(
      '',
      'Send it a span:',
      `  curl -H 'Content-Type: application/json' ${url}/api/v2/spans -d '${span}'`,
    )
  if (role === 'all') lines.push(`then open ${url}/requests/hello-1`)
  return `${lines.join('\n')}\n\nCtrl-C stops it.\n`
}

/** Ends the process with what went wrong, in words: a stack says nothing to an operator. */
function fail(error: unknown): void {
  if (error instanceof ConfigError)
    process.stderr.write(
      `The configuration has mistakes:\n${error.message.replace(/^/gm, '  ')}\nhopscope serve --help lists every setting.\n`,
    )
  else if (error instanceof HopscopeError) process.stderr.write(`${error.detail}\n`)
  else
    process.stderr.write(
      `${error instanceof Error ? (error.cause === undefined ? (error.stack ?? error.message) : error.message) : String(error)}\n`,
    )
  process.exitCode = 1
}

program.parseAsync().catch(fail)
