// Quantiles by nearest rank out of Elasticsearch's HDR percentiles, which round the rank: the one below instead of the one
// above, when that is nearer. So some other percentiles are asked for, close by, of which one has the rank.
// Source: HdrHistogram 2.1.9, AbstractHistogram.getValueAtPercentile.
import { nearestRank } from '@hopscope/model'

/** Among which {@link percentFor} chooses: few, and the same ones for counts of one magnitude. */
export function percentsFor(quantile: number, count: number): number[] {
  // What lacks less than half a rank to the next needs at least what is missing, and less than a rank more.
  const percents = [quantile * 100]
  for (let nudge = 2 ** -Math.ceil(Math.log2(count)); nudge * count >= 1 / 4; nudge /= 2)
    if (quantile + nudge <= 1) percents.push((quantile + nudge) * 100)
  return percents
}

/** The percentile that is the quantile's nearest rank among so many values. */
export function percentFor(quantile: number, count: number): number {
  const rank = nearestRank(quantile, count)
  const percents = percentsFor(quantile, count)
  const rounded = percents.filter(
    (percent) => Math.max(1, Math.floor((percent / 100) * count + 0.5)) === rank,
  )
  // Later versions of HdrHistogram round up; one percentile pleases both.
  const both = rounded.find((percent) => Math.max(1, Math.ceil((percent / 100) * count)) === rank)
  return both ?? rounded[0] ?? quantile * 100
}
