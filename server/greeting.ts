// The first words of a server: where it is, what it runs on, and what to try.
import type { Config } from './config.ts'
import { readsKafka } from './collector.ts'

export function greeting(url: string, version: string, config: Config): string {
  const { role } = config
  const span = `[{"traceId":"5af7183fb1d4cf5f","id":"352bff9a74ca9ad2","name":"get /hello","kind":"SERVER","timestamp":'$(date +%s)'000000,"duration":1200,"localEndpoint":{"serviceName":"hello"},"tags":{"request_id":"hello-1"}}]`
  const lines = [
    `Hopscope ${version} is running (role ${role}).`,
    role === 'collector' ? `  Post to ${url}` : `  Open    ${url}`,
    `  Data    ${placeOf(config)}`,
  ]
  if (readsKafka(config))
    lines.push(
      `  Kafka   ${config.kafkaTopics.join(', ')} at ${config.kafkaServers.join(', ')} as group ${config.kafkaGroupId}`,
    )
  if (role !== 'query')
    lines.push(
      '',
      'Send it a span:',
      `  curl -H 'Content-Type: application/json' ${url}/api/v2/spans -d '${span}'`,
    )
  if (role === 'all') lines.push(`then open ${url}/requests/hello-1`)
  return `${lines.join('\n')}\n\nCtrl-C stops it.\n`
}

function placeOf({ storage, dataDir, esHosts, esIndex }: Config): string {
  return storage === 'duckdb' ? dataDir : `Elasticsearch at ${esHosts.join(', ')}, indices ${esIndex}-*`
}
