// The answers of the OTLP route, read by a protobuf decoder that isn't ours.
import { describe, expect, test } from '@jest/globals'
import { encodeOtlpError, encodeOtlpResponse } from './response.ts'
import { messageType } from '../testing/otlp.ts'

const read = (type: string, bytes: Uint8Array): object =>
  messageType(type).toObject(messageType(type).decode(bytes), { longs: String })
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

describe('the answer to spans', () => {
  test.each([
    [0, '', {}],
    [3, 'no ids', { partialSuccess: { rejectedSpans: '3', errorMessage: 'no ids' } }],
    [0, 'slow down', { partialSuccess: { errorMessage: 'slow down' } }],
    [3, '', { partialSuccess: { rejectedSpans: '3' } }],
  ])('%s rejected, message "%s"', (rejected, message, answer) => {
    expect(JSON.parse(textOf(encodeOtlpResponse('json', rejected, message)))).toEqual(answer)
    expect(read('ExportTraceServiceResponse', encodeOtlpResponse('protobuf', rejected, message))).toEqual(
      answer,
    )
  })

  test('full success in protobuf is no bytes at all', () => {
    expect(encodeOtlpResponse('protobuf', 0, '')).toHaveLength(0)
  })
})

test.each([
  [400, 3],
  [429, 8],
  [503, 14],
  [500, 13],
  [418, 2],
])('an error of status %s is a google.rpc.Status of code %s', (status, code) => {
  const answer = { code, message: 'why – äh' }
  expect(JSON.parse(textOf(encodeOtlpError('json', status, answer.message)))).toEqual(answer)
  expect(read('RpcStatus', encodeOtlpError('protobuf', status, answer.message))).toEqual(answer)
})
