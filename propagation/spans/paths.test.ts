// Names made of paths: what is different every time, or a secret, is `:id`, and words are words.
import { describe, expect, test } from '@jest/globals'
import { nameOfPath } from './paths.ts'

const JWT =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'

describe('a segment of a path', () => {
  test.each([
    '42', '01890a5d-ac96-774b-bcce-b302099a8057', '5af7183fb1d4cf5f', 'ord_4f8Kq2Lm9Xz7Bv3Nc1', JWT,
    'bot123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11', 'dGh1cy1BcyBh8HRva7VuMTIz==', 'sess~4a9f8b7c6d5e4f3a2b1c',
    'a%3Db%3Dc%3D1234567890', 'user=42&key=12345678901', 'ann@example.com', 'ann%40example.com', '@ann',
    'abcdefghij'.repeat(4), 'aB'.repeat(20), 'x'.repeat(300), 'YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXph-Zm9v_YmFy',
  ])('%s is :id', (segment) => {
    expect(nameOfPath(`/a/${segment}/b`)).toBe('/a/:id/b')
  }) // prettier-ignore

  test.each([
    'users', 'v1', 'v2beta1', 'deadbeef', 'feedbacks', 'order-items', 'order_items', 'index.html', 'a.b.c', 'api.v2',
    'how-to-configure-your-cluster-properly-and-safely', 'google.cloud.bigquery.storage.v1.BigQueryRead', 'x=1',
    'OrderServiceInternal', '%D0%BF', 'orders:batch', '~ann', 'S3', 'top-10-lists-of-2', '', ':id',
  ])('%s is as it is', (segment) => {
    expect(nameOfPath(`/a/${segment}`)).toBe(`/a/${segment}`)
  }) // prettier-ignore
})

test('takes time in proportion to the path', () => {
  const start = performance.now()
  for (const part of ['a1', 'a', '1', '-a', 'a-', 'a.', '0', '%', 'a1-'])
    for (const length of [255, 100_000]) nameOfPath(`/${part.repeat(length)}`.slice(0, length).repeat(3))
  expect(performance.now() - start).toBeLessThan(1000)
})
