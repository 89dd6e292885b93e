import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { createFilesystemTool } from '../../../../src/tools/files/filesystem.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';
import { toolCall } from '../../../support/tools/tool-call.ts';

const tool = createFilesystemTool();

it('the files tool reads and never writes what says what agents are, however it is spelt', async () => {
  const workspace = tempFolder();
  const run = (input: JsonObject) => tool.run(input, toolCall({ workspace }), new AbortController().signal);
  mkdirSync(path.join(workspace, 'agents'));
  writeFileSync(path.join(workspace, 'agents/a.md'), 'mine');
  expect((await run({ action: 'read', path: 'agents/a.md' })).content).toBe('mine');
  const names = [
    'agents/a.md',
    'Agents/b.md',
    './agents/b.md',
    '.claude/agents/b.md',
    '.mcp.json',
    '.MCP.json',
    '.ai-agents/state/team.json',
    'gaffer.yaml',
    'Gaffer.YAML',
  ];
  for (const name of names) {
    const output = await run({ action: 'write', path: name, content: 'evil' });
    expect(output, name).toMatchObject({ isError: true });
    expect(output.content).toContain('only a person changes it');
  }
  expect(readFileSync(path.join(workspace, 'agents/a.md'), 'utf8')).toBe('mine');
});
