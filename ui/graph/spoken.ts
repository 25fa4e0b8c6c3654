// What a part of the picture is, in words: for who hears it.
import type { ServiceEdge } from '../api/graph-answer.ts'
import { oneLine } from '../design/text.ts'
import { texts } from '../language/texts.svelte.ts'
import { totalsOf } from './totals.ts'
import { loadText } from './numbers.ts'
import type { Picture, Thing } from './picture.ts'

const NAME = 80

function callText({ from, to, kind }: ServiceEdge): string {
  const words = texts.graph
  const ends = words.fromTo(oneLine(from, NAME), oneLine(to, NAME))
  return kind === 'messaging' ? `${ends}, ${words.byMessage}` : ends
}

export function spoken(picture: Picture, { kind, index }: Thing): string {
  const words = texts.graph
  const [edge, box] = [picture.edges[index], picture.boxes[index]]
  if (kind === 'edge') return edge ? `${callText(edge)}: ${loadText(edge)}` : ''
  if (!box) return ''
  const sum = (edges: readonly number[]) => loadText(totalsOf(edges.flatMap((i) => picture.edges[i] ?? [])))
  const calls = [
    ...(box.incoming.length > 0 ? [`${words.callsIn}: ${sum(box.incoming)}`] : []),
    ...(box.outgoing.length > 0 ? [`${words.callsOut}: ${sum(box.outgoing)}`] : []),
  ]
  return [oneLine(box.name, NAME), ...calls].join('. ')
}
