// The command `hopscope dead-letters`: what could not be stored from Kafka, why, and sending it again.
import { type Command, InvalidArgumentError } from 'commander'
import {
  DeadLetterError,
  DeadLetterShelf,
  type DeadLetterSummary,
  type KafkaConnectionSettings,
  kafkaClientOptions,
} from '@hopscope/collector'
import { messageOf } from '@hopscope/proto'
import { onOneLine, printable } from './printable.ts'

/** Of the configuration, what this command needs. */
export interface DeadLetterSettings extends KafkaConnectionSettings {
  readonly kafkaTopics: readonly string[]
  readonly kafkaGroupId: string
  readonly kafkaDeadLetterTopic: string
}

export interface DeadLettersOptions {
  /** Read when a command runs, for its mistakes are none of the other commands'. */
  readonly readSettings: () => DeadLetterSettings
  readonly write: (text: string) => void
}

const HELP = `
Kafka and the topic come from KAFKA_BOOTSTRAP_SERVERS, KAFKA_GROUP_ID and HOPSCOPE_KAFKA_DEAD_LETTER_TOPIC
(hopscope serve --help lists every setting).

Examples:
  hopscope dead-letters list                what could not be stored, newest last
  hopscope dead-letters show 0:42           all of one message
  hopscope dead-letters replay 0:42 1:7     send these again, to the topics they came from
  hopscope dead-letters replay --all        send all that were not replayed yet
  hopscope dead-letters replay 0:42 --topic zipkin
                                            send it there: by itself it goes only to topics in KAFKA_TOPIC
`

/** Adds the command and its subcommands. */
export function addDeadLetters(program: Command, { readSettings, write }: DeadLettersOptions): void {
  const command = program
    .command('dead-letters')
    .description('Show and replay the messages from Kafka that could not be stored')
    .addHelpText('after', HELP)

  command
    .command('list')
    .description('one line for each: id, time, source topic:partition:offset, code, reason')
    .option('--limit <count>', 'show only so many of the newest', wholeNumber, 100)
    .action(({ limit }: { limit: number }) =>
      onShelf(readSettings, async (shelf) => {
        write(listText(await shelf.list(), limit))
      }),
    )

  command
    .command('show <id>')
    .description('all headers and the value of a dead letter')
    .action((id: string) =>
      onShelf(readSettings, async (shelf) => {
        write(letterText(id, await shelf.find(id)))
      }),
    )

  command
    .command('replay [ids...]')
    .description('send dead letters to the topics they came from, as they came')
    .option('--all', 'all that are whole messages and were not replayed yet')
    .option('--topic <name>', 'send them to this topic instead')
    .action((ids: string[], { all = false, topic: toTopic }: { all?: boolean; topic?: string }) => {
      if (all === ids.length > 0)
        throw new DeadLetterError('Name the dead letters to replay by id, or say --all.')
      return onShelf(readSettings, async (shelf, { kafkaTopics: topics }) => {
        const letters = all ? await shelf.list() : []
        const wanted = all
          ? letters.filter((each) => !each.isReplayed && isWhole(each)).map(({ id }) => id)
          : ids
        let count = 0
        const skipped: string[] = []
        await shelf.replay({
          ids: wanted,
          topics,
          toTopic,
          onReplayed: (id, topic) => {
            count++
            write(`${id} sent to ${onOneLine(topic)}\n`)
          },
          onSkipped: (id, topic) => skipped.push(`${id} from ${onOneLine(topic)}`),
        })
        const left = letters.filter((each) => !each.isReplayed && !isWhole(each)).length
        const leftOut = left > 0 ? ` ${left} left out: cut, or whole batches, which are replayed by id.` : ''
        write(`${count} replayed.${leftOut}\n`)
        if (skipped.length > 0)
          throw new DeadLetterError(
            `Not sent, as their topics are not in KAFKA_TOPIC (--topic says where to): ${skipped.join(', ')}.`,
          )
      })
    })
}

async function onShelf(
  readSettings: () => DeadLetterSettings,
  use: (shelf: DeadLetterShelf, settings: DeadLetterSettings) => Promise<void>,
): Promise<void> {
  const settings = readSettings()
  if (settings.kafkaServers.length === 0)
    throw new DeadLetterError(
      'There is no Kafka to ask: set KAFKA_BOOTSTRAP_SERVERS, such as localhost:9092.',
    )
  const shelf = await DeadLetterShelf.open({
    ...(await kafkaClientOptions(settings)),
    groupId: settings.kafkaGroupId,
    deadLetterTopic: settings.kafkaDeadLetterTopic,
  })
  try {
    await use(shelf, settings)
  } catch (error) {
    if (error instanceof DeadLetterError) throw error
    throw new DeadLetterError(`Kafka failed: ${messageOf(error)}`, { cause: error })
  } finally {
    await shelf.close()
  }
}

function isWhole({ isCut, isBatch }: DeadLetterSummary): boolean {
  return !isCut && !isBatch
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number above 0.')
}

/** What a line shows of a reason, which may have many lines. */
const REASON_LENGTH = 160

export function listText(letters: readonly DeadLetterSummary[], limit: number): string {
  if (letters.length === 0) return 'No dead letters.\n'
  const lines = letters
    .slice(-limit)
    .map(({ id, at, topic, partition, offset, code, reason, isReplayed, isCut, isBatch }) =>
      [
        id,
        ...[at, `${topic}:${partition}:${offset}`, code].map((each) => onOneLine(each)),
        ...(isReplayed ? ['(replayed)'] : []),
        ...(isCut ? ['(cut)'] : []),
        ...(isBatch ? ['(batch)'] : []),
        onOneLine(reason, REASON_LENGTH),
      ].join('  '),
    )
  const hidden = letters.length - lines.length
  const older = hidden > 0 ? `… and ${hidden} older; --limit ${letters.length} shows all.\n` : ''
  return `${older}${lines.join('\n')}\n`
}

type Letter = Awaited<ReturnType<DeadLetterShelf['find']>>

/** What came from anywhere must not steer the terminal, so all but text and line breaks is shown as escapes. */
export function letterText(id: string, { key, value, headers = {} }: Letter): string {
  const fields = Object.entries(headers).flatMap(([name, header]) =>
    (Array.isArray(header) ? header : [header]).map((each) => `${name}: ${each?.toString() ?? ''}`),
  )
  const head = [`id: ${id}`, `key: ${key?.toString() ?? '(none)'}`, ...fields].map((each) => onOneLine(each))
  return `${head.join('\n')}\n\n${value === null ? '(no value)' : printable(value.toString())}\n`
}
