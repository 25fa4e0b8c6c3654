// Where both OTLP readers put what they find in one body: counts its spans, turns them, names those refused, and bounds what
// copying a resource to each of its spans may cost.
import type { Span } from '@hopscope/model'
import { type Decoded, Refusals, Refused } from '../decoded.ts'
import type { OtlpResource, OtlpScope, OtlpSpan } from './otlp.ts'
import { type ScopeBase, scopeBaseFrom } from './scope.ts'
import { spanFromOtlp } from './span.ts'

/**
 * Every span has the tags of its resource, so that a body may hold one large resource and a hundred thousand tiny spans. In
 * characters; 8,000 spans of a JVM that tells its class path of 12,000 twice fit into any body.
 */
const COPIED_ANYWAY = 256 * 1024 * 1024
const COPIED_PER_BYTE = 64
/** Some ten thousand attributes. */
const LARGEST_COPIED = 1024 * 1024
const TOO_LARGE = new Refused(
  'resource',
  'Too large to be copied to each of its spans: shorten it, or send fewer spans at a time.',
)

export class OtlpIntake {
  readonly #spans: Span[] = []
  readonly #refusals = new Refusals()
  readonly #tooLarge = new WeakSet<OtlpResource>()
  readonly #most: number
  #copied = 0
  #index = 0

  /** @param size of the body, in bytes */
  constructor(size: number) {
    this.#most = COPIED_ANYWAY + COPIED_PER_BYTE * size
  }

  /** To be asked for once a scope has a span: a body may hold a million empty scopes. */
  baseFrom(resource: OtlpResource | Refused, scope: OtlpScope | Refused): ScopeBase | Refused {
    if (resource instanceof Refused) return resource
    if (scope instanceof Refused) return scope
    if (this.#copied > this.#most || this.#tooLarge.has(resource)) return TOO_LARGE
    const base = scopeBaseFrom(resource, scope, LARGEST_COPIED)
    if (base === undefined) {
      this.#tooLarge.add(resource)
      return TOO_LARGE
    }
    // A hundred thousand scopes of one span each make as many.
    this.#copied += base.cost
    return base
  }

  add(wire: OtlpSpan, base: ScopeBase): void {
    this.#copied += base.cost
    if (this.#copied > this.#most) {
      this.refuse(TOO_LARGE)
      return
    }
    const span = spanFromOtlp(wire, base)
    if (span instanceof Refused) {
      this.refuse(span)
    } else {
      this.#spans.push(span)
      this.#index++
    }
  }

  /** One span, or what should have held spans. */
  refuse(refused: Refused): void {
    this.#refusals.add(this.#index++, refused)
  }

  decoded(): Decoded {
    const { kept, count } = this.#refusals
    return { spans: this.#spans, copied: this.#copied, refused: kept, refusedCount: count }
  }
}
