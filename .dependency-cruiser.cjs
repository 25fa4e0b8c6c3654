// The rooms of the design as import rules. Each package may import the packages listed for it and no others;
// each library lives where the design puts it.
const PACKAGES = {
  model: [],
  proto: ['model'],
  propagation: [],
  storage: ['model', 'proto'],
  collector: ['model', 'proto', 'storage'],
  query: ['model', 'proto', 'storage'],
  ui: ['model', 'proto'],
  server: ['model', 'proto', 'storage', 'collector', 'query'],
  demo: ['propagation'],
}
const TESTS = '\\.test\\.ts$|^[a-z]+/testing/'

/** Only the folders in `where` may import `library`. */
const only = (library, where) => ({
  name: `${library} only where the design puts it`,
  severity: 'error',
  from: { pathNot: `${where}|^test/|${TESTS}` },
  to: { path: `node_modules/${library}/` },
})

module.exports = {
  forbidden: [
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nothing unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^@hopscope/' },
    },
    ...Object.entries(PACKAGES).map(([from, may]) => ({
      name: `${from} imports ${may.join(', ') || 'no other package'}`,
      severity: 'error',
      from: { path: `^${from}/`, pathNot: TESTS },
      to: {
        path: `^(${Object.keys(PACKAGES).concat('test').join('|')})/`,
        pathNot: `^(${[from, ...may].join('|')})/`,
      },
    })),
    {
      name: 'a page of the viewer knows no other page',
      severity: 'error',
      from: { path: '^ui/(search|request|trace|services|graph|compare)/', pathNot: TESTS },
      to: {
        path: '^ui/(app|search|request|trace|services|graph|compare)/',
        pathNot: '^ui/$1/',
      },
    },
    {
      name: 'the viewer reads columns and files, and no other format',
      severity: 'error',
      from: { path: '^ui/', pathNot: TESTS },
      to: { path: '^proto/', pathNot: '^proto/(columns|files|dist/(columns|files))/' },
    },
    {
      name: 'collector and query know only the storage contract',
      severity: 'error',
      from: { path: '^(collector|query)/' },
      to: { path: '^storage/duckdb/' },
    },
    {
      name: 'model is pure',
      severity: 'error',
      from: { path: '^model/', pathNot: TESTS },
      to: { dependencyTypes: ['core', 'npm'], pathNot: 'node_modules/re2js/' },
    },
    {
      name: 'the propagation library carries nothing but uuid',
      severity: 'error',
      from: { path: '^propagation/', pathNot: TESTS },
      to: { path: 'node_modules/', pathNot: 'node_modules/(uuid|@types)/' },
    },
    only('@duckdb', '^storage/duckdb/'),
    only(
      'express',
      '^(collector/http|query/[a-z0-9/-]*routes|query/parameters|query/[a-z/]+-query|server/|demo/)',
    ),
    only('kafkajs', '/kafka[^/]*\\.ts$'),
    only('@elastic', '^storage/elasticsearch/'),
  ],
  options: {
    exclude: { path: '(^|/)dist/' },
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
      extensions: ['.ts', '.js', '.svelte'],
    },
  },
}
