/*
 * Outlives a test run to clean up after it. Its input ends when the run says that it is done, or dies.
 * G1 What a run makes lies in its folder, and its processes name that folder in their command line or environment.
 * G2 A run that died left processes that go on making things: they end first.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { removeHome } from '../../../src/dev/stack.ts';
import { endProcessesBelow } from '../base/processes.ts';

const [folder, ...others] = process.argv.slice(2) as [string, ...string[]];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
const isDone = (await text(process.stdin)) === 'done';
if (!isDone) await endProcessesBelow(folder); // G2
for (const home of homesBelow(folder)) await removeHome({ path: home });
for (const path of isDone ? [folder] : [folder, ...others])
  rmSync(path, { recursive: true, force: true, maxRetries: 5 });

// What belongs to a home besides its folder is named in it: `removeHome` knows.
function homesBelow(path: string): string[] {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  const marks = entries.filter(({ name }) => name === 'stack.json' || name === 'postgres.json');
  return [...new Set(marks.map((entry) => join(entry.parentPath)))];
}
