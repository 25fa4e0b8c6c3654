// What every page shares: the API, the known services, and a clock for "2 min ago".
import { createApi, type Names } from './api.ts'
import { Loader } from './loader.svelte.ts'

export const api = createApi()

/** Known services; undefined until the server has answered once. */
export const services = new Loader<Names>()

export const loadServices = () => services.load((signal) => api.services(signal))

let now = $state(Date.now() * 1e3)
setInterval(() => (now = Date.now() * 1e3), 10_000)

export const clock = {
  /** Epoch microseconds, at most ten seconds old. */
  get now() {
    return now
  },
}
