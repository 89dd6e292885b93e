import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Everything that a module loads before it does anything: its static imports by value, and theirs. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, clause, name] of text.matchAll(/^(?:import|export) ([^;]*?) ?from '([^']+)';/gm)) {
    if (clause!.startsWith('type ')) continue;
    if (name!.startsWith('.')) loadedBy(resolve(dirname(file), name!), seen);
    else seen.add(name!);
  }
  return seen;
}

const foreign = (file: string): string[] =>
  [...loadedBy(resolve(root, file))].filter((name) => !name.startsWith('/') && !name.startsWith('node:')).sort();

describe('start-up', () => {
  it('loads nothing but Node for the version', () => {
    expect(foreign('src/cli/main.ts')).toEqual([]);
  });

  it('loads nothing but commander for help', () => {
    expect(foreign('src/cli/tree/program.ts')).toEqual(['commander']);
  });

  // Of everything that they load when they run: test/client/light-reading.test.ts.
  it.each([
    'config/config.ts',
    'client/list/list-runs.ts',
    'client/create-run.ts',
    'dev/database-alone.ts',
    'models/check-output.ts',
  ])('loads no library that only some need: %s', (file) => {
    expect(foreign(`src/${file}`)).toEqual([]);
  });

  it('loads nothing but the driver of PostgreSQL for the store', () => {
    expect(foreign('src/store/open-store.ts')).toEqual(['pg']);
  });

  it('loads nothing heavy before the first line of the demo', () => {
    expect(foreign('src/cli/demo/demo.ts')).toEqual([]);
  });
});
