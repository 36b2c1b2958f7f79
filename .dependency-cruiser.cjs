/**
 * Who may import whom (docs/architecture.md). A group may import the groups below it, never one above it, and nothing
 * beside it in its own group, except what `beside` allows.
 */
const groups = [
  ['main', '^src/(main|index|start)\\.ts$|^src/cli/'],
  ['setup', '^src/setup/'],
  ['root module', '^src/(server|latchkey\\.module|built-in-providers)\\.ts$'],
  ['openapi', '^src/openapi/'],
  ['admin', '^src/admin/'],
  ['shared signals', '^src/shared-signals/'],
  ['accounts', '^src/accounts/'],
  ['each provider', '^src/providers/(?!oauth2/)[^/]+/'],
  ['providers', '^src/providers/(oauth2/)?[^/]+\\.ts$'],
  ['revocations', '^src/revocations/'],
  ['sessions, identities', '^src/(sessions|identities)/'],
  ['records', '^src/(users|signing-keys|secrets|functions|audit)/'],
  ['apps', '^src/apps/'],
  ['services', '^src/(hooks|mail|outbound|rate-limits|http)/'],
  ['database', '^src/database/'],
  ['foundations', '^src/(config|crypto|errors|common)/'],
];

/** Folders of one group do not know each other, but for `may`. */
const neighbours = [
  { folders: ['sessions', 'identities'], may: [['sessions', 'identities']] },
  { folders: ['users', 'signing-keys', 'secrets', 'functions', 'audit'], may: [['functions', 'secrets']] },
  { folders: ['hooks', 'mail', 'outbound', 'rate-limits', 'http'], may: [] },
  {
    folders: ['config', 'crypto', 'errors', 'common'],
    may: [
      ['config', 'common'],
      ['crypto', 'common'],
      ['errors', 'common'],
    ],
  },
];

const upward = groups.slice(1).map(([name, path], i) => ({
  name: `upward from ${name}`,
  severity: 'error',
  from: { path },
  to: {
    path: groups
      .slice(0, i + 1)
      .map(([, above]) => above)
      .join('|'),
  },
}));

const sideways = neighbours.flatMap(({ folders, may }) =>
  folders.flatMap((from) =>
    folders
      .filter((to) => to !== from && !may.some(([f, t]) => f === from && t === to))
      .map((to) => ({
        name: `${from} does not know ${to}`,
        severity: 'error',
        from: { path: `^src/${from}/` },
        to: { path: `^src/${to}/` },
      })),
  ),
);

module.exports = {
  forbidden: [
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    ...upward,
    ...sideways,
    {
      name: 'a provider does not know another',
      severity: 'error',
      from: { path: '^src/providers/([^/]+)/' },
      to: { path: '^src/providers/[^/]+/', pathNot: '^src/providers/($1|oauth2)/' },
    },
    {
      name: 'the embedded store stands alone',
      severity: 'error',
      from: { path: '^src/embedded-store/' },
      to: { path: '^(src|admin-ui)/', pathNot: '^src/embedded-store/' },
    },
    {
      name: 'only database and cli/db start the embedded store',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(embedded-store/|database/|cli/db)' },
      to: { path: '^src/embedded-store/' },
    },
    {
      name: 'the verifier stands alone',
      severity: 'error',
      from: { path: '^src/verifier/' },
      to: { path: '^(src|admin-ui)/', pathNot: '^src/verifier/' },
    },
    {
      name: 'views do not query',
      severity: 'error',
      from: { path: '^admin-ui/' },
      to: { path: '^src/|mongoose|mongodb|@nestjs' },
    },
    {
      name: 'product code does not import tests',
      severity: 'error',
      from: { path: '^(src|admin-ui)/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'no development dependency in the product',
      severity: 'error',
      from: { path: '^(src|admin-ui)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
