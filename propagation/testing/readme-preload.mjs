// Put before a program of the README, which runs as it is written: the places it names become those that the test has.
// README_PLACES: JSON, from `host:port` to `{ host, port }`. What listens on port 3000 listens on a free one, told by IPC.
import net from 'node:net'

const places = JSON.parse(process.env['README_PLACES'] ?? '{}')
const SERVED = 3000

const { connect } = net.Socket.prototype
net.Socket.prototype.connect = function (...args) {
  // What net has put in order itself: a list of options and callback.
  const listed = Array.isArray(args[0]) ? args[0] : args
  const [first, second] = listed
  const asked = typeof first === 'object' ? first : { port: first, host: second }
  const place = places[`${asked.host ?? 'localhost'}:${asked.port}`]
  if (!place) return Reflect.apply(connect, this, args)
  if (typeof first === 'object') listed[0] = { ...first, ...place }
  else args.splice(0, typeof second === 'string' ? 2 : 1, { ...place })
  return Reflect.apply(connect, this, args)
}

const { listen } = net.Server.prototype
net.Server.prototype.listen = function (...args) {
  const [first] = args
  const port = typeof first === 'object' && first !== null ? first.port : first
  if (Number(port) !== SERVED) return Reflect.apply(listen, this, args)
  this.once('listening', () => process.send?.({ port: this.address().port }))
  const called = args.find((argument) => typeof argument === 'function')
  return Reflect.apply(listen, this, [{ port: 0, host: '127.0.0.1' }, called])
}
