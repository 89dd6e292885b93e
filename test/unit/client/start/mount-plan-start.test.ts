import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDefinition } from '../../../../src/client/start/load-definition.ts';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import { DefinitionError } from '../../../../src/definition/source/diagnostic.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { registryOf } from '../../definition/registry-of.ts';
import { mountPlanFiles } from '../../../support/plan/samples.ts';

const sample = mountPlanFiles();
const session = sample['session.json']!;
const module = 'orchestrator-multi-context';

describe('a mount plan as the start', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gaffer-mount-'));
    for (const [path, text] of Object.entries(sample)) write(path, text);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  function load(file: string, more: { format?: string; agents?: string[] } = {}) {
    return loadDefinition({ kind: 'file', file }, { cwd: folder, looksForFolders: false, ...more });
  }

  async function mistakes(text: string, format?: string): Promise<string> {
    write('wrong.json', text);
    const error = await load('wrong.json', { ...(format && { format }) }).catch((thrown: unknown) => thrown);
    if (!(error instanceof DefinitionError)) throw error;
    return error.diagnostics
      .map(({ file, line, message, hint }) => [`${file}:${line} ${message}`, hint].join('; '))
      .join('\n')
      .replaceAll(`${folder}/`, '');
  }

  it('runs the workflow of its document with the profiles of its folder', async () => {
    for (const format of [undefined, 'mount-plan']) {
      const { plan, file, warnings } = await load('session.json', { ...(format && { format }) });
      expect(warnings).toEqual([]);
      expect(file).toBe(join(folder, '.amplifier/workflows/my_workflow.yaml'));
      expect(plan.name).toBe('My Workflow');
      expect(plan.tasks.map(({ agent }) => agent)).toEqual(['planning-agent', 'worker', 'worker']);
      expect(plan.agents).toMatchObject({ worker: { tools: ['issue'], model: 'claude-sonnet-4-5' } });
    }
  });

  it('takes its profiles before those beside it, and after those that are named by hand', async () => {
    const agent = (text: string): string => `---\nname: worker\ndescription: ${text}\n---\nWork.\n`;
    write('.amplifier/workflows/agents/worker.md', agent('beside'));
    write('given/worker.md', agent('by hand'));
    expect((await load('session.json')).plan.agents['worker']).toMatchObject({ tools: ['issue'], description: '' });
    const { plan } = await load('session.json', { agents: ['given'] });
    expect(plan.agents['worker']!.description).toBe('by hand');
  });

  it('takes the orchestrator where it stands alone, and paths that are absolute or lead upwards', async () => {
    const config = {
      workflow_path: join(folder, '.amplifier/workflows/my_workflow.yaml'),
      mount_plans_dir: '../.amplifier/mount_plans',
    };
    write('below/start.json', JSON.stringify({ orchestrator: { module, config } }));
    expect((await load('below/start.json')).plan.tasks).toHaveLength(3);
  });

  it('warns of what means nothing in it', async () => {
    const written = JSON.parse(session) as { session: { orchestrator: { config: JsonObject } } };
    written.session.orchestrator.config['max_messages'] = 50;
    write('more.json', JSON.stringify({ ...written, agents_version: 1, tools: [{ module: 'tool-bash' }] }, null, 2));
    const { warnings } = await load('more.json');
    expect(warnings.map(({ severity, line, message }) => `${severity} ${line} ${message}`)).toEqual([
      'warning 13 unknown key "agents_version": it is left out',
      'warning 9 unknown key "max_messages" in session.orchestrator.config: it is left out',
      'warning 14 the tools of the mount plan that starts are left out: each agent has those of its own mount plan',
    ]);
  });

  it('tells its mistakes and those of the workflow at once, each in its file', async () => {
    write('.amplifier/workflows/broken.yaml', 'tasks:\n  - { id: a, profile: worker, prompt: A, depends_on: [b] }\n');
    const text = session.replace('my_workflow', 'broken').replace('mount_plans"\n', 'mount_plan"\n');
    const said = await mistakes(text);
    expect(said.split('\n')).toEqual([
      'wrong.json:8 there is no .amplifier/mount_plan; paths are taken from where the mount plan lies',
      expect.stringMatching(/^\.amplifier\/workflows\/broken\.yaml:2 .*"b"/),
    ]);
  });

  it.each([
    ['a workflow that is not there', { workflow_path: 'lost.yaml' }, /^wrong\.json:1 there is no lost\.yaml/],
    ['a folder as workflow', { workflow_path: '.amplifier' }, /\.amplifier is no file/],
    ['code, which must not run for it', { workflow_path: 'code.ts' }, /code\.ts is no workflow file: .* \.yaml, /],
    [
      'a path that is no text',
      { workflow_path: 5, mount_plans_dir: [] },
      /workflow_path must .*\n.*dir must be a path/,
    ],
    ['no workflow', {}, /names no workflow; add "workflow_path"/],
    [
      'itself',
      { workflow_path: 'wrong.json' },
      /^wrong\.json:1 a mount plan starts a workflow only where it is itself/,
    ],
    [
      'a file as folder',
      { workflow_path: '.amplifier/workflows/my_workflow.yaml', mount_plans_dir: 'session.json' },
      /^wrong\.json:1 session\.json is no folder: [^\n]*$/,
    ],
  ])('refuses %s', async (_, config, said) => {
    write('code.ts', 'throw new Error("it ran");');
    expect(await mistakes(JSON.stringify({ session: { orchestrator: { module, config } } }))).toMatch(said);
  });

  it('says of the mount plan of one agent what it is', async () => {
    const agent = /^wrong\.json:1 this is the mount plan of one agent, and no workflow; name it as "profile" of a task/;
    expect(await mistakes(sample['.amplifier/mount_plans/worker.json']!)).toMatch(agent);
    expect(await mistakes('{"tasks":[]}', 'mount-plan')).toMatch(/this is no mount plan/);
  });

  it('starts nothing where it is no file that somebody runs: it names files of the machine', () => {
    const value = JSON.parse(session) as JsonObject;
    const read = () => loadPlan({ kind: 'object', value, name: 'definition' }, { agents: registryOf(), cwd: folder });
    expect(read).toThrow(/a mount plan starts a workflow only where it is itself the file that is run/);
  });
});
