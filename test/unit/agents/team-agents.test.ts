import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadAgents } from '../../../src/agents/registry.ts';
import { agentDirsFor } from '../../../src/definition/agent-dirs.ts';
import { blockWith } from '../../support/plan/samples.ts';

const root = mkdtempSync(join(tmpdir(), 'team-'));
const folder = join(root, '.ai-agents');
afterAll(() => rmSync(root, { recursive: true }));
for (const [path, text] of Object.entries({
  'base/manager.md': 'You manage.',
  'base/software-developer.md': '# Developer\n\nYou write code.',
  'platforms/web/backend-developer.md': 'You know servers.',
  'platforms/web/frontend-developer.md': 'You know browsers.',
})) {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

describe("the agents of a team's own file", () => {
  it('are those that it names, with prompts composed of the files beside it, as the sample has them', () => {
    writeFileSync(join(folder, 'config.yml'), blockWith('team', 'base: "base/manager.md"'));
    const dirs = agentDirsFor('orchestrator-config.json', root);
    expect(dirs).toContain(folder);
    const { agents, diagnostics } = loadAgents(dirs);
    expect(diagnostics).toEqual([]);
    expect([...agents.keys()]).toEqual(['team_manager', 'backend_developer', 'frontend_developer']);
    expect(agents.get('backend_developer')).toMatchObject({
      ...{ system: '# Developer\n\nYou write code.\n\nYou know servers.', maxTokens: 8000 },
      model: expect.stringMatching(/^claude-sonnet-4/),
    });
  });

  it('are told of at their place when something is wrong; the others load', () => {
    writeFileSync(
      join(folder, 'config.yml'),
      'agents:\n  good: { base: base/manager.md }\n  bad:\n    max_tokens: many\n  lost: { base: ../../x.md }\n',
    );
    const { agents, byAgent } = loadAgents([folder]);
    expect([...agents.keys()]).toEqual(['good']);
    expect(byAgent!.get('bad')).toMatchObject([
      { line: 4, column: 17, path: 'agents.bad.max_tokens', code: 'wrong-type' },
    ]);
    expect(byAgent!.get('lost')).toMatchObject([{ line: 5, code: 'prompt-file' }]);
    writeFileSync(join(folder, 'config.yml'), 'agents: [');
    expect(loadAgents([folder]).diagnostics[0]).toMatchObject({ severity: 'error', line: 1 });
  });
});
