// The reporter that posts spans to a collector over HTTP.
import type { ReporterOptions } from './batch-options.ts'
import { BatchReporter } from './batch-reporter.ts'
import { checkOptions } from '../options.ts'
import { httpSenderTo } from './post.ts'

export class HttpReporter extends BatchReporter {
  /** @throws TypeError where an option can't be right: at the start, not in the middle of a request. */
  constructor(options: ReporterOptions = {}) {
    checkOptions(options)
    const url = new URL(options.collectorUrl ?? 'http://127.0.0.1:9411')
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v2/spans`
    super(httpSenderTo(url, options.headers ?? {}, options.compress ?? true), options)
  }
}
