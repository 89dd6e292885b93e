// Packs the package as npm would and looks at it as a program that installed it: is every file of its export map there (publint), do
// its types load without an error under both ways to resolve modules (node16, bundler), does what is for browsers need neither Node's
// types nor Temporal's, and is every example true?
// Examples are the `ts` blocks in TSDoc and in the documents: each has to be a whole module, with its imports.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
// Below the root, so that what the package depends on is found; named as the builds that git and prettier leave out.
const program = join(root, `.dist-program-${process.pid}`);
const installed = join(program, 'node_modules', manifest.name);

try {
  const examples = await prepare();
  const checks = [lintExports(), resolveAs('node16'), resolveAs('bundler'), resolveInBrowser()];
  const found = (await Promise.all(checks)).flat();
  for (const line of new Set(found)) console.error(line);
  if (found.length > 0) process.exitCode = 1;
  else console.log(`The package resolves in both ways; examples that hold: ${examples}.`);
} finally {
  rmSync(program, { recursive: true, force: true });
}

/** Installs the packed package into a program that imports all of it. @returns how many examples there are */
async function prepare() {
  mkdirSync(installed, { recursive: true });
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', program]);
  const [packed] = readdirSync(program).filter((name) => name.endsWith('.tgz'));
  await run('tar', ['-xzf', join(program, packed), '-C', installed, '--strip-components=1']);
  writeFileSync(join(program, 'package.json'), '{ "type": "module" }');
  const typed = Object.entries(manifest.exports).filter(([, target]) => target.types);
  const imports = typed.map(([path], index) => `export * as e${index} from '${manifest.name}${path.slice(1)}';`);
  writeFileSync(join(program, 'everything.ts'), imports.join('\n'));
  return writeExamples();
}

async function lintExports() {
  const { messages } = await publint({ pkgDir: installed, pack: false, strict: true });
  return messages.map((message) => `package.json: ${formatMessage(message, manifest, { color: false })}`);
}

async function resolveAs(moduleResolution) {
  const compilerOptions = {
    ...{ target: 'es2022', types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
    ...{ module: moduleResolution === 'node16' ? 'node16' : 'esnext', moduleResolution },
    ...{ strict: true, skipLibCheck: false, noEmit: true, listFiles: true },
  };
  const [files, messages] = await compile(moduleResolution, {
    compilerOptions,
    include: ['everything.ts', 'examples'],
  });
  return [...messages.map(toSource), ...strangers(files)];
}

/** As a page would: with the platform's types and nothing else. */
async function resolveInBrowser() {
  writeFileSync(join(program, 'page.ts'), `export * as client from '${manifest.name}/client';`);
  const compilerOptions = {
    ...{ target: 'es2022', lib: ['es2022', 'dom'], types: [], module: 'esnext', moduleResolution: 'bundler' },
    ...{ strict: true, skipLibCheck: false, noEmit: true, listFiles: true },
  };
  const [files, messages] = await compile('browser', { compilerOptions, include: ['page.ts'] });
  const ours = (file) =>
    file.startsWith(program) || file.includes('/node_modules/@typescript/') || /\/lib\.[\w.]+\.d\.ts$/.test(file);
  const strange = files.filter((file) => file !== '' && !ours(file));
  return [...messages, ...strange.map((file) => `package.json: ${manifest.name}/client needs the types of ${file}`)];
}

/** @returns the files that it read, and what is wrong */
async function compile(name, config) {
  const file = join(program, `tsconfig.${name}.json`);
  writeFileSync(file, JSON.stringify(config));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const output = await run(process.execPath, [tsc, '-p', file, '--pretty', 'false']).catch(({ stdout }) => stdout);
  return partition(output.split('\n'), (line) => line.startsWith('/') || line === '');
}

/** Types that the package's own ones lead to, though a program does not get them with it. */
function strangers(files) {
  const names = files.flatMap((file) => file.match(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []);
  const missing = Object.keys(manifest.devDependencies).filter((name) => names.includes(name));
  return missing
    .filter((name) => !['@types/node', 'typescript'].includes(name))
    .map((name) => `package.json: the package's types need ${name}, which is only a development dependency`);
}

function writeExamples() {
  const documents = ['README.md', ...filesBelow('docs', /(?<!\.api)\.md$/), ...filesBelow('examples', /^README\.md$/)];
  const examples = [
    ...filesBelow('src', /\.ts$/).flatMap((file) => examplesOf(file, /^ *\* ?/)),
    ...documents.flatMap((file) => examplesOf(file, /^/)),
  ];
  for (const { file, line, code } of examples) {
    const path = join(program, 'examples', `${file}@${line}.ts`);
    mkdirSync(dirname(path), { recursive: true });
    // Blank lines above, so that a mistake is named with its line in the source.
    writeFileSync(path, `${'\n'.repeat(line)}${code}\nexport {};\n`);
  }
  return examples.length;
}

/** The `ts` blocks of a file; `margin` is what its lines begin with. */
function examplesOf(file, margin) {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const bare = lines.map((line) => line.replace(margin, ''));
  return bare.flatMap((text, index) => {
    if (text.trim() !== '```ts') return [];
    const length = bare.slice(index + 1).findIndex((later) => later.trim() === '```');
    return [{ file, line: index + 1, code: bare.slice(index + 1, index + 1 + length).join('\n') }];
  });
}

function toSource(message) {
  return message.replace(/^.*?examples\/(.+?)@\d+\.ts\(/, '$1(').replaceAll(`${relative(process.cwd(), program)}/`, '');
}

function filesBelow(folder, pattern) {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function partition(items, test) {
  return [items.filter(test), items.filter((item) => !test(item))];
}

async function run(command, args) {
  const { stdout } = await promisify(execFile)(command, args, { cwd: root, maxBuffer: 2 ** 26 });
  return stdout;
}
