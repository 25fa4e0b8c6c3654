// Counts the calls between services, trace by trace: the rows of a dependency diagram.
// The rules are Zipkin's, to the letter (zipkin2.internal.DependencyLinker), so that both servers draw one diagram.
import { compareText } from '../text-order.ts'
import { type LinkSpan, linkTreeOf } from './link-tree.ts'
import type { DependencyLink } from '../search/query.ts'
import { isError, remoteServiceOf, serviceOf, type Span } from '../span.ts'

export function linkSpanFrom(span: Span): LinkSpan {
  return {
    id: span.id,
    parentId: span.parentId,
    kind: span.kind,
    shared: span.shared,
    service: serviceOf(span),
    remoteService: remoteServiceOf(span),
    error: isError(span),
  }
}

interface Counts {
  calls: number
  errors: number
}

export class DependencyLinker {
  readonly #counts = new Map<string, Map<string, Counts>>()

  /** All spans of one trace, as stored. */
  addTrace(spans: readonly LinkSpan[]): void {
    for (const { span, hasChildren, remoteAncestor, isRoot } of linkTreeOf(spans)) {
      this.#addSpan(span, hasChildren, remoteAncestor, isRoot)
    }
  }

  /** By parent, then child. */
  links(): DependencyLink[] {
    const links: DependencyLink[] = []
    for (const [parent, children] of this.#counts) {
      for (const [child, { calls, errors }] of children) {
        links.push({ parent, child, callCount: calls, errorCount: errors })
      }
    }
    return links.sort((a, b) => compareText(a.parent, b.parent) || compareText(a.child, b.child))
  }

  #addSpan(span: LinkSpan, hasChildren: boolean, ancestor: LinkSpan | undefined, isRoot: boolean): void {
    // What was called knows its own name better than who called it.
    if (span.kind === 'CLIENT' && hasChildren) return
    const kind =
      span.kind ?? (span.service !== undefined && span.remoteService !== undefined ? 'CLIENT' : undefined)
    if (kind === undefined) return
    const called = kind === 'SERVER' || kind === 'CONSUMER'
    const child = called ? span.service : span.remoteService
    let parent = called ? span.remoteService : span.service
    if (called && isRoot && parent === undefined) return

    if (kind === 'PRODUCER' || kind === 'CONSUMER') {
      // Messages pass through a broker: a producer is never linked to a consumer, nor either to a broker without name.
      if (parent !== undefined && child !== undefined) this.#add(parent, child, span.error)
      return
    }

    let { error } = span
    if (ancestor?.service !== undefined) {
      // A client in another service than the server above it: the call in between was not reported. Whether it failed
      // isn't known.
      if (kind === 'CLIENT' && span.service !== undefined && ancestor.service !== span.service) {
        this.#add(ancestor.service, span.service, false)
      }
      if (kind === 'SERVER' || parent === undefined) parent = ancestor.service
      // The calling half was skipped above, so its error is counted here.
      if (ancestor.kind === 'CLIENT' && span.parentId === ancestor.id && ancestor.error) error = true
    }
    if (parent !== undefined && child !== undefined) this.#add(parent, child, error)
  }

  #add(parent: string, child: string, failed: boolean): void {
    let children = this.#counts.get(parent)
    if (children === undefined) this.#counts.set(parent, (children = new Map()))
    let counts = children.get(child)
    if (counts === undefined) children.set(child, (counts = { calls: 0, errors: 0 }))
    counts.calls++
    if (failed) counts.errors++
  }
}
