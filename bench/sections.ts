import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

// In this order in the file that is kept.
const titles = [
  'Model calls',
  'Many runs at once',
  'Graphs',
  'After a kill',
  'Before and after the house',
  'Crowded',
  'Reading',
  'Agents',
  'Workstreams',
  'Statistics',
  'Tokens',
  'Waking',
  'Idle',
  'Streams',
  'Service',
  'Gateway',
  'Coding',
] as const;

/** One table of the kept file, with its heading. */
export interface Section {
  title: (typeof titles)[number];
  text: string;
}

const path = new URL('results/RESULTS.md', import.meta.url).pathname;

const preface = `# Measurements

Ours beside a plain Temporal program, on the same servers and in turn. Only ratios count: times are those of one machine.
`;

/** A table with what it was measured on. */
export function toSection(
  title: Section['title'],
  table: string,
  { rounds, server, database }: { rounds: number; server?: string; database?: string },
): Section {
  const servers = server === undefined ? '' : `, Temporal ${server}, PostgreSQL ${database}`;
  const machine = `${new Date().toISOString().slice(0, 10)}, ${commit()}; ${cpus().length} cores, Node ${process.versions.node}${servers}; ${rounds} interleaved ${rounds === 1 ? 'round' : 'rounds'}.`;
  return { title, text: `## ${title}\n\n${machine}\n${table}` };
}

function commit(): string {
  const { stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
  });
  return `\`${stdout.trim()}\``;
}

/** Replaces these sections of the kept file; the others stay as they are. */
export function keepSections(sections: readonly Section[]): void {
  const old = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const kept = new Map(old.split(/^(?=## )/m).map((text) => [/^## (.*)/.exec(text)?.[1], text]));
  for (const { title, text } of sections) kept.set(title, text);
  const all = titles.flatMap((title) => kept.get(title)?.trim() ?? []);
  writeFileSync(path, `${[preface.trim(), ...all].join('\n\n')}\n`);
}
