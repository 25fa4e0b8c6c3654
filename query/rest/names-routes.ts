// Names to choose from, for type-ahead: services, their operations, the keys of tags and their values.
import express, { type Request, type Response, type Router } from 'express'
import type { NameKind, NameScope, SpanReader } from '@hopscope/storage'
import { onlyGet } from '../only-get-routes.ts'
import { limitParameter, onlyParameters, textParameter } from '../parameters.ts'

const DEFAULT_LIMIT = 1000
const MOST = 10_000

/** To be mounted at `/rest/v1`. @param permit throws when names may not be asked for */
export function namesRoutes(reader: SpanReader, permit: () => void): Router {
  const router = express.Router()

  const answer = async (
    request: Request,
    response: Response,
    called: string,
    kind: NameKind,
    scope: NameScope,
  ) => {
    const limit = limitParameter(request, DEFAULT_LIMIT, MOST)
    permit()
    const names = await reader.names(kind, { ...scope, limit: limit + 1 })
    response.json({ [called]: names.slice(0, limit), complete: names.length <= limit })
  }

  router.get('/services', async (request, response) => {
    onlyParameters(request, ['prefix', 'limit'])
    await answer(request, response, 'services', 'service', { prefix: nameParameter(request, 'prefix') })
  })

  // A service's name may have a slash.
  router.get('/services/*service/operations', async (request, response) => {
    onlyParameters(request, ['prefix', 'limit'])
    const service = [request.params['service']].flat().join('/').toLowerCase()
    const prefix = nameParameter(request, 'prefix')
    await answer(request, response, 'operations', 'operation', { service, prefix })
  })

  router.get('/tags', async (request, response) => {
    onlyParameters(request, ['service', 'prefix', 'limit'])
    await answer(request, response, 'tags', 'tagKey', tagScope(request))
  })

  router.get('/tags/*key/values', async (request, response) => {
    onlyParameters(request, ['service', 'prefix', 'limit'])
    const tagKey = [request.params['key']].flat().join('/')
    await answer(request, response, 'values', 'tagValue', { ...tagScope(request), tagKey })
  })

  return onlyGet(router)
}

function tagScope(request: Request): NameScope {
  return { service: nameParameter(request, 'service'), prefix: textParameter(request, 'prefix') }
}

/** Names of services and operations are stored in lower case. */
function nameParameter(request: Request, name: string): string | undefined {
  return textParameter(request, name)?.toLowerCase()
}
