// The recipe itself: real servers that answer real clients, outlive a kill -9 with their data, and leave nothing behind.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from '@elastic/elasticsearch'
import { expect, test } from '@jest/globals'
import { Kafka, logLevel } from 'kafkajs'
import { describeWithBackends, describeWithOwn, sharedElasticsearch, sharedKafka } from './describe.ts'
import { startElasticsearch } from './elasticsearch.ts'
import { startKafka } from './kafka.ts'

const SLOW = 240_000

/** What is left of a process group, without the dead that nobody has reaped yet. */
function leftOf(group: number): string[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pgid=,stat=,args='], { encoding: 'utf8' }).split('\n')
  return lines.filter((line) => line.trim().startsWith(`${group} `) && !/^\s*\d+\s+Z/.test(line))
}

describeWithOwn(['kafka'], 'a Kafka of a test', () => {
  test(
    'answers a client, keeps its log through kill -9, and leaves no process behind',
    async () => {
      const server = await startKafka({ partitions: 3 })
      const kafka = new Kafka({ brokers: [server.bootstrap], logLevel: logLevel.NOTHING })
      const producer = kafka.producer()
      await producer.connect()
      await producer.send({ topic: 'kept', acks: -1, messages: [{ value: 'a span' }] })
      await producer.disconnect()
      const { pid, port } = server

      await server.stop('SIGKILL')
      expect(leftOf(pid)).toEqual([])
      await server.start()
      expect(server.port).toBe(port)

      const admin = kafka.admin()
      await admin.connect()
      const offsets = await admin.fetchTopicOffsets('kept')
      await admin.disconnect()
      expect(offsets).toHaveLength(3)
      expect(offsets.map(({ offset }) => Number(offset)).reduce((sum, each) => sum + each)).toBe(1)
      await server.remove()
      expect(leftOf(server.pid)).toEqual([])
      expect(existsSync(server.dataDir)).toBe(false)
    },
    SLOW,
  )
})

describeWithOwn(['elasticsearch'], 'an Elasticsearch of a test', () => {
  test(
    'answers a client, keeps its documents through kill -9, and leaves no process behind',
    async () => {
      const server = await startElasticsearch()
      const client = new Client({ node: server.url })
      await client.index({ index: 'kept', id: '1', document: { of: 'a span' } })
      const { pid } = server

      await server.stop('SIGKILL')
      expect(leftOf(pid)).toEqual([])
      await server.start()

      expect(await client.get({ index: 'kept', id: '1' })).toMatchObject({ _source: { of: 'a span' } })
      await server.stop()
      expect(leftOf(server.pid)).toEqual([])
      await server.remove()
      expect(existsSync(server.dataDir)).toBe(false)
      await client.close()
    },
    SLOW,
  )
})

describeWithOwn(['kafka', 'elasticsearch'], 'the servers of a process that is killed', () => {
  test(
    'are gone too, without having been told',
    async () => {
      const program = fileURLToPath(import.meta.resolve('@hopscope/test/dist/backends/main.js'))
      const starter = spawn(process.execPath, [program, '--kafka-port', '0', '--es-port', '0'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let output = ''
      for await (const text of starter.stdout as AsyncIterable<Buffer>)
        if ((output += text.toString()).includes('Ctrl-C')) break
      const kafka = /SERVERS=(\S+)/.exec(output)?.[1]
      const elasticsearch = /ES_HOSTS=http:\/\/(\S+)/.exec(output)?.[1]
      expect(await Promise.all([listens(kafka), listens(elasticsearch)])).toEqual([true, true])

      starter.kill('SIGKILL')
      await once(starter, 'exit')
      const until = Date.now() + 10_000
      while (Date.now() < until && ((await listens(kafka)) || (await listens(elasticsearch)))) await sleep(50)
      expect(await Promise.all([listens(kafka), listens(elasticsearch)])).toEqual([false, false])
    },
    SLOW,
  )
})

describeWithBackends('the backends that tests share', () => {
  test('are the same for everybody, and serve', async () => {
    expect(await sharedKafka()).toBe(await sharedKafka())
    const admin = new Kafka({ brokers: (await sharedKafka()).split(','), logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    expect((await admin.describeCluster()).brokers.length).toBeGreaterThan(0)
    await admin.disconnect()
    const health = await fetch(`${await sharedElasticsearch()}/_cluster/health`)
    expect(health.status).toBe(200)
  })
})

function listens(address = ''): Promise<boolean> {
  const [host = '', port] = address.split(':')
  return new Promise((resolve) => {
    const socket = connect(Number(port), host)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
