// 简体中文。
import type { Messages } from '../en/messages.ts'
import { app } from './app.ts'
import { compare } from './compare.ts'
import { design } from './design.ts'
import { graph } from './graph.ts'
import { request } from './request.ts'
import { search } from './search.ts'
import { services } from './services.ts'
import { span } from './span.ts'
import { trace } from './trace.ts'
import { traceViews } from './trace-views.ts'

export const zh: Messages = {
  app,
  compare,
  design,
  graph,
  request,
  search,
  services,
  span,
  trace,
  traceViews,
}
