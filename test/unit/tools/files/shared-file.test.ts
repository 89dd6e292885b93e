import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readShared, writeShared } from '../../../../src/tools/files/shared-file.ts';

let outside: string;
let workspace: string;
beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), 'gaffer-shared-'));
  workspace = join(outside, 'workspace');
  mkdirSync(workspace);
});
afterEach(() => rmSync(outside, { recursive: true }));

describe('a file that Gaffer keeps in a workspace', () => {
  const path = '.ai-agents/state/team.json';

  it('is written whole with its folders, read again, and kept under another name if so wanted', async () => {
    expect(await readShared({ workspace, path })).toBeNull();
    await writeShared({ workspace, path }, 'one');
    await writeShared({ workspace, path }, 'two', 'team.json.before');
    expect(await readShared({ workspace, path })).toBe('two');
    expect(readdirSync(join(workspace, '.ai-agents/state')).sort()).toEqual(['team.json', 'team.json.before']);
  });

  it('is in no folder that a link leads to', async () => {
    symlinkSync(outside, join(workspace, '.ai-agents'));
    await expect(writeShared({ workspace, path }, 'x')).rejects.toThrow();
    await expect(readShared({ workspace, path: '.ai-agents/secret' })).rejects.toThrow();
    expect(readdirSync(outside)).toEqual(['workspace']);
  });

  it('takes the place of a link instead of following it, and is not read through one', async () => {
    writeFileSync(join(outside, 'secret'), 'mine');
    symlinkSync(join(outside, 'secret'), join(workspace, 'team.json'));
    await expect(readShared({ workspace, path: 'team.json' })).rejects.toThrow('became a link');
    await writeShared({ workspace, path: 'team.json' }, 'ours');
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('mine');
    expect(await readShared({ workspace, path: 'team.json' })).toBe('ours');
  });

  it.each(['../out.json', '/etc/passwd', 'a//b.json', './a.json', 'a/../../b.json', 'a\0.json', ''])(
    'is not at %j',
    async (wrong) => {
      await expect(writeShared({ workspace, path: wrong }, 'x')).rejects.toThrow('is no path in the workspace');
    },
  );
});
