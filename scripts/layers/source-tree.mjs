import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** Everything below a folder of `root`, as paths from there with `/`. */
export function filesBelow(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => pathFrom(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes('/node_modules/'))
    .toSorted();
}

/** A source file without its comments, with what it imports: `to` is the path of a file of ours, null for a package. */
export function readModule(root, path) {
  const source = withoutComments(readFileSync(join(root, path), 'utf8'));
  const imports = importsOf(source).map((each) => ({
    ...each,
    to: each.from.startsWith('.') ? pathFrom(root, resolve(root, dirname(path), each.from)) : null,
  }));
  return { path, source, imports };
}

function pathFrom(root, file) {
  return relative(root, file).split(sep).join('/');
}

// An `import { type A }` still runs the module (verbatimModuleSyntax), so only `import type` is a type's import.
const statement = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const dynamic = /(typeof\s+)?\bimport\(\s*['"]([^'"]+)['"]/g;

// Lines stay where they are.
function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '));
}

function importsOf(source) {
  const found = (pattern, kindOf) =>
    [...source.matchAll(pattern)].map((match) => ({
      line: source.slice(0, match.index).split('\n').length,
      kind: kindOf(match[1]),
      from: match[2],
    }));
  const statements = found(statement, (isType) => (isType ? 'type' : 'value'));
  return [...statements, ...found(dynamic, (isType) => (isType ? 'type' : 'lazy'))];
}
