import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDefinition } from '../../../../src/client/start/load-definition.ts';

// As the document of the multi-context orchestrator has it.
const session = {
  session: {
    orchestrator: {
      module: 'orchestrator-multi-context',
      source: 'local',
      config: { workflow_path: '.amplifier/workflows/my_workflow.yaml', mount_plans_dir: '.amplifier/mount_plans' },
    },
  },
};
const workflow = `
name: "My Multi-Agent Workflow"
phases:
  - name: "Planning"
    tasks: [{ profile: planner, context_name: planner_1, prompt: Plan it. }]
`;

describe('a mount plan as the start', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gaffer-mount-'));
    for (const name of ['workflows', 'mount_plans']) mkdirSync(join(folder, '.amplifier', name), { recursive: true });
    writeFileSync(join(folder, 'session.json'), JSON.stringify(session));
    writeFileSync(join(folder, '.amplifier/workflows/my_workflow.yaml'), workflow);
    writeFileSync(
      join(folder, '.amplifier/mount_plans/planner.json'),
      JSON.stringify({ tools: [{ module: 'tool-issue' }] }),
    );
    const lost = JSON.stringify(session).replace('my_workflow', 'lost');
    writeFileSync(join(folder, 'lost.json'), lost);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const load = (file: string) => loadDefinition({ kind: 'file', file }, { cwd: folder, looksForFolders: false });

  it('runs its workflow with its profiles', async () => {
    const { plan, file } = await load('session.json');
    expect(plan).toMatchObject({ name: 'My Multi-Agent Workflow', agents: { planner: { tools: ['issue'] } } });
    expect(file).toBe(join(folder, '.amplifier/workflows/my_workflow.yaml'));
  });

  it('tells a workflow that is not there in its place', async () => {
    await expect(load('lost.json')).rejects.toThrow(/lost\.json:1:\d+: error: there is no .*workflows\/lost\.yaml/);
  });
});
