// The query service: what can be asked about stored traces over HTTP.
export { jaegerRoutes } from './jaeger-routes.ts'
export { jaegerV3Routes } from './jaeger-v3-routes.ts'
export { onlyGet } from './only-get-routes.ts'
export { restRoutes, type RestRoutesOptions } from './rest-routes.ts'
export { withLenientIds, withoutSearch } from './zipkin-readers.ts'
export { zipkinRoutes, type ZipkinRoutesOptions } from './zipkin-routes.ts'
// What strangers write into a URL, for the fuzzer.
export { traceQueryFromJaeger, traceQueryFromJaegerV3 } from './jaeger-query.ts'
export { traceQueryFromRest } from './rest-query.ts'
export { traceQueryFromZipkin } from './zipkin-query.ts'
