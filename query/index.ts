// The query service: what can be asked about stored traces over HTTP.
export { onlyGet } from './only-get-routes.ts'
export { restRoutes } from './rest-routes.ts'
export { zipkinRoutes, type ZipkinRoutesOptions } from './zipkin-routes.ts'
