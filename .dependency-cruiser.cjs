// The arrows of the house (docs/architecture.md): each room may import the rooms named here and nothing else in src.
const rooms = {
  model: [],
  ports: ['model'],
  system: ['model', 'ports'],
  sim: ['ports', 'model'],
  explore: ['sim'],
  subjects: ['explore', 'sim', 'ports', 'model', 'system'],
  report: ['explore'],
  cli: ['model', 'ports', 'system', 'host', 'library', 'sim', 'explore', 'subjects', 'report'],
  host: ['ports', 'model'],
  library: ['model', 'ports', 'system', 'host'],
}

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `arrows-of-${room}`,
      comment: `src/${room} may import ${allowed.length === 0 ? 'no other room' : allowed.join(', ')}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: [room, ...allowed].map((name) => `^src/${name}/`) },
    })),
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'only-declared-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
