// Holds the architecture (docs/architecture.md): which folder of src/ may import what, that no files import each other in a circle,
// that SQL stands in the store alone, how long a file and how full a folder may be. Works on whole folders and reads import lines only, so
// that nobody has to list files.
// Prints each breach; exit code 1. Another checkout can be named as the only argument.
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { circleBreaches } from './layers/circles.mjs';
import { floorBreaches, roomBreaches } from './layers/floors.mjs';
import { sqlBreaches } from './layers/sql.mjs';
import { filesBelow, readModule } from './layers/source-tree.mjs';
import { webBreaches } from './layers/web.mjs';

const longestFile = 300;
const fullestFolder = 26;

function findBreaches(root) {
  const src = filesBelow(root, 'src');
  const modules = src.filter((path) => path.endsWith('.ts')).map((path) => readModule(root, path));
  const web = filesBelow(root, 'web/src');
  const pages = web.filter((path) => /\.tsx?$/.test(path)).map((path) => readModule(root, path));
  return [
    ...modules.flatMap(floorBreaches),
    ...modules.flatMap(roomBreaches),
    ...circleBreaches(modules),
    ...modules.flatMap(sqlBreaches),
    ...src.flatMap(strayBreaches),
    ...folderBreaches([...src, ...web]),
    ...circleBreaches(pages),
    ...pages.flatMap(webBreaches),
    ...[...src, ...web, ...filesBelow(root, 'test')].flatMap((path) => lengthBreaches(root, path)),
  ];
}

function strayBreaches(path) {
  if (!/\.(js|js\.map|d\.ts)$/.test(path)) return [];
  return [`${path}:1: compiled output does not belong into src/: remove it`];
}

function folderBreaches(src) {
  const counts = new Map();
  for (const path of src) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > fullestFolder)
    .map(([path, count]) => `${path}:1: ${count} files, at most ${fullestFolder} are allowed: give a feature a folder`);
}

function lengthBreaches(root, path) {
  if (!/\.(tsx?|js|mjs|css)$/.test(path)) return [];
  const lines = readFileSync(join(root, path), 'utf8').trimEnd().split('\n').length;
  if (lines <= longestFile) return [];
  return [`${path}:${longestFile + 1}: ${lines} lines, at most ${longestFile} are allowed: split it`];
}

const breaches = findBreaches(resolve(process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url)))));
for (const breach of breaches) console.error(breach);
if (breaches.length > 0) console.error(`\n${breaches.length} breaches of the architecture (docs/architecture.md).`);
process.exitCode = breaches.length > 0 ? 1 : 0;
