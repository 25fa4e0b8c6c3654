// English, the language that the others are measured by: their files have the same keys.
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

export const en = { app, compare, design, graph, request, search, services, span, trace, traceViews }

/** Texts by room; those with numbers or names in them are functions. */
export type Messages = typeof en
