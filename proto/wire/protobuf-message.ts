// One message among others in protobuf: what is wrong within it leaves its neighbours unharmed.
import { Refused } from '../decoded.ts'
import { HopscopeError } from '../errors.ts'
import type { ProtobufReader } from './protobuf-reader.ts'

/** Each costs microseconds, and a body may hold millions. Nobody's spans are broken so often. */
const MOST_BROKEN = 10_000

/**
 * Reads the message that the reader stands before; `read` may stop anywhere in it. One whose own bytes are wrong is refused: its
 * length says where the next begins.
 * @throws HopscopeError body-malformed where that length is wrong, and when more than {@link MOST_BROKEN} messages were refused
 */
export function messageFrom<Message>(
  reader: ProtobufReader,
  read: (reader: ProtobufReader) => Message | Refused,
): Message | Refused {
  const outer = reader.enter()
  const { end } = reader
  try {
    return read(reader)
  } catch (error) {
    if (!(error instanceof HopscopeError) || ++reader.broken > MOST_BROKEN) throw error
    return new Refused('', error.detail)
  } finally {
    reader.end = end
    reader.leave(outer)
  }
}
