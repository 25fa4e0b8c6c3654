// The query service: what can be asked about stored traces over HTTP.
export { analysisRoutes, type AnalysisRoutesOptions } from './analysis/analysis-routes.ts'
export { jaegerRoutes } from './jaeger/jaeger-routes.ts'
export { jaegerV3Routes } from './jaeger/jaeger-v3-routes.ts'
export { onlyGet } from './only-get-routes.ts'
export { restRoutes, type RestRoutesOptions } from './rest/rest-routes.ts'
export {
  type FoundTrace,
  type FoundTraces,
  SEARCH_BUDGET,
  type SearchBudget,
  searchTraces,
  type ShownSet,
  type ShownSpan,
  type ShownValue,
  type TraceSearch,
} from './rest/search.ts'
export { withLenientIds, withoutSearch } from './zipkin-readers.ts'
export { zipkinRoutes, type ZipkinRoutesOptions } from './zipkin/zipkin-routes.ts'
// What strangers write into a URL, for the fuzzer.
export { traceQueryFromJaeger, traceQueryFromJaegerV3 } from './jaeger/jaeger-query.ts'
export { searchFromRest } from './rest/rest-query.ts'
export { traceQueryFromZipkin } from './zipkin/zipkin-query.ts'
