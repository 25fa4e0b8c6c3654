// What a router of GET routes says to other methods.
import type { Router } from 'express'

/**
 * Makes each route of `router` name in `locals.allow` what it takes, when asked with another method, and pass the
 * request on: another router may take it, and the last one answers 405 with Allow instead of 404.
 */
export function onlyGet(router: Router): Router {
  const paths = router.stack.flatMap(({ route }) => route?.path ?? [])
  return router.all(paths, (_, { locals }: { locals: { allow?: string[] } }, next) => {
    ;(locals.allow ??= []).push('GET', 'HEAD')
    next()
  })
}
