import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../../scripts/check-layers.mjs', import.meta.url));
const folders: string[] = [];

/** Runs the check on a tree of these files. */
function check(files: Record<string, string>): { exitCode: number | null; breaches: string[] } {
  const root = mkdtempSync(join(tmpdir(), 'gaffer-layers-'));
  folders.push(root);
  mkdirSync(join(root, 'test'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const { status, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
  return { exitCode: status, breaches: stderr.split('\n').filter((line) => /^(src|test)/.test(line)) };
}

afterEach(() => {
  for (const root of folders.splice(0)) rmSync(root, { recursive: true, force: true });
});

describe('check-layers', () => {
  it.each([
    ['src/domain/a.ts', "import { x } from 'zod';"],
    ['src/domain/a.ts', "import { readFileSync } from 'node:fs';"],
    ['src/workflows/a.ts', "import { callModel } from '../activities/call-model.ts';"],
    ['src/workflows/a.ts', "import {\n  a,\n  b,\n} from '../store/store.ts';"],
    ['src/models/a.ts', "import { Context } from '@temporalio/activity';"],
    ['src/client/a.ts', "export { openStore } from '../store/open-store.ts';"],
    ['src/cli/a.ts', "import { startWorker } from '../workers/start-worker.ts';"],
    ['src/activities/a.ts', "import type { Config } from '../config/config.ts';"],
    ['src/contracts/a.ts', "import '../domain/plan.ts';"],
    ['src/helpers/a.ts', 'export const a = 1;'],
    ['src/workflows/task/a.ts', "import type { Crew } from '../run/crew.ts';"],
    ['src/workflows/control/a.ts', "import { undo } from '../undo/undo.ts';"],
    ['src/activities/run/a.ts', "import { takeTurn } from '../turn/take-turn.ts';"],
    ['src/activities/base/a.ts', "import { createActivities } from '../index.ts';"],
    ['src/domain/helpers/a.ts', 'export const a = 1;'],
  ])('refuses in %s: %s', (file, text) => {
    const { exitCode, breaches } = check({ [file]: `// a comment\n${text}\n` });
    expect(exitCode).toBe(1);
    expect(breaches).toHaveLength(1);
    expect(breaches[0]).toContain(file);
  });

  it.each([
    ['src/domain/a.ts', "import { x } from './b.ts';"],
    ['src/workflows/a.ts', "import type { A } from '../contracts/a.ts';\nimport { b } from '../domain/b.ts';"],
    ['src/client/a.ts', "import type { Store } from '../store/store.ts';"],
    ['src/workflows/run/a.ts', "import { b } from '../books/b.ts';\nimport type { C } from './c.ts';"],
    ['src/workflows/index.ts', "export { a } from './undo/a.ts';"],
    ['src/cli/a.ts', "const load = () => import('../workers/start-worker.ts');"],
    ['src/tools/a.ts', "/*\n * import { x } from '../workflows/x.ts';\n */\n// import('../workflows/x.ts')"],
  ])('allows in %s: %s', (file, text) => {
    expect(check({ [file]: text })).toEqual({ exitCode: 0, breaches: [] });
  });

  it('names the line of a breach', () => {
    const { breaches } = check({ 'src/domain/a.ts': "import { b } from './b.ts';\n\nimport { z } from 'zod';\n" });
    expect(breaches[0]).toMatch(/^src\/domain\/a\.ts:3: domain must not import zod/);
  });

  it('refuses a circle of files, types and lazy imports included, and prints it', () => {
    const { exitCode, breaches } = check({
      'src/domain/plan/a.ts': "export const a = 1;\nimport type { B } from './b.ts';",
      'src/domain/plan/b.ts': "import { c } from './c.ts';\nimport { other } from './other.ts';",
      'src/domain/plan/c.ts': "const load = () => import('./a.ts');",
      'src/domain/plan/other.ts': 'export const other = 1;',
    });
    expect(exitCode).toBe(1);
    expect(breaches).toEqual([
      'src/domain/plan/a.ts:2: files must not import each other in a circle: ' +
        ['a', 'b', 'c', 'a'].map((name) => `src/domain/plan/${name}.ts`).join(' → '),
    ]);
  });

  it('names each of several circles once', () => {
    const { breaches } = check({
      'src/domain/a.ts': "import './b.ts';\nimport './c.ts';",
      'src/domain/b.ts': "import './a.ts';",
      'src/domain/c.ts': "import './d.ts';",
      'src/domain/d.ts': "import './c.ts';",
    });
    expect(breaches.map((line) => line.split(':')[0])).toEqual(['src/domain/a.ts', 'src/domain/c.ts']);
  });

  it.each([
    ['src/activities/run/a.ts', "await sql.query('x', [1]);"],
    ['src/workers/a.ts', 'const { rows } = await store.sql.query<{ no: number }>(text);'],
    ['src/activities/run/a.ts', 'const text = `\n  select no from runs where no = $1`;'],
    ['src/tools/crew/a.ts', "const text = 'insert into issues (id) values ($1)';"],
    ['src/cli/a.ts', 'const text = `update runs r set status = $1`;'],
    ['src/client/a.ts', 'const text = "DELETE FROM runs";'],
    ['src/activities/a.ts', 'const text = `with open as (select 1) select * from open`;'],
  ])('refuses SQL outside of the store, in %s: %s', (file, text) => {
    const { exitCode, breaches } = check({ [file]: `// select a from b\n${text}\n` });
    expect(exitCode).toBe(1);
    expect(breaches).toEqual([expect.stringMatching(new RegExp(`^${file}:2: SQL belongs into src/store`))]);
  });

  it.each([
    ['src/store/run/a.ts', "await sql.query('select 1 from runs');"],
    ['src/dev/postgres/a.ts', "await client.query('CREATE DATABASE a; select 1');"],
    ['src/client/control/a.ts', 'return await handle.query<Result>(name);'],
    ['src/cli/a.ts', "const words = 'select a plan, then update it with your own';"],
  ])('allows in %s: %s', (file, text) => {
    expect(check({ [file]: text })).toEqual({ exitCode: 0, breaches: [] });
  });

  it('refuses files of more than 300 lines, and compiled output among the source', () => {
    const { breaches } = check({
      'src/domain/long.ts': 'export {};\n'.repeat(301),
      'src/domain/just-right.ts': 'export {};\n'.repeat(300),
      'src/domain/a.js': 'export {};\n',
      'test/long.test.ts': 'export {};\n'.repeat(301),
    });
    expect(breaches.map((line) => line.split(':')[0])).toEqual([
      'src/domain/a.js',
      'src/domain/long.ts',
      'test/long.test.ts',
    ]);
  });

  it('refuses a folder of more than 26 files', () => {
    const files = (folder: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`src/${folder}/f${index}.ts`, 'export {};\n']));
    const { breaches } = check({ ...files('domain/plan', 26), ...files('domain/run', 27) });
    expect(breaches).toEqual(['src/domain/run:1: 27 files, at most 26 are allowed: give a feature a folder']);
  });
});
