// The command `hopscope import`: spans from files into a running server.
import type { Command } from 'commander'
import { HopscopeError } from '@hopscope/proto'
import { portionsOf, sizeOf, STANDARD_INPUT } from './import-read.ts'
import { Sender } from './import-send.ts'
import { type Misfit, unitsOf } from './import-units.ts'
import { Progress, type Terminal } from './transfer-progress.ts'
import { counted, DEFAULT_URL, shown, TransferError, urlOption } from './transfer.ts'

const HELP = `
What a file is its content says: Zipkin's spans (v2 or v1), OTLP's TracesData or Jaeger's traces as JSON, in lines or in one
document of any size, also packed by gzip; or Parquet as hopscope export writes it. - is standard input.

What is stored already is not stored again: an import that was interrupted can simply be run again.
Spans that are refused are named by file and place, all others are stored; the exit code is then 1.

Examples:
  hopscope import all.ndjson more.json.gz
  hopscope import all.parquet --url http://hopscope:9411
  curl -s 'http://zipkin:9411/api/v2/traces?limit=1000' | hopscope import -
`

/** Of more, only the number is told. */
const REFUSALS_SHOWN = 100

export function addImport(program: Command, terminal: Terminal): void {
  program
    .command('import <files...>')
    .description('Send the spans of files to a running server')
    .option('--url <url>', 'where the server is', urlOption, DEFAULT_URL)
    .addHelpText('after', HELP)
    .action((files: string[], { url }: { url: string }) => runImport(files, url, terminal))
}

/** @throws TransferError when anything was not stored */
async function runImport(files: readonly string[], url: string, terminal: Terminal): Promise<void> {
  const sizes = await Promise.all(files.map(sizeOf))
  const total = sizes.reduce<number | undefined>(
    (sum, size) => (sum === undefined || size === undefined ? undefined : sum + size),
    0,
  )
  const progress = new Progress(terminal)
  let bytes = 0
  let unread = 0
  let isComplete = true
  let complaints = 0
  const complain = (text: string) => {
    if (complaints++ < REFUSALS_SHOWN) progress.say(text)
  }
  let waitingFor = ''
  const sender = new Sender({
    url,
    onRefused(place, spans, reason) {
      complain(`${shown(place)}: ${spans > 1 ? `${counted(spans, 'span')}: ` : ''}${shown(reason)}`)
    },
    onWaiting(why) {
      if (why !== waitingFor) progress.say(`Waiting, to try again: ${shown(why)}`)
      waitingFor = why
    },
  })
  const misfit = ({ place, reason }: Misfit) => {
    unread++
    complain(`${shown(place)}: ${shown(reason)}`)
  }
  const show = () =>
    progress.show({
      spans: sender.counts.sent,
      bytes,
      share: total === undefined ? undefined : bytes / total,
    })
  let failure: unknown
  try {
    for (const file of files) {
      const name = file === STANDARD_INPUT ? 'standard input' : file
      const unreadBefore = unread
      let units = 0
      try {
        for await (const portion of portionsOf(file, (more) => (bytes += more))) {
          for (const unit of unitsOf(name, portion, misfit)) {
            units++
            await sender.add(unit)
          }
          show()
        }
      } catch (error) {
        if (error instanceof HopscopeError) misfit({ place: name, reason: error.detail })
        else throw error
      }
      if (units === 0 && unread === unreadBefore) {
        isComplete = false
        complain(`${shown(name)} holds no spans.`)
      }
    }
    await sender.finish()
  } catch (error) {
    failure = error
  }
  const { sent, stored, refused } = sender.counts
  if (complaints > REFUSALS_SHOWN) progress.say(`… and ${complaints - REFUSALS_SHOWN} more.`)
  const broken = unread > 0 ? `, ${counted(unread, 'place')} not read` : ''
  progress.say(
    `${counted(sent, 'span')} sent: ${stored} stored, ${refused} refused${broken}; ${progress.rate({ spans: sent, bytes })}.`,
  )
  if (failure instanceof Error)
    throw new TransferError(
      sent === 0
        ? failure.message
        : `${failure.message}\nThe import is not complete. Run it again: what is stored is not stored twice.`,
      { cause: failure },
    )
  if (refused + unread > 0 || !isComplete) process.exitCode = 1
}
