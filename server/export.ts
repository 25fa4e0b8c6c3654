// The command `hopscope export`: all traces that match, from a running server into a file.
import { type Command, Option } from 'commander'
import { type ExportFile, type ExportFormat, factsOf, openExport, receivedLines } from './export-file.ts'
import { Progress, type Terminal } from './transfer-progress.ts'
import { causeOf, counted, DEFAULT_URL, detailOf, shown, TransferError, urlOption } from './transfer.ts'

const HELP = `
Traces come newest first. One of which no span has a timestamp can't be found, and so isn't exported.
A file gets its name when it is whole: an export that breaks leaves none.
A time is microseconds since the epoch, or such as 2026-01-31T12:00:00Z.

Examples:
  hopscope export -o all.ndjson                 a span a line, as hopscope import reads it
  hopscope export --format parquet -o all.parquet
                                                columns for DuckDB, pandas, Spark …; nothing is lost in it
  hopscope export --dialect otlp --format json --service shop -o shop.json
  hopscope export --start 2026-01-31T12:00:00Z --tag error | gzip > errors.ndjson.gz
`

interface ExportFlags {
  readonly url: string
  readonly format: ExportFormat
  readonly dialect: 'zipkin' | 'otlp'
  readonly output?: string
  readonly tag?: readonly string[]
  readonly error?: boolean
  readonly start?: string
  readonly end?: string
  readonly [condition: string]: unknown
}

/** Flags that are parameters of the same name. */
const CONDITIONS = [
  'start',
  'end',
  'service',
  'operation',
  'requestId',
  'minDuration',
  'maxDuration',
] as const

export function addExport(program: Command, terminal: Terminal): void {
  program
    .command('export')
    .description('Write all matching traces of a running server to a file')
    .option('--url <url>', 'where the server is', urlOption, DEFAULT_URL)
    .option('--start <time>', 'traces that start at or after this')
    .option('--end <time>', 'traces that start at or before this')
    .option('--service <name>', 'traces with a span of this service')
    .option('--operation <name>', '… that has this name')
    .option('--request-id <id>', '… this request id')
    .option('--tag <key=value>', '… this tag; may be repeated', (each, all: string[]) => [...all, each], [])
    .option('--error', '… and failed')
    .option('--min-duration <time>', '… and took at least this long, such as 250ms')
    .option('--max-duration <time>', '… and took at most this long')
    .addOption(
      new Option('--format <format>', 'lines, one document, or columns')
        .choices(['ndjson', 'json', 'parquet'])
        .default('ndjson'),
    )
    .addOption(
      new Option('--dialect <dialect>', 'of ndjson and json').choices(['zipkin', 'otlp']).default('zipkin'),
    )
    .option('-o, --output <file>', 'the file to write; standard output if absent')
    .addHelpText('after', HELP)
    .action((flags: ExportFlags) => runExport(flags, terminal))
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

async function runExport(flags: ExportFlags, terminal: Terminal): Promise<void> {
  const { url, format, output } = flags
  // Zipkin's and OpenTelemetry's formats each lack something; the columns have all.
  const dialect = format === 'parquet' ? 'hopscope' : flags.dialect
  if (format === 'parquet' && output === undefined)
    throw new TransferError('Parquet needs a file to be written to: name it with --output.')
  const stop = new AbortController()
  let file: ExportFile | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    if (!stop.signal.aborted) return stop.abort(new TransferError('stopped'))
    // Asked twice, it ends as if it were not listening.
    file?.remove()
    removeListeners()
    process.kill(process.pid, signal)
  }
  const removeListeners = () => SIGNALS.forEach((signal) => process.off(signal, onSignal))
  SIGNALS.forEach((signal) => process.on(signal, onSignal))
  const progress = new Progress(terminal)
  const state = {
    spans: 0,
    bytes: 0,
    share: undefined as number | undefined,
    note: undefined as string | undefined,
  }
  try {
    const body = await answerOf(
      `${url}/rest/v1/export?${parametersOf(flags, dialect).toString()}`,
      stop.signal,
    )
    file = await openExport(format, dialect, output, stop.signal)
    try {
      const share = shareSince(flags)
      for await (const lines of receivedLines(body)) {
        const { spans, bytes, time } = factsOf(lines, dialect)
        state.spans += spans
        state.bytes += bytes
        if (time !== undefined) {
          state.share = share(time)
          state.note = `back to ${new Date(time / 1000).toISOString().slice(0, 19)}Z`
        }
        await file.write(lines)
        progress.show(state)
      }
      if (format === 'parquet') progress.show({ ...state, note: 'sorting' })
      await file.finish()
    } catch (error) {
      await file.abort()
      throw new TransferError(`The export broke off after ${counted(state.spans, 'span')}: ${shown(causeOf(error))}; ${file.left}.`, { cause: error }) // prettier-ignore
    }
    progress.say(`${counted(state.spans, 'span')} exported: ${progress.rate(state)}.`)
  } finally {
    removeListeners()
  }
}

function parametersOf(flags: ExportFlags, dialect: string): URLSearchParams {
  const parameters = new URLSearchParams({ format: dialect })
  for (const name of CONDITIONS) {
    const value = flags[name]
    if (typeof value === 'string') parameters.set(name, value)
  }
  for (const tag of flags.tag ?? []) parameters.append('tag', tag)
  if (flags.error === true) parameters.set('error', 'true')
  return parameters
}

async function answerOf(url: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const { origin } = new URL(url)
  let response: Response
  try {
    response = await fetch(url, { signal })
  } catch (error) {
    if (error instanceof TransferError) throw error
    throw new TransferError(
      `Hopscope at ${origin} can't be reached: ${causeOf(error)}. --url says where it is.`,
    )
  }
  const type = response.headers.get('content-type') ?? ''
  if (response.ok && type.startsWith('application/x-ndjson') && response.body !== null) return response.body
  const detail = shown(detailOf(await response.text()))
  throw new TransferError(
    response.ok || response.status === 404
      ? `There is no export at ${origin}: is it Hopscope, and does it answer questions (its role)?`
      : `The server refused the export (${response.status}): ${detail}`,
  )
}

/** Newest first, an export goes back in time: how much of the way it has gone, if it is known where it ends. */
function shareSince({ start, end }: ExportFlags): (time: number) => number | undefined {
  const from = start === undefined ? Number.NaN : microsFrom(start)
  const to = end === undefined ? Date.now() * 1000 : microsFrom(end)
  return (time) => (to > from ? (to - time) / (to - from) : undefined)
}

function microsFrom(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text) * 1000
}
