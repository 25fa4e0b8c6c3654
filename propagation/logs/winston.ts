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

/** The line with the ids; what the service put there under their names stays. */
const withIds = <T extends object>(info: T): T => {
  const missing: LogFields = logFields()
  for (const name of Object.keys(missing)) if (name in info) Reflect.deleteProperty(missing, name)
  // A copy, symbols and all, for the object is the service's and may be logged again elsewhere. A copy of an error is none:
  // it is written on, as winston itself does with the level.
  return info instanceof Error ? Object.assign(info, missing) : { ...info, ...missing }
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
