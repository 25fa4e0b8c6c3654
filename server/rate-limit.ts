// How often one client may ask /rest/v1: a slip in a script must not take the server from everyone else.
import type { RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import { HopscopeError } from '@hopscope/proto'

const MINUTE_MS = 60_000

/**
 * A client is an IPv4 address or an IPv6 network of 56 bits, which is what one customer has; of the socket: what a proxy says
 * of its clients is not read. Each answer says in RateLimit what is left (draft-ietf-httpapi-ratelimit-headers-08).
 * @param perMinute more are answered with `rate-limited`; 0 for no limit
 */
export function limitRate(perMinute: number): RequestHandler {
  if (perMinute === 0) return (_, __, next) => next()
  return rateLimit({
    windowMs: MINUTE_MS,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: 'requests',
    // It would warn, in the log of whoever runs us behind a proxy, of what the setting's text says.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: (_request, _response, next) => {
      const detail = `This client has asked more than ${perMinute} times in a minute. Ask again after Retry-After.`
      next(new HopscopeError('rate-limited', detail))
    },
  })
}
