// The recipe itself: real servers that answer real clients, outlive a kill -9 with their data, and leave nothing behind.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from '@elastic/elasticsearch'
import { describe, expect, test } from '@jest/globals'
import { Kafka, logLevel } from 'kafkajs'
import { describeWithBackends, describeWithOwn, sharedElasticsearch, sharedKafka } from './describe.ts'
import { startElasticsearch } from './elasticsearch.ts'
import { startKafka } from './kafka.ts'
import { launch, onPort, ownFolder } from './server.ts'

const SLOW = 240_000

/** What is left of a process group, without the dead that nobody has reaped yet. */
function leftOf(group: number): string[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pgid=,stat=,args='], { encoding: 'utf8' }).split('\n')
  return lines.filter((line) => line.trim().startsWith(`${group} `) && !/^\s*\d+\s+Z/.test(line))
}

describe('a free port', () => {
  test('that is taken before the server listens there is given up for another', async () => {
    const ports: number[] = []
    const thieves: Server[] = []
    const dataDir = mkdtempSync(join(tmpdir(), 'hopscope-taken-'))
    const program = `require('node:net').createServer().listen(+process.argv[1], '127.0.0.1')`
    const backend = await onPort(undefined, async (port) => {
      ports.push(port)
      if (ports.length === 1) thieves.push(await occupy(port))
      // The thief answers too, on the first.
      const alive = async () => ports.length > 1 && (await listens(`127.0.0.1:${port}`))
      const command = [process.execPath, '-e', program, String(port)]
      return launch({ name: 'a server', port, dataDir: ownFolder(dataDir), command, env: {}, ready: alive })
    })
    expect(ports).toHaveLength(2)
    expect(backend.port).toBe(ports[1])
    await backend.remove()
    for (const thief of thieves) thief.close()
  })

  test('a server that dies of something else is not tried again', async () => {
    let tries = 0
    const dataDir = mkdtempSync(join(tmpdir(), 'hopscope-dying-'))
    const dying = onPort(undefined, async (port) => {
      tries++
      const command = ['bash', '-c', 'echo no licence; exit 3']
      const ready = () => Promise.resolve(false)
      return launch({ name: 'a server', port, dataDir: ownFolder(dataDir), command, env: {}, ready })
    })
    await expect(dying).rejects.toThrow(/did not start: ended with 3\nno licence/)
    expect(tries).toBe(1)
    rmSync(dataDir, { recursive: true })
  })
})

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

async function occupy(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function listens(address = ''): Promise<boolean> {
  const [host = '', port] = address.split(':')
  return new Promise((resolve) => {
    const socket = connect(Number(port), host)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
