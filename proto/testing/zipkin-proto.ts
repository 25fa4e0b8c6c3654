// zipkin.proto as protobufjs reads it: the independent judge of our own reading and writing.
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'

export const ListOfSpans = protobuf
  .loadSync(fileURLToPath(new URL('../zipkin/zipkin.proto', import.meta.url)))
  .lookupType('zipkin.proto3.ListOfSpans')
