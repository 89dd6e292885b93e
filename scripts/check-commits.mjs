// Holds the form of commit messages: one plain sentence that says what now holds.
//   node scripts/check-commits.mjs              every commit since there is this rule
//   node scripts/check-commits.mjs main..HEAD   the commits of a branch
//   node scripts/check-commits.mjs --file FILE  one that is being written (scripts/hooks/commit-msg)
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

// A day and not a commit: it also holds in a clone that has only the newest ones.
const since = '2026-11-29T02:18:00Z';
const longest = 100;
const rules = [
  { promise: `has at most ${longest} characters`, holds: (subject) => subject.length <= longest },
  { promise: 'begins with an upper-case letter', holds: (subject) => /^[^\p{Ll}]/u.test(subject) },
  { promise: 'has no prefix before a colon', holds: (subject) => !/^[\p{L}\d_./-]+(\(.*?\))?!?: /u.test(subject) },
  { promise: 'ends without a period', holds: (subject) => !/[.;:,]$/.test(subject) },
  { promise: 'is a sentence', holds: (subject) => / \S+ /.test(subject) },
];

const [what, file] = process.argv.slice(2);
const subjects = what === '--file' ? [firstLine(readFileSync(file, 'utf8'))] : subjectsOf(what);
const breaches = subjects.flatMap((subject) =>
  rules.filter(({ holds }) => !holds(subject)).map(({ promise }) => `"${subject}": a commit's first line ${promise}`),
);
for (const breach of breaches) console.error(breach);
if (breaches.length > 0) console.error('\nThe form of commit messages is in CONTRIBUTING.md.');
process.exitCode = breaches.length > 0 ? 1 : 0;

function subjectsOf(range) {
  const which = range ? [range] : [`--since=${since}`];
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const log = execFileSync('git', ['log', '--no-merges', '--format=%s', ...which], { cwd: root, encoding: 'utf8' });
  return log.split('\n').filter(Boolean);
}

function firstLine(message) {
  return message.split('\n').find((line) => line !== '' && !line.startsWith('#')) ?? '';
}
