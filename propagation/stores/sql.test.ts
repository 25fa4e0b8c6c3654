// What a statement's name is made of: its keyword, and never anything that is different each time.
import { expect, test } from '@jest/globals'
import { keywordOf } from './sql.ts'

test.each([
  ['SELECT * FROM orders', 'SELECT'],
  ['select\t1', 'SELECT'],
  ['  \n (SELECT 1) UNION (SELECT 2)', 'SELECT'],
  ['-- why\n--\n/* a\n* b */insert into x values (1)', 'INSERT'],
  ['WITH a AS (SELECT 1) SELECT * FROM a', 'WITH'],
  ['COMMIT', 'COMMIT'],
  ['', 'QUERY'],
  ['-- nothing else', 'QUERY'],
  ['/* never closed', 'QUERY'],
  ['42', 'QUERY'],
  [undefined, 'QUERY'],
  ['x'.repeat(1_000_000), 'X'.repeat(24)],
  ['/*'.repeat(500_000), 'QUERY'],
  ['('.repeat(3000) + 'SELECT 1', 'QUERY'],
])('the keyword of %.40s is %s', (statement, keyword) => {
  expect(keywordOf(statement)).toBe(keyword)
})
