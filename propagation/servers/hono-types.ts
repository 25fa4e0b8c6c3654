// Hono as far as it is looked at here.

/** Where Hono keeps the handler of a nested app. */
export const COMPOSED = '__COMPOSED_HANDLER'

export interface HonoRoute {
  readonly method: string
  readonly path: string
  readonly handler: HonoHandler
}
interface HonoHandler {
  readonly length: number
  /** The handler itself, where it is of a nested app with an error handler of its own. */
  readonly [COMPOSED]?: HonoHandler
}

/** What is looked at of Hono's context. */
export interface HonoContext {
  /** On @hono/node-server `incoming` and `outgoing`; without `outgoing` for an upgrade to a WebSocket. */
  readonly env: unknown
  readonly error: Error | undefined
  get res(): Response
  set res(response: Response | undefined)
  readonly req: {
    readonly method: string
    readonly url: string
    /** Of those that match, which one runs now, or ran last. */
    readonly routeIndex: number
    /** All that match: middleware as well, of any method (`ALL`). */
    readonly matchedRoutes: readonly HonoRoute[]
    header(name: string): string | undefined
  }
}
