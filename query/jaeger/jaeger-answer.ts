// How Jaeger's two query APIs answer: envelopes and errors.
import type { ServerResponse } from 'node:http'
import type { ErrorForm } from '@hopscope/proto'
import { sendJson } from '../trace-stream.ts'

/** An entry of an envelope's `errors`. */
interface JaegerError {
  readonly code?: number
  readonly msg: string
  readonly traceID?: string
}

/** What follows `data` in the envelope. Jaeger counts lists of names, but not traces. */
export function afterData(total: number, errors: readonly JaegerError[]): string {
  return `,"total":${total},"limit":0,"offset":0,"errors":${errors.length === 0 ? 'null' : JSON.stringify(errors)}}`
}

export function sendData(response: ServerResponse, data: readonly unknown[], total: number): void {
  sendJson(response, `{"data":${JSON.stringify(data)}${afterData(total, [])}`)
}

const envelopeForm: ErrorForm = ({ status, detail }) => ({
  type: 'application/json',
  body: `{"data":null${afterData(0, [{ code: status, msg: detail }])}`,
})

/** grpc-gateway's form, as Jaeger fills it in. */
const gatewayForm: ErrorForm = ({ status, detail }) => ({
  type: 'application/json',
  body: JSON.stringify({ error: { httpCode: status, message: detail } }),
})

const errorsIn =
  (errorForm: ErrorForm) =>
  (_: unknown, { locals }: { readonly locals: { errorForm?: ErrorForm } }, next: () => void) => {
    locals.errorForm = errorForm
    next()
  }

/** Whatever goes wrong with a request from here on is told in the form of the older API, or of v3. */
export const errorsInEnvelope = errorsIn(envelopeForm)
export const errorsOfGateway = errorsIn(gatewayForm)
