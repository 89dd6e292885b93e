import { mkdirSync, readdirSync, realpathSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runShell } from '../../../src/host/guarded-process.ts';
import { createFilesystemTool } from '../../../src/tools/files/filesystem.ts';
import { createBashTool } from '../../../src/tools/shell/bash.ts';
import { findSandbox } from '../../../src/host/sandbox/sandbox.ts';
import { prepareShell } from '../../../src/tools/shell/workspace-shell.ts';
import { createWorkspaceHost } from '../../../src/tools/shell/workspace-host.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { toolCall } from '../../support/tools/tool-call.ts';

const found = await findSandbox({ allowUnsandboxed: false });
const secret = 'CANARY-7f3a';
const signal = new AbortController().signal;

let workspace: string;
let outside: string;
beforeEach(() => {
  const base = realpathSync(tempFolder());
  [workspace, outside] = ['work', 'outside'].map((name) => path.join(base, name)) as [string, string];
  for (const folder of [workspace, outside]) mkdirSync(folder);
  writeFileSync(path.join(outside, 'secret'), secret);
});

/** What another agent does, whose workspace holds this one. */
function swap(): void {
  renameSync(workspace, `${workspace}-old`);
  symlinkSync(outside, workspace);
}

describe.skipIf(found.sandbox !== 'bubblewrap')(
  'a workspace that was replaced by a link after it was looked at',
  () => {
    it('is not worked in by the tool for files', async () => {
      const call = toolCall({ workspace, leadsTo: workspace });
      swap();
      const tool = createFilesystemTool();
      const outputs = await Promise.all([
        tool.run({ action: 'read', path: 'secret' }, call, signal),
        tool.run({ action: 'write', path: 'new', content: 'owned' }, call, signal),
        tool.run({ action: 'list', path: '.' }, call, signal),
        tool.run({ action: 'search', path: '.', text: 'CANARY' }, call, signal),
      ]);
      for (const output of outputs) {
        expect(output).toMatchObject({ isError: true });
        expect(output.content).toContain('replaced meanwhile');
      }
      expect(readdirSync(outside)).toEqual(['secret']);
    });

    it('is not worked in by a command, an undo or a snapshot', async () => {
      swap();
      const where = { workspace, leadsTo: workspace };
      const command = 'cat secret; echo owned > new';
      const { content } = await createBashTool(found).run({ command }, toolCall(where), signal);
      expect(content).toContain('replaced meanwhile');
      const host = createWorkspaceHost(found);
      expect(await host.undo({ key: 'swapped', ...where, command, env: {} }, signal)).toContain('replaced meanwhile');
      mkdirSync(path.join(outside, '.git'));
      writeFileSync(path.join(outside, '.git', 'HEAD'), 'ref: refs/heads/main\n');
      expect(await host.snapshot({ ...where, ref: 'refs/x', title: 'x' }, signal)).toBeNull();
      expect(readdirSync(outside).toSorted()).toEqual(['.git', 'secret']);
    });

    it('is not mounted when that happens at the last moment', async () => {
      // Names that the cover looks for are there as well: only the folder itself tells.
      const prepared = await prepareShell(found, { workspace, command: 'cat secret; echo owned > new' });
      if ('refusal' in prepared) throw new Error(prepared.refusal);
      for (const name of readdirSync(workspace)) mkdirSync(path.join(outside, name), { recursive: true });
      swap();
      const { exitCode, stderr, stdout } = await runShell(
        { ...prepared.run, timeoutMs: 60_000, maxProcesses: 64, maxMemoryBytes: 1024 ** 3 },
        signal,
      );
      await prepared.cleanUp();
      expect([exitCode, stdout, stderr]).toEqual([125, '', expect.stringContaining('replaced meanwhile')]);
      expect(readdirSync(outside)).not.toContain('new');
    });
  },
);
