import { expect, test } from '@jest/globals'
import { lineOf } from './csv.ts'

test.each([
  [['a', 1, true, null, undefined, ''], 'a,1,true,,,""'],
  [['a;b', 'a\tb'], '"a;b","a\tb"'],
  [['a,b', 'say "hi"', 'two\nlines', ' blank '], '"a,b","say ""hi""","two\nlines"," blank "'],
  [[-1.5, 1e21], '-1.5,1e+21'],
])('%p is written as RFC 4180 says', (cells, line) => {
  expect(lineOf(cells)).toBe(`${line}\r\n`)
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1'])(
  'a text such as %j is no formula',
  (text) => {
    expect(lineOf([text])).toMatch(/^"?'/)
  },
)
