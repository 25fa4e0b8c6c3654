import { describe, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { addDeadLetters, type DeadLetterSettings, letterText, listText } from './dead-letters.ts'

const letter = {
  id: '0:7',
  at: '2026-01-02T03:04:05.678Z',
  code: 'spans-refused',
  reason: '1 of 3 spans refused, 2 stored.\n[1] id: It is missing.',
  topic: 'zipkin',
  partition: '2',
  offset: '42',
  isCut: false,
  isBatch: false,
  isReplayed: false,
}

describe('the list of dead letters', () => {
  test('has one line for each, with its id, time, source, code and reason', () => {
    expect(listText([letter], 10)).toBe(
      '0:7  2026-01-02T03:04:05.678Z  zipkin:2:42  spans-refused  1 of 3 spans refused, 2 stored. [1] id: It is missing.\n',
    )
  })

  test('marks what was replayed, and what is not whole', () => {
    expect(listText([{ ...letter, isReplayed: true, isCut: true }], 10)).toContain(' (replayed)  (cut) ')
  })

  test('can not steer the terminal by any field', () => {
    const bell = '\u0007\u009b2J'
    const hostile = {
      ...letter,
      at: bell,
      topic: bell,
      partition: bell,
      offset: bell,
      code: bell,
      reason: bell,
    }
    expect(listText([hostile], 1)).toMatch(/^[\x20-\x7e]*\n$/)
  })

  test('says how many older ones it does not show', () => {
    const letters = [1, 2, 3].map((offset) => ({ ...letter, id: `0:${offset}` }))
    expect(listText(letters, 1)).toMatch(/^… and 2 older; --limit 3 shows all.\n0:3 .*\n$/)
    expect(listText([], 1)).toBe('No dead letters.\n')
  })
})

describe('a dead letter as it is shown', () => {
  test('has key, headers and value', () => {
    const headers = { b3: Buffer.from('0'), many: ['1', Buffer.from('2')] }
    const message = { key: Buffer.from('k'), value: Buffer.from('[\n]'), headers, offset: '7' }
    expect(letterText('0:7', message)).toBe('id: 0:7\nkey: k\nb3: 0\nmany: 1\nmany: 2\n\n[\n]\n')
  })

  test('can not steer the terminal', () => {
    const message = { key: null, value: Buffer.from('\u001b[2J\u202e!'), headers: {}, offset: '7' }
    expect(letterText('0:7', message)).toBe('id: 0:7\nkey: (none)\n\n\\u{1b}[2J\\u{202e}!\n')
  })

  test('without a value says so', () => {
    expect(letterText('0:7', { key: null, value: null, offset: '7' })).toContain('(no value)')
  })
})

describe('the command', () => {
  const settings: DeadLetterSettings = {
    kafkaServers: [],
    kafkaSaslMechanism: '',
    kafkaSaslUsername: '',
    kafkaSaslPassword: '',
    kafkaTls: false,
    kafkaCaFile: '',
    kafkaTopics: ['zipkin'],
    kafkaGroupId: 'zipkin',
    kafkaDeadLetterTopic: 'zipkin-dlq',
  }
  const run = (...words: string[]) => {
    const program = new Command('hopscope')
    addDeadLetters(program, { readSettings: () => settings, write: () => {} })
    return program.parseAsync(['dead-letters', ...words], { from: 'user' })
  }

  test('says which setting is missing where there is no Kafka', async () => {
    await expect(run('list')).rejects.toThrow('KAFKA_BOOTSTRAP_SERVERS')
  })

  test('replays nothing unless it is told what', async () => {
    await expect(run('replay')).rejects.toThrow('--all')
    await expect(run('replay', '0:1', '--all')).rejects.toThrow('--all')
  })

  test('says which Kafka can not be reached', async () => {
    const program = new Command('hopscope')
    const readSettings = () => ({ ...settings, kafkaServers: ['127.0.0.1:1'] })
    addDeadLetters(program, { readSettings, write: () => {} })
    await expect(program.parseAsync(['dead-letters', 'list'], { from: 'user' })).rejects.toThrow(
      "Kafka at 127.0.0.1:1 can't be reached",
    )
  })
})
