// What a call is labelled with.
import type { Hop } from '@hopscope/model'
import { formatDuration } from '../../design/format.ts'
import { texts } from '../../language/texts.svelte.ts'

export interface HopLabel {
  /** `checkout → payment` */
  readonly route: string
  /** `120 ms`, or '' when neither side's time is known. */
  readonly time: string
  /** `network 3.1 ms`, or ''. */
  readonly network: string
}

/** Of a call; a message's is `sentLabel`. */
export function hopLabel(hop: Hop): HopLabel {
  const time = hop.clientTime ?? hop.serverTime
  const network = hop.networkTime
  return {
    route: `${hop.from} → ${hop.to}`,
    time: time === undefined ? '' : formatDuration(time),
    // A server that outlived its impatient caller leaves no time for the network.
    network: network === undefined || network < 0 ? '' : texts.trace.network(formatDuration(network)),
  }
}
