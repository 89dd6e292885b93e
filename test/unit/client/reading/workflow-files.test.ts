import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ByStamp } from '../../../../src/client/reading/by-stamp.ts';
import { findWorkflowFiles } from '../../../../src/client/reading/workflow-files.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'gaffer-files-'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

it('reads a file once for as long as it stays as it is', () => {
  const read: string[] = [];
  const kept = new ByStamp((file) => read.push(file));
  const file = join(cwd, 'x.txt');
  expect(kept.of(file)).toBe(1);
  writeFileSync(file, 'a');
  expect([kept.of(file), kept.of(file)]).toEqual([2, 2]);
  writeFileSync(file, 'ab');
  expect([kept.of(file), kept.of(file)]).toEqual([3, 3]);
});

it('lets others have their turn between two files, and sees what has changed', async () => {
  for (const name of ['a', 'b', 'c', 'd'])
    writeFileSync(join(cwd, `${name}.yaml`), `name: ${name}\ntasks: [{ id: x, prompt: y }]\n`);
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const { files } = await findWorkflowFiles({ cwd });
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(4);
  expect(files.map(({ value }) => value)).toEqual(['a', 'b', 'c', 'd'].map((name) => ({ name })));
  writeFileSync(join(cwd, 'b.yaml'), 'name: other\ntasks: [{ id: x, prompt: y }]\n');
  const again = await findWorkflowFiles({ cwd });
  expect(again.files.map(({ value }) => value)).toEqual(['a', 'other', 'c', 'd'].map((name) => ({ name })));
});
