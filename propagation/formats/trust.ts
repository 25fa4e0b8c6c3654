// Whose ids are kept: the option `trustInbound`.
import { BlockList, isIP } from 'node:net'

/** The other end of a call that comes in. */
export interface InboundPeer {
  /** The address of the connection; none on a message or a Unix socket. */
  readonly address?: string | undefined
  /** What it says in X-Peer-Service: anyone can say anything there. */
  readonly service?: string | undefined
}

/**
 * Whether to keep what a call brings: request id, trace ids, sampling, debug, tracestate, baggage, peer headers. A list
 * of addresses and networks (`10.0.0.0/8`, `::1`) trusts the connections from there, and so no message of a broker.
 */
export type TrustInbound = 'always' | 'never' | readonly string[] | ((peer: InboundPeer) => boolean)

/** `10.0.0.0/8` or an address, added to a list of them; false where it is neither. */
const addTo = (list: BlockList, entry: unknown): boolean => {
  if (typeof entry !== 'string') return false
  const [address = '', bits, more] = entry.split('/')
  const family = isIP(address)
  if (family === 0 || address.includes('%') || more !== undefined) return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  if (bits === undefined) list.addAddress(address, type)
  else if (!/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) return false
  else list.addSubnet(address, Number(bits), type)
  return true
}

/** Whether something can be the option: for the check of options. */
export const isTrustInbound = (value: unknown): value is TrustInbound => {
  if (Array.isArray(value)) {
    const list = new BlockList()
    return value.every((entry) => addTo(list, entry))
  }
  return value === 'always' || value === 'never' || typeof value === 'function'
}

// Asking a BlockList takes 2 µs; most calls come from few addresses.
const MAX_KNOWN = 1000

const inList = (entries: readonly string[]): ((peer: InboundPeer) => boolean) => {
  const list = new BlockList()
  for (const entry of entries) addTo(list, entry)
  const known = new Map<string, boolean>()
  return ({ address }) => {
    if (address === undefined) return false
    const before = known.get(address)
    if (before !== undefined) return before
    const family = isIP(address)
    // An IPv4 address as a server that listens on IPv6 has it, `::ffff:10.0.0.1`, fits `10.0.0.0/8`: Node sees to that.
    const found = family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
    if (known.size >= MAX_KNOWN) known.clear()
    known.set(address, found)
    return found
  }
}

const always = (): boolean => true
const never = (): boolean => false

/**
 * The option as a question that never throws. A function that throws, or gives anything but `true`, says no.
 * @param complain told what a function threw
 */
export const trusts = (
  option: TrustInbound | undefined,
  complain: (doing: string, error: unknown) => void,
): ((peer: InboundPeer) => boolean) => {
  if (option === undefined || option === 'always') return always
  if (option === 'never') return never
  if (typeof option !== 'function') return inList(option)
  return (peer) => {
    try {
      const answer: unknown = option(peer)
      return answer === true
    } catch (error) {
      complain('the trustInbound option', error)
      return false
    }
  }
}
