// Which part of the graph is shown for what is asked.
import { expect, test } from '@jest/globals'
import { filterGraph, neighbours, type GraphFilter } from './neighbours.ts'

const edge = (from: string, to: string, calls = 10, errors = 0) => ({ from, to, calls, errors })
const edges = [
  edge('web', 'cart', 1000),
  edge('web', 'bank', 100, 5),
  edge('cart', 'db', 5000),
  edge('bank', 'db', 90),
  edge('db', 'disk', 3, 1),
  edge('cron', 'db', 2),
]
const services = ['web', 'cart', 'bank', 'db', 'disk', 'cron', 'Idle'].map((name) => ({ name }))
const shown = (filter: GraphFilter) => {
  const graph = filterGraph({ services, edges }, filter)
  return {
    services: graph.services.map(({ name }) => name),
    edges: graph.edges.map(({ from, to }) => `${from}>${to}`),
  }
}

test('neighbours are counted in calls, along one direction only', () => {
  const of = (side: 'callers' | 'called' | 'both', steps: number, service = 'db') =>
    Object.fromEntries(neighbours(edges, { service, steps, side }))
  expect(of('callers', 2)).toEqual({ db: 0, cart: 1, bank: 1, cron: 1, web: 2 })
  expect(of('called', 9)).toEqual({ db: 0, disk: 1 })
  expect(of('both', 1)).toEqual({ db: 0, cart: 1, bank: 1, cron: 1, disk: 1 })
  expect(of('both', 9, 'cart')).toEqual({ cart: 0, web: 1, db: 1, disk: 2 })
  expect(of('both', 0)).toEqual({ db: 0 })
  expect(of('both', 1, 'nobody')).toEqual({})
})

test('a cycle ends, and __proto__ is a service', () => {
  const round = [edge('__proto__', 'b'), edge('b', '__proto__'), edge('b', 'b')]
  expect([...neighbours(round, { service: '__proto__', steps: Infinity, side: 'both' })]).toEqual([
    ['__proto__', 0],
    ['b', 1],
  ])
})

test('nothing asked is the whole graph, services without calls too', () => {
  expect(shown({}).services).toHaveLength(services.length)
  expect(shown({ text: ' ' }).edges).toHaveLength(edges.length)
})

test('a focus keeps the service even if nothing is left around it', () => {
  expect(shown({ focus: { service: 'Idle', steps: 2, side: 'both' } })).toEqual({
    services: ['Idle'],
    edges: [],
  })
  expect(shown({ focus: { service: 'bank', steps: 1, side: 'both' } })).toEqual({
    services: ['web', 'bank', 'db'],
    edges: ['web>bank', 'bank>db'],
  })
})

test('a text keeps what it names, with direct neighbours', () => {
  expect(shown({ text: ' DIS' })).toEqual({ services: ['db', 'disk'], edges: ['db>disk'] })
  expect(shown({ text: 'idle' })).toEqual({ services: ['Idle'], edges: [] })
})

test('least calls and errors leave edges out, and services that lose all', () => {
  expect(shown({ leastCalls: 1000 })).toEqual({
    services: ['web', 'cart', 'db'],
    edges: ['web>cart', 'cart>db'],
  })
  expect(shown({ errorsOnly: true }).edges).toEqual(['web>bank', 'db>disk'])
  expect(shown({ errorsOnly: true, leastCalls: 50, text: 'web' }).services).toEqual(['web', 'bank'])
})
