// The reporter that posts spans to a collector over HTTP.
import { BatchReporter, type BatchOptions } from './batch-reporter.ts'
import { checkOptions } from '../options.ts'
import { httpSenderTo } from './post.ts'

export interface ReporterOptions extends BatchOptions {
  /** Where the collector is; spans are posted to `<collectorUrl>/api/v2/spans`. Default `http://127.0.0.1:9411`. */
  collectorUrl?: string
  /** Sent with every post, an authorization for example. */
  headers?: Readonly<Record<string, string>>
  /** Whether bodies beyond 1 KiB go with `content-encoding: gzip`, unless the collector answers 415. Default true. */
  compress?: boolean
}

export class HttpReporter extends BatchReporter {
  /** @throws TypeError where an option can't be right: at the start, not in the middle of a request. */
  constructor(options: ReporterOptions = {}) {
    checkOptions(options)
    const url = new URL(options.collectorUrl ?? 'http://127.0.0.1:9411')
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v2/spans`
    super(httpSenderTo(url, options.headers ?? {}, options.compress ?? true), options)
  }
}
