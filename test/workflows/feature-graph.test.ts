import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAgents } from '../../src/agents/registry.ts';
import { loadScript } from '../../src/client/crew/model.ts';
import type { Run } from '../../src/client/index.ts';
import { loadPlan } from '../../src/definition/load-plan.ts';
import { analysePlan } from '../../src/domain/analysis/plan-analysis.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';

const example = fileURLToPath(new URL('../../examples/feature-graph/', import.meta.url));

describe('the feature-graph example', () => {
  let env: RunEnv;
  let workspace: string;
  beforeAll(async () => {
    const script = await loadScript(join(example, 'script.mjs'));
    // The rules are our own: they may have a shell where there is no bubblewrap.
    env = await openRunEnv({ script: { ...script, latencyMs: 0 }, settings: { unsandboxedShell: true } });
    workspace = mkdtempSync(join(tmpdir(), 'gaffer-graph-'));
  });
  afterAll(async () => {
    await env.close();
    rmSync(workspace, { recursive: true, force: true });
  });

  const load = () =>
    loadPlan(
      { kind: 'file', file: join(example, 'workflow.yaml') },
      { agents: loadAgents([join(example, 'agents')]), workspace, cwd: example },
    );

  async function asked(run: Run): Promise<void> {
    await until('the owner is asked', async () =>
      (await env.story(run.id)).some(({ type }) => type === 'approval:requested'),
    );
  }

  it('has the plan that its README shows', () => {
    const { plan, warnings } = load();
    expect(warnings.map(({ code }) => code)).toEqual(['files-overlap']);
    const { waves, criticalPath, conflicts } = analysePlan(plan, { weights: null });
    expect(waves).toEqual([
      ['plan'],
      ['build', 'manual', 'changes'],
      ['security', 'assemble'],
      ['review'],
      ['release'],
    ]);
    expect(criticalPath.tasks).toEqual(['plan', 'build', 'assemble', 'review', 'release']);
    expect(conflicts.map(({ tasks }) => tasks)).toEqual([['manual', 'changes']]);
  });

  it('builds every part, looks twice, waits for the owner, and leaves a program that works', async () => {
    const run = await env.start(load().plan);
    await asked(run);
    expect(existsSync(join(workspace, 'VERSION'))).toBe(false);
    await run.approve({ id: 'before/release', by: 'olga', role: 'owner' });
    const result = await run.result();
    expect(result).toMatchObject({ status: 'succeeded', reason: null });
    expect(result.outputs).toEqual({ score: expect.any(Number), printed: expect.any(String) });
    expect(result.tasks).toMatchObject({
      'build[0]': { status: 'succeeded' },
      'build[2]': { status: 'succeeded' },
      security: { status: 'skipped', error: null },
      review: { output: expect.stringContaining('60') },
      'review#2': { output: expect.stringContaining('90') },
      release: { status: 'succeeded' },
    });
    const told = execFileSync(process.execPath, ['src/main.js', 'README.md'], { cwd: workspace, encoding: 'utf8' });
    expect(told).toMatch(/countLines \d+\ncountWords \d+\nlongestWord longest/);
    expect(readFileSync(join(workspace, 'VERSION'), 'utf8')).toBe('1.0.0\n');
  });

  it('leaves nothing behind when it is cancelled', async () => {
    const run = await env.start(load().plan);
    await asked(run);
    expect(existsSync(join(workspace, 'src/main.js'))).toBe(true);
    await run.cancel();
    const result = await run.result();
    expect(result.status).toBe('cancelled');
    expect(result.compensations.every(({ status }) => status === 'succeeded')).toBe(true);
    for (const file of ['src/main.js', 'src/lines.js', 'src/words.js', 'src/longest.js', 'README.md', 'CHANGES.md']) {
      expect(existsSync(join(workspace, file))).toBe(false);
    }
  });
});
