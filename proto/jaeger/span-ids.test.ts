import { describe, expect, test } from '@jest/globals'
import { traceFromText } from '@hopscope/model/testing'
import { withServerIds } from './span-ids.ts'

/** `id<parent` of each span, without leading zeros. */
const ids = (text: string) =>
  withServerIds(traceFromText(text).spans).map(
    ({ id, parentId }) => `${id.replace(/^0+/, '')}<${parentId?.replace(/^0+/, '') ?? ''}`,
  )

describe("the server's half of a call", () => {
  test("becomes the client's child under a new id, and takes over the children of the shared one", () => {
    expect(
      ids(`
        web  get     0  100  SERVER                id=a1
          web  charge 10 60  CLIENT  ->pay         id=a2
            pay  charge 20 40  SERVER  shared      id=a2  parent=a1
              pay  save  25  5  CLIENT  ->db       id=a3  parent=a2
      `),
    ).toEqual(['a1<', 'a2<a1', '1<a2', 'a3<1'])
  })

  test('is known by its flag too, where it has no kind', () => {
    expect(
      ids(`
        web  charge 10 60  CLIENT  id=a2
          pay  charge 20 40  shared  id=a2 parent=-
      `),
    ).toEqual(['a2<', '1<a2'])
  })

  test('gets an id that no span has, each half its own', () => {
    expect(
      ids(`
        web  charge 10 60  CLIENT         id=b
          pay  charge 20 10  SERVER shared  id=b parent=-
          pay  charge 40 10  SERVER shared  id=b parent=-
          web  other   1  1  id=1 parent=b
          web  other   1  1  id=3 parent=ff
      `),
    ).toEqual(['b<', '2<b', '4<b', '1<4', '3<ff'])
  })

  test('gets no id that is the parent of a span, stored or missing', () => {
    expect(
      ids(`
        web  charge 10 60  CLIENT         id=b
          pay  charge 20 10  SERVER shared  id=b parent=-
          web  other   1  1  id=c parent=1
      `),
    ).toEqual(['b<', '2<b', 'c<1'])
  })

  test('keeps its id where no client has it', () => {
    const { spans } = traceFromText(`
      pay  charge 20 40  SERVER shared id=a2 parent=a1
        broker send 1 1 PRODUCER id=a3
        sink take 1 1 CONSUMER shared id=a3
    `)
    expect(withServerIds(spans)).toBe(spans)
  })
})
