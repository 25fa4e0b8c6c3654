// The tree that dependency linking walks. It isn't the tree of tree.ts: Zipkin's linker attaches and drops spans by rules of
// its own (zipkin2.internal.Trace and SpanNode), and its counts follow from them.
import { int, item } from '../columns.ts'
import type { SpanKind } from '../span.ts'
import { compareText } from '../text-order.ts'

/** What linking needs to know of a span: little, so that a store can feed it light rows. */
export interface LinkSpan {
  /** 16 lower-hex characters: ids are compared as text. */
  readonly id: string
  readonly parentId: string | undefined
  readonly kind: SpanKind | undefined
  readonly shared: boolean
  readonly service: string | undefined
  readonly remoteService: string | undefined
  /** Has a tag `error`. */
  readonly error: boolean
}

export interface LinkNode {
  readonly span: LinkSpan
  readonly isRoot: boolean
  readonly hasChildren: boolean
  /** The nearest span above that has a kind. */
  readonly remoteAncestor: LinkSpan | undefined
}

/** Every node that hangs together with the root, a parent before its children. */
export function linkTreeOf(spans: readonly LinkSpan[]): readonly LinkNode[] {
  const merged = mergeLinkSpans(spans)
  const { parents, root } = parentsOf(merged)
  const childCount = new Int32Array(merged.length)
  const firstChild = new Int32Array(merged.length).fill(NONE)
  const nextSibling = new Int32Array(merged.length).fill(NONE)
  const queue: number[] = []
  if (root !== NONE) queue.push(root)
  for (let i = 0; i < merged.length; i++) {
    const parent = int(parents, i) === UNDER_ROOT ? root : int(parents, i)
    if (int(parents, i) === DROPPED || i === root) continue
    if (parent === NONE) {
      queue.push(i)
      continue
    }
    parents[i] = parent
    childCount[parent] = int(childCount, parent) + 1
    nextSibling[i] = int(firstChild, parent)
    firstChild[parent] = i
  }
  const remote: (LinkSpan | undefined)[] = Array.from({ length: merged.length })
  const order: LinkNode[] = []
  for (const at of queue) {
    const span = item(merged, at)
    const remoteAncestor = remote[at]
    order.push({ span, isRoot: at === root, hasChildren: int(childCount, at) > 0, remoteAncestor })
    for (let child = int(firstChild, at); child !== NONE; child = int(nextSibling, child)) {
      remote[child] = span.kind === undefined ? remoteAncestor : span
      queue.push(child)
    }
  }
  return order
}

const NONE = -1
const UNDER_ROOT = -2
/** Not in the tree: another span with its id took its place. */
const DROPPED = -3

/** Reports of one span become one, halves stay; by id, halves of an id together, as Zipkin orders them. */
function mergeLinkSpans(spans: readonly LinkSpan[]): LinkSpan[] {
  const groups = new Map<string, LinkSpan[]>()
  for (const span of spans) {
    // Zipkin's model knows no span that is its own parent.
    const sane = span.parentId === span.id ? { ...span, parentId: undefined } : span
    const group = groups.get(span.id)
    if (group === undefined) groups.set(span.id, [sane])
    else group.push(sane)
  }
  const merged: LinkSpan[] = []
  for (const group of groups.values()) {
    if (group.length === 1) merged.push(item(group, 0))
    else mergeGroup(group, merged)
  }
  return merged
}

function mergeGroup(group: LinkSpan[], merged: LinkSpan[]): void {
  group.sort(
    (a, b) => callerRank(a) - callerRank(b) || compareText(a.service ?? '', b.service ?? ''), // missing first
  )
  let last: LinkSpan | undefined
  for (let i = 0; i < group.length; i++) {
    let span = item(group, i)
    const reportedShared = span.shared
    for (
      let next = group[i + 1];
      next !== undefined && isSame(span, next, reportedShared);
      next = group[i + 1]
    ) {
      span = {
        id: span.id,
        parentId: span.parentId ?? next.parentId,
        kind: span.kind ?? next.kind,
        shared: reportedShared,
        service: span.service ?? next.service,
        remoteService: span.remoteService ?? next.remoteService,
        error: span.error || next.error,
      }
      i++
    }
    if (last !== undefined) {
      // A server that joined its client's span but lost the flag.
      const shared = span.shared || (last.kind === 'CLIENT' && span.kind === 'SERVER')
      const parentId = shared ? (span.parentId ?? last.parentId) : span.parentId
      if (shared !== span.shared || parentId !== span.parentId) span = { ...span, shared, parentId }
    }
    merged.push(span)
    last = span
  }
}

const callerRank = (span: LinkSpan) => (span.shared ? 2 : span.kind === 'CLIENT' ? 0 : 1)

function isSame(span: LinkSpan, next: LinkSpan, shared: boolean): boolean {
  return (
    next.shared === shared &&
    (span.service === undefined || next.service === undefined || span.service === next.service)
  )
}

/**
 * By position. The root is the first span, by id, without a parent; everything without a known parent hangs under it. Of
 * several spans with one id that aren't halves of a call the last one stands for all.
 */
function parentsOf(merged: readonly LinkSpan[]): { parents: Int32Array; root: number } {
  const root = rootOf(merged)
  const own = new Map<string, number>()
  const joined = new Map<string, Map<string | undefined, number>>()
  const parents = new Int32Array(merged.length).fill(DROPPED)
  for (let i = 0; i < merged.length; i++) {
    const { id, shared, service } = item(merged, i)
    if (!shared) {
      if (i !== root) own.set(id, i)
      continue
    }
    const ofId = joined.get(id)
    if (ofId === undefined) joined.set(id, new Map([[service, i]]))
    else ofId.set(service, i)
  }
  for (const ofId of joined.values()) {
    for (const i of ofId.values()) parents[i] = own.get(item(merged, i).id) ?? UNDER_ROOT
  }
  const rootId = root === NONE ? undefined : item(merged, root).id
  for (const [id, standing] of own) {
    const { parentId, service } = item(merged, standing)
    if (parentId !== undefined)
      parents[standing] = joined.get(parentId)?.get(service) ?? own.get(parentId) ?? UNDER_ROOT
    else if (id !== rootId) parents[standing] = UNDER_ROOT
  }
  return { parents, root }
}

function rootOf(merged: readonly LinkSpan[]): number {
  let root = NONE
  for (let i = 0; i < merged.length; i++) {
    const { id, parentId, shared } = item(merged, i)
    if (shared || parentId !== undefined) continue
    if (root === NONE || id < item(merged, root).id) root = i
  }
  return root
}
