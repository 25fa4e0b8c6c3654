// A message as Kafka gives it, and how much memory it holds.

/** Null is legal in Kafka, and kafkajs gives it whatever its types say. */
export type HeaderValue = Buffer | string | null | undefined

/** What of a Kafka message the intake needs; kafkajs' messages are of this shape. */
export interface SourceMessage {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: Readonly<Record<string, HeaderValue | HeaderValue[]>>
  /** In decimal. */
  readonly offset: string
  /** Only where the value is a whole batch of records that could not be inflated: how that is compressed. */
  readonly batchCodec?: string
}

/** What a message costs beside its bytes: its objects, and those of its spans at the least. */
const OVERHEAD_BYTES = 200

/** How much memory a message may hold, roughly. */
export function sizeOf({ key, value, headers }: SourceMessage): number {
  let bytes = OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  if (headers !== undefined)
    for (const header of Object.values(headers))
      for (const each of Array.isArray(header) ? header : [header]) bytes += each?.length ?? 0
  return bytes
}
