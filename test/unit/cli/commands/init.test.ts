import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute } from '../../../../src/cli/commands/init.ts';
import { loadAgents } from '../../../../src/agents/registry.ts';
import { agentDirsFor } from '../../../../src/definition/agent-dirs.ts';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import { testContext } from '../../../support/command/test-context.ts';

let cwd: string;
beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), 'gaffer-init-'))));
afterEach(() => rmSync(cwd, { recursive: true }));

describe('gaffer init', () => {
  it('writes a workflow that is valid as it stands', async () => {
    const { context } = testContext(cwd);
    expect(await execute(context)).toBe(0);
    const file = join(cwd, 'workflow.yaml');
    const { plan, warnings } = loadPlan({ kind: 'file', file }, { agents: loadAgents(agentDirsFor(file, cwd)), cwd });
    expect(warnings).toEqual([]);
    expect(plan.tasks.map((task) => task.agent)).toEqual(['coder', 'coder']);
    expect(plan.tasks[0]!.context).toBe(plan.tasks[1]!.context);
    expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe('.gaffer/\n.env\n');
  });

  it('leaves alone what is there, and says so', async () => {
    writeFileSync(join(cwd, 'workflow.yaml'), 'mine');
    mkdirSync(join(cwd, 'agents'));
    writeFileSync(join(cwd, 'agents', 'coder.md'), 'mine too');
    writeFileSync(join(cwd, '.gitignore'), 'node_modules');
    const { context, out } = testContext(cwd);
    await execute(context);
    expect(readFileSync(join(cwd, 'workflow.yaml'), 'utf8')).toBe('mine');
    expect(readFileSync(join(cwd, 'agents', 'coder.md'), 'utf8')).toBe('mine too');
    expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe('node_modules\n.gaffer/\n.env\n');
    expect(out()).toBe(
      'exists  workflow.yaml\nexists  agents/coder.md\nwrote   agents/foreman.md\nadded   .gitignore\n',
    );
  });

  it('can be repeated without effect', async () => {
    const { context } = testContext(cwd);
    await execute(context);
    const before = readFileSync(join(cwd, '.gitignore'), 'utf8');
    const again = testContext(cwd);
    await execute(again.context);
    expect(again.out()).toBe(
      'exists  workflow.yaml\nexists  agents/coder.md\nexists  agents/foreman.md\nexists  .gitignore\n',
    );
    expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe(before);
  });
});
