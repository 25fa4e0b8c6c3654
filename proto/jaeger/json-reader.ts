// Jaeger's JSON to spans: what its query API answers, its UI saves as a file, and Grafana and others hand on.
// Shape: Jaeger's internal/uimodel/model.go. Read as OTLP, by the rules of OpenTelemetry's pkg/translator/jaeger, so that types,
// links and letter case are kept in the span's detail; the inverse of json.ts.
import type { Endpoint } from '@hopscope/model'
import { type Decoded, Refused, shown } from '../decoded.ts'
import { HopscopeError } from '../errors.ts'
import { ipFrom } from '../ip.ts'
import { OtlpIntake } from '../otlp/intake.ts'
import { type Members, membersOf, notAnObject, textFrom } from '../otlp/json-values.ts'
import { NO_RESOURCE, NO_SCOPE, type OtlpResource, type OtlpValue } from '../otlp/otlp.ts'
import type { ScopeBase } from '../otlp/scope.ts'
import { textOfValue } from '../otlp/value.ts'
import { parseJson, readJson } from '../wire/json-text.ts'
import { isGiven, isObject, NUMBER_FOR_TEXT } from '../wire/json-values.ts'
import { spanFromJaeger } from './span-reader.ts'
import { attributesFromTags } from './tags-reader.ts'

const SERVICE_NAME = 'service.name'
/** Jaeger's names for a process that doesn't say which service it is. */
const NO_SERVICES: ReadonlySet<string> = new Set(['', 'missing-service-name'])

/**
 * Reads UTF-8 `{"data":[trace, …]}`, one trace `{"spans":[…],"processes":{…}}`, or a list of traces. A refusal's index counts
 * the spans of the whole body.
 * @throws HopscopeError body-not-json, body-malformed
 */
export function decodeJaegerJson(bytes: Uint8Array): Decoded {
  return readJson(bytes, (json) => decodedFrom(json, bytes.length))
}

/** Undefined if a number stands where text is wanted: JSON.parse may have lost its digits. */
function decodedFrom(json: string, size: number): Decoded | undefined {
  const intake = new OtlpIntake(size)
  for (const trace of tracesOf(parseJson(json))) {
    const members = membersOf(trace)
    const spans = members?.['spans']
    if (!Array.isArray(spans)) {
      intake.refuse(new Refused('', `A trace must be an object with ${WANTED}, not ${shown(trace)}.`))
      continue
    }
    const bases = new Bases(members?.['processes'], intake)
    for (const entry of spans as readonly unknown[]) if (!addSpan(entry, bases, intake)) return undefined
  }
  return intake.decoded()
}

/** In a list, each may be a trace, or an answer with traces as its data. */
function tracesOf(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body.flatMap((each: unknown) => dataOf(each) ?? [each])
  const data = dataOf(body)
  if (data !== undefined) return data
  if (Array.isArray(membersOf(body)?.['spans'])) return [body]
  throw new HopscopeError('body-malformed', `The body must be a trace with ${WANTED}, or an object with a list data of those.`) // prettier-ignore
}

const WANTED = 'a list spans'

function dataOf(value: unknown): readonly unknown[] | undefined {
  const data = membersOf(value)?.['data']
  return Array.isArray(data) ? data : isObject(data) ? [data] : undefined
}

/** False where the body must be read again with numbers as text. */
function addSpan(entry: unknown, bases: Bases, intake: OtlpIntake): boolean {
  const wire = membersOf(entry)
  const read =
    wire === undefined
      ? new Refused('', `A span must be an object, not ${shown(entry)}.`)
      : spanFromJaeger(wire)
  if (wire === undefined || read instanceof Refused) return refuse(read as Refused, intake)
  const base = bases.baseOf(wire, read.scopeName, read.scopeVersion)
  if (base instanceof Refused) return refuse(base, intake)
  intake.add(read.span, base)
  return true
}

function refuse(refused: Refused, intake: OtlpIntake): boolean {
  if (refused === NUMBER_FOR_TEXT) return false
  intake.refuse(refused)
  return true
}

/** What the spans of one process have in common, made once for all of them. */
class Bases {
  readonly #processes: Members
  readonly #intake: OtlpIntake
  readonly #resources = new Map<unknown, OtlpResource | Refused>()
  readonly #bases = new Map<OtlpResource, Map<string, ScopeBase | Refused>>()

  constructor(processes: unknown, intake: OtlpIntake) {
    this.#processes = membersOf(processes) ?? {}
    this.#intake = intake
  }

  baseOf(wire: Members, name: string, version: string): ScopeBase | Refused {
    const resource = this.#resourceOf(wire)
    if (resource instanceof Refused) return resource
    let bases = this.#bases.get(resource)
    if (bases === undefined) this.#bases.set(resource, (bases = new Map()))
    const key = JSON.stringify([name, version])
    let base = bases.get(key)
    if (base === undefined) {
      base = this.#intake.baseFrom(resource, { ...NO_SCOPE, name, version })
      if (!(base instanceof Refused)) base = withAddress(base)
      bases.set(key, base)
    }
    return base
  }

  /** A span names its process, or, as Jaeger's stores write it, has it. */
  #resourceOf(wire: Members): OtlpResource | Refused {
    const id = wire['processID']
    const isNamed = typeof id === 'string' && Object.hasOwn(this.#processes, id)
    const process = isNamed ? this.#processes[id] : wire['process']
    let resource = this.#resources.get(process)
    if (resource === undefined) this.#resources.set(process, (resource = resourceFrom(process)))
    return resource
  }
}

/** Of a process that is missing: nothing is known of it. */
function resourceFrom(process: unknown): OtlpResource | Refused {
  if (!isGiven(process)) return NO_RESOURCE
  const members = membersOf(process)
  if (members === undefined) return notAnObject('process', process)
  const attributes = attributesFromTags(members['tags'], 'process.tags')
  if (attributes instanceof Refused) return attributes
  const name = textFrom(members['serviceName'], 'process.serviceName')
  if (typeof name !== 'string') return name
  const service = { key: SERVICE_NAME, value: { stringValue: name } }
  const rest = attributes.filter(({ key }) => key !== SERVICE_NAME)
  return { ...NO_RESOURCE, attributes: NO_SERVICES.has(name) ? rest : [service, ...rest] }
}

/** Jaeger's own clients tell the address of a process in its tags `ip` and, as Zipkin's spans have it, `port`. */
function withAddress(base: ScopeBase): ScopeBase {
  let ip: string | undefined
  let port: number | undefined
  for (const { key, value } of base.resource.attributes) {
    if (key === 'ip') ip = ipFrom(textOfValue(value))
    if (key === 'port') port = portFrom(value)
  }
  if (ip === undefined && port === undefined) return base
  const isIpv6 = ip?.includes(':') === true
  const localEndpoint: Endpoint = {
    serviceName: base.serviceName,
    ipv4: isIpv6 ? undefined : ip,
    ipv6: isIpv6 ? ip : undefined,
    port,
  }
  return { ...base, localEndpoint }
}

function portFrom(value: OtlpValue): number | undefined {
  const port = Number(textOfValue(value))
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined
}
