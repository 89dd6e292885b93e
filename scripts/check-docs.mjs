// Are the documents true to the tree? Every relative link leads to a file, and to a heading of it; every path of ours that stands in
// backquotes exists. A path with capitals for a name (`src/tools/ROOM/NAME.ts`) stands for any. Prints each breach; exit code 1.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url))));
// Records and changelogs tell of their day.
const dated = /^(CHANGELOG\.md|docs\/decisions\/|docs\/api\/)/;

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs', 'examples'].flatMap((folder) => documentsBelow(folder)),
];
const breaches = documents.flatMap((file) => [...linkBreaches(file), ...(dated.test(file) ? [] : pathBreaches(file))]);
for (const breach of breaches) console.error(breach);
if (breaches.length > 0) process.exitCode = 1;
else console.log(`${documents.length} documents: every link and every path leads somewhere.`);

function documentsBelow(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md') && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !/^examples\/[^/]+\/project\//.test(file));
}

function linkBreaches(file) {
  return found(file, /\]\(([^)\s]+)\)/g).flatMap(({ line, text }) => {
    if (/^[a-z]+:/.test(text)) return [];
    const [path, heading] = text.split('#');
    const target = path === '' ? file : relative(root, resolve(root, dirname(file), path));
    if (!existsSync(join(root, target))) return [`${file}:${line}: the link ${text} leads nowhere`];
    if (heading === undefined || headingsOf(target).includes(heading)) return [];
    return [`${file}:${line}: ${target} has no heading #${heading}`];
  });
}

function pathBreaches(file) {
  return found(file, /`((?:src|test|scripts|bench|examples|docs|schema)\/[^`\s]*)`/g).flatMap(({ line, text }) =>
    isThere(text) ? [] : [`${file}:${line}: there is no ${text}`],
  );
}

/** Braces are choices; what has capitals, stars or dots in a name's place stands for many. */
function isThere(path) {
  const [whole, list] = /\{([^}]*)\}/.exec(path) ?? [];
  if (list !== undefined) return list.split(',').every((each) => isThere(path.replace(whole, each)));
  const fixed = path.split('/');
  const open = fixed.findIndex((part) => /^[A-Z]{2,}|NAME|[*…]/.test(part) && !part.endsWith('.md'));
  return existsSync(join(root, ...(open < 0 ? fixed : fixed.slice(0, open))));
}

function headingsOf(file) {
  return readFileSync(join(root, file), 'utf8')
    .split('\n')
    .filter((line) => /^#+ /.test(line))
    .map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
}

/** What a pattern finds outside of fenced blocks, with its line. */
function found(file, pattern) {
  let isFenced = false;
  return readFileSync(join(root, file), 'utf8')
    .split('\n')
    .flatMap((text, index) => {
      if (text.trimStart().startsWith('```')) isFenced = !isFenced;
      return isFenced ? [] : [...text.matchAll(pattern)].map((match) => ({ line: index + 1, text: match[1] }));
    });
}
