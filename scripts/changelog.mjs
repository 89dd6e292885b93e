// Holds the form of CHANGELOG.md: what is unreleased first, each entry of it a sentence; below it package.json's version.
// `--release`, run by `npm version`, makes a version of what is unreleased. Another checkout can be named as the last argument.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [folder] = process.argv.slice(2).filter((argument) => argument !== '--release');
const root = resolve(folder ?? dirname(dirname(fileURLToPath(import.meta.url))));
const path = join(root, 'CHANGELOG.md');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const text = readFileSync(path, 'utf8');

if (process.argv.includes('--release')) writeFileSync(path, released(text));
else for (const breach of findBreaches(text)) fail(breach);

function released(changelog) {
  const [, unreleased] = sectionsOf(changelog);
  if (unreleased?.title !== 'Unreleased' || unreleased.entries.length === 0)
    throw new Error('Nothing is unreleased: there is no version to make.');
  return changelog.replace('## Unreleased\n', `## Unreleased\n\n## ${version}\n`);
}

function findBreaches(changelog) {
  const [, first, second] = sectionsOf(changelog);
  const entries = first?.entries ?? [];
  return [
    ...(first?.title === 'Unreleased' ? [] : ['the first section is "## Unreleased"']),
    ...(second?.title === version ? [] : [`the section below it is package.json's version, ${version}: npm version`]),
    ...entries
      .filter((entry) => !/^- .*[.)]$/.test(entry))
      .map((entry) => `an entry is a sentence on one line: ${entry}`),
    ...entries
      .filter((entry, index) => entries.indexOf(entry) !== index)
      .map((entry) => `this is said twice: ${entry}`),
  ];
}

/** Its head and its sections, newest first. */
function sectionsOf(changelog) {
  return changelog.split(/^## /m).map((section) => {
    const [title, ...lines] = section.split('\n');
    return { title, entries: lines.filter((line) => line !== '') };
  });
}

function fail(breach) {
  console.error(`CHANGELOG.md: ${breach}`);
  process.exitCode = 1;
}
