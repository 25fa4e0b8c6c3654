// Headers for messages of @platformatic/kafka. What a message's headers are made of is up to the producer's serializers:
// text given to one that wants Buffers fails the send, and a Buffer given to one that wants text sends a nameless header.
import { types } from 'node:util'
import type { Context } from '../context/context.ts'
import type { Core } from '../spans/core.ts'
import { asBytes, asText, type Encode, type Encoding, injectorOf } from './kafka-headers.ts'
import type { PlatformaticSent, PlatformaticSerializers } from './platformatic-types.ts'

const OPTIONS = 'plt.kafka.base.options'
const PROBE = 'x-probe'
const MAX_NAMES = 64

/** What goes through the serializer and still is the text in UTF-8, quotes or a prefix around it aside. */
const encodeFor = (serialize: unknown, metadata: unknown): Encode | undefined => {
  if (typeof serialize !== 'function') return asBytes
  return [asText, asBytes].find((encode) => {
    try {
      const made: unknown = serialize(encode(PROBE), metadata)
      return types.isUint8Array(made) && Buffer.from(made).includes(PROBE)
    } catch {
      // It does not take what it was given.
      return false
    }
  })
}

/** {@link asBytes} for names: they are few, and the same on every message. */
const bytesOfNames = (): Encode => {
  const known = new Map<string, Buffer>()
  return (name) => {
    const before = known.get(name)
    if (before) return before
    const bytes = Buffer.from(name)
    if (known.size < MAX_NAMES) known.set(name, bytes)
    return bytes
  }
}

const objectAt = (of: object, key: PropertyKey): object | undefined => {
  const value: unknown = Reflect.get(of, key)
  return typeof value === 'object' && value !== null ? value : undefined
}

/** A producer tells nobody its serializers; its options are kept under a symbol of its own. */
const serializersOf = (producer: object): object | undefined => {
  const symbol = Object.getOwnPropertySymbols(producer).find(({ description }) => description === OPTIONS)
  const options = symbol && objectAt(producer, symbol)
  const registry = options && objectAt(options, 'registry')
  if (registry && 'getSerializers' in registry && typeof registry.getSerializers === 'function') {
    const made: unknown = registry.getSerializers()
    return typeof made === 'object' && made !== null ? made : undefined
  }
  return options && (objectAt(options, 'serializers') ?? {})
}

type Headers = PlatformaticSent['headers']

/** What gives a message's headers a context, for one producer. Headers it can't write are left as they are. */
export const platformaticInjectorOf = (
  core: Core,
  producer: object,
  given: PlatformaticSerializers | undefined,
): ((context: Context, message: PlatformaticSent) => Headers) => {
  const inject = injectorOf(core)
  const names = bytesOfNames()
  const serializers = given ?? serializersOf(producer)
  const encodingFor = (metadata: unknown): Encoding | undefined => {
    if (!serializers) return undefined
    const key = encodeFor(Reflect.get(serializers, 'headerKey'), metadata)
    const value = encodeFor(Reflect.get(serializers, 'headerValue'), metadata)
    return key && value && { key: key === asBytes ? names : key, value }
  }
  const usual = encodingFor(undefined)
  return (context, { headers, metadata }) => {
    // Serializers are given the message's metadata, where a schema may be named.
    const encoding = metadata === undefined ? usual : encodingFor(metadata)
    if (!encoding) {
      core.complain(
        'giving Kafka messages headers',
        'the producer’s serializers take neither text nor Buffers',
      )
      return headers
    }
    if (types.isMap(headers)) return inject.intoMap(context, headers, encoding)
    if (!headers) return inject.intoMap(context, [], encoding)
    // The names in a record are text: no names for a producer that wants Buffers, which sends only an empty one.
    return encoding.key === asText
      ? inject.intoRecord(context, headers, encoding)
      : inject.intoMap(context, Object.entries(headers), encoding)
  }
}
