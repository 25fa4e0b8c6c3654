// The ids in winston's logs: as one of its formats, or put on each line as it is written.
import { type LogFields, logFields } from './log-fields.ts'

/** winston's TransformableInfo, as far as it is looked at here. */
interface Info {
  level: string
  message: unknown
  [key: string | symbol]: unknown
}

interface WinstonFormat {
  transform(info: Info): Info
}

/** What is known of a winston logger: each line, those of its children too, goes through its `write`. */
interface WinstonLogger {
  write(info: unknown): boolean
}

/**
 * An error below the one given, for a copy of an error is none: its message and stack are not enumerable. What it has of
 * enumerable fields is copied, as winston's formats take only an object's own.
 */
const errorWithIds = <E extends Error>(error: E, ids: LogFields): E => {
  const line: E = Object.create(error, Object.getOwnPropertyDescriptors(Object.assign({}, error, ids)))
  const toJson: unknown = Reflect.get(error, 'toJSON')
  if (typeof toJson === 'function') {
    // Asked of the error itself: it may look for private fields, which an object below it has not.
    const value = (...args: unknown[]): unknown => {
      const made: unknown = Reflect.apply(toJson, error, args)
      return typeof made === 'object' && made !== null ? { ...ids, ...made } : made
    }
    Object.defineProperty(line, 'toJSON', { value, configurable: true, writable: true })
  }
  return line
}

/**
 * The line with the ids; what the service put there under their names stays. A copy, symbols and all: the object is the
 * service's, and may be logged again in another request.
 */
const withIds = <T extends object>(info: T): T => {
  const missing: LogFields = logFields()
  for (const name of Object.keys(missing)) if (name in info) Reflect.deleteProperty(missing, name)
  return info instanceof Error ? errorWithIds(info, missing) : { ...info, ...missing }
}

/**
 * For `winston.format.combine(winstonFormat(), winston.format.json())`. A line that has to wait because a transport can't
 * keep up is formatted later, inside of another request or none: {@link traceWinston} knows the right one then too.
 */
export const winstonFormat = (): WinstonFormat => ({ transform: withIds })

const traced = new WeakSet<object>()

/**
 * Puts the ids on each line of a logger, and of its children, at the moment it is logged, however long it waits for a
 * transport afterwards. Returns the logger it was given; needs no {@link winstonFormat}.
 */
export const traceWinston = <L extends WinstonLogger>(logger: L): L => {
  if (traced.has(logger)) return logger
  traced.add(logger)
  const write: unknown = Reflect.get(logger, 'write')
  if (typeof write !== 'function') return logger
  const tracedWrite = function (this: unknown, info: unknown, ...rest: unknown[]): unknown {
    const line = typeof info === 'object' && info !== null ? withIds(info) : info
    return Reflect.apply(write, this, [line, ...rest])
  }
  // As winston's own children have it: one on the object itself, before that of its class.
  Object.defineProperty(logger, 'write', { value: tracedWrite, configurable: true, writable: true })
  return logger
}
