import { createHash } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { writeProject } from '../support/command/cli.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

let env: ServiceEnv;
let runKey: string;
beforeAll(async () => {
  env = await openServiceEnv({ withWorker: false });
  writeProject(env.workspace);
  runKey = await env.newKey({ scopes: ['run'] });
});
afterAll(() => env.close());

interface Answer {
  status: number;
  tag: string | null;
  json: JsonObject;
}
async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await env.ask(path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  return { status: answer.status, tag: answer.headers.get('ETag'), json: (await answer.json()) as JsonObject };
}
const filePath = (name: string): string => `/api/workflow-files/${encodeURIComponent(name)}`;
const here = (name: string): string => join(env.workspace, name);
const text = `# mine
name: demo
default_profile: coder
inputs:
  path: { type: string }
tasks:
  - id: look # first
    prompt: Look at \${{ inputs.path }}.
  - id: act
    prompt: Act on \${{ tasks.look.output }}.
    depends_on: [look]
`;

describe('a draft', () => {
  it('is edited and checked by the loader of files, with what it would do; nothing is asked for and nothing kept', async () => {
    const edits = [
      { do: 'rename-task', at: ['tasks', 0], id: 'read' },
      { do: 'set', at: ['tasks', 1], key: 'prompt', value: 'Act.\nTwice.' },
    ];
    const { status, json } = await ask('POST', '/api/drafts/edit', { text, edits });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      problems: [],
      outline: {
        whyNot: null,
        values: { name: 'demo' },
        tasks: [
          { at: ['tasks', 0], id: 'read', line: 7, endLine: 8 },
          { at: ['tasks', 1], id: 'act', line: 9, endLine: 13, waitsFor: [{ task: 'read', from: 'explicit' }] },
        ],
      },
      analysis: { waves: expect.anything() as unknown },
    });
    expect(json['text']).toBe(
      text
        .replace('id: look', 'id: read')
        .replace('[look]', '[read]')
        .replace('prompt: Act on ${{ tasks.look.output }}.', 'prompt: |-\n      Act.\n      Twice.'),
    );
    const definition = { name: 'typed', default_profile: 'coder', tasks: [{ id: 'a', prompt: 'Say a.' }] };
    for (const path of ['/api/plan', '/api/plan/graph'])
      expect((await ask('POST', path, { definition }, { 'Idempotency-Key': 'typing' })).status).toBe(200);
    const { rows } = await env.store.sql.query<{ n: number }>(
      `select (select count(*) from audit where action like '%drafts%' or action like '%plan%')::int
         + (select count(*) from idempotency)::int as n`,
    );
    expect(rows[0]!.n).toBe(0);
  });

  it('has each mistake at its line and task, and a text that is no YAML is answered, too', async () => {
    const wrong = text.replace('tasks.look.output', 'tasks.lok.output').replace('default_profile: coder', '');
    const { json } = await ask('POST', '/api/drafts/edit', { text: wrong });
    expect(json['problems']).toMatchObject([
      { code: 'no-agent', at: ['tasks', 0], line: 7 },
      { at: ['tasks', 1] },
      { code: 'unknown-task', at: ['tasks', 1], line: 10 },
    ]);
    expect(json['analysis']).toBeNull();
    const broken = await ask('POST', '/api/drafts/edit', { text: 'tasks:\n  - id: [a\n' });
    expect(broken).toMatchObject({ status: 200, json: { outline: null, problems: [{ line: 3 }] } });
    expect(
      (await ask('POST', '/api/drafts/edit', { text: 'tasks: *x', edits: [{ do: 'unset', at: [], key: 'a' }] })).status,
    ).toBe(422);
  });

  it('of another format is written as a workflow file first', async () => {
    const json = JSON.stringify({ tasks: [{ id: 'a', profile: 'coder', prompt: 'A.' }] });
    expect(await ask('POST', '/api/drafts/edit', { text: json })).toMatchObject({
      status: 200,
      json: { outline: { whyNot: expect.stringContaining('gaffer convert') as unknown } },
    });
    const { json: told } = await ask('POST', '/api/drafts/convert', { text: json });
    expect(told['text']).toContain('- id: a\n    profile: coder\n');
  });

  it('says what its caller may not have run', async () => {
    const command = 'tasks:\n  - id: a\n    tool: bash\n    input: { command: id }\n';
    const headers = { Authorization: `Bearer ${runKey}` };
    const { json } = await ask('POST', '/api/drafts/edit', { text: command }, headers);
    expect(json['problems']).toMatchObject([{ code: 'out-of-bounds', at: ['tasks', 0] }]);
    expect(
      (await ask('POST', '/api/drafts/edit', { text, file: '../x.yaml' }, headers)).json['problems'],
    ).toMatchObject([{ code: 'out-of-bounds' }]);
  });
});

describe('a workflow file', () => {
  const none = { 'If-None-Match': '*' };

  it('is made, read, changed as it was seen, and never written over when it is another one by now', async () => {
    expect((await ask('PUT', filePath('made.yaml'), { text })).status).toBe(428);
    const made = await ask('PUT', filePath('made.yaml'), { text }, none);
    expect(made).toMatchObject({ status: 200, json: { path: 'made.yaml', text } });
    expect(readFileSync(here('made.yaml'), 'utf8')).toBe(text);
    // Whoever did not hear of it may say it again.
    expect((await ask('PUT', filePath('made.yaml'), { text }, none)).status).toBe(200);
    expect((await ask('PUT', filePath('made.yaml'), { text: `${text}# x\n` }, none)).status).toBe(412);
    const { tag, json } = await ask('GET', filePath('made.yaml'));
    expect(json).toEqual({ path: 'made.yaml', text });
    writeFileSync(here('made.yaml'), `${text}# somebody else's\n`);
    const late = await ask('PUT', filePath('made.yaml'), { text: `${text}# mine\n` }, { 'If-Match': tag! });
    expect(late).toMatchObject({ status: 412, json: { code: 'changed-meanwhile' } });
    expect(readFileSync(here('made.yaml'), 'utf8')).toContain("somebody else's");
    const seen = { 'If-Match': (await ask('GET', filePath('made.yaml'))).tag! };
    const both = await Promise.all(
      ['a', 'b'].map((name) => ask('PUT', filePath('made.yaml'), { text: `${text}# ${name}\n` }, seen)),
    );
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 412]));
    expect(readdirSync(env.workspace).filter((name) => name.includes('.tmp'))).toEqual([]);
    const { rows } = await env.store.sql.query<{ detail: JsonObject; result: string }>(
      `select detail, result from audit where action = 'PUT /api/workflow-files/{path}' order by no`,
    );
    expect(rows[1]).toMatchObject({ result: 'ok', detail: { about: { path: 'made.yaml', isNew: true } } });
  });

  it('lies in a folder that is there, is reached by no link, and takes the place of nothing else', async () => {
    mkdirSync(here('flows'));
    mkdirSync(here('.hidden'));
    symlinkSync('/tmp', here('out'));
    symlinkSync(here('flows'), here('linked'));
    writeFileSync(here('compose.yaml'), 'services: {}\n');
    writeFileSync(here('flows/target.yaml'), text);
    symlinkSync(here('flows/target.yaml'), here('link.yaml'));
    const places = [
      ...['../x.yaml', '/etc/x.yaml', '.hidden/x.yaml', '.x.yaml', 'new/x.yaml', 'out/x.yaml', 'linked/x.yaml'],
      ...['link.yaml', 'x.txt', 'x.json', 'flows', 'node_modules/x.yaml', 'a\u202e.yaml', '.gaffer/x.yaml'],
      // One file has one name.
      ...['./x.yaml', 'flows//x.yaml', 'flows/../x.yaml', 'x.yaml/', './flows/target.yaml', here('x.yaml')],
      ...['-x.yaml', 'flows/-x.yaml', '-/x.yaml'],
    ];
    for (const place of places)
      expect([place, (await ask('PUT', filePath(place), { text }, none)).status]).toEqual([place, 404]);
    expect((await ask('GET', filePath('link.yaml'))).status).toBe(404);
    expect((await ask('GET', filePath('compose.yaml'))).status).toBe(404);
    expect((await ask('PUT', filePath('compose.yaml'), { text }, { 'If-Match': `"${'0'.repeat(64)}"` })).status).toBe(
      422,
    );
    writeFileSync(here('foreign.yaml'), 'workflowName: x\ntasks: [{ agentName: a, prompt: x }]\n');
    expect((await ask('GET', filePath('foreign.yaml'))).status).toBe(200);
    expect((await ask('PUT', filePath('new.yaml'), { text: 'services: {}' }, none)).status).toBe(422);
    expect((await ask('PUT', filePath('new.yaml'), { text: `${text}# ${'x'.repeat(270_000)}` }, none)).status).toBe(
      422,
    );
    expect((await ask('PUT', filePath('flows/new.yaml'), { text }, none)).status).toBe(200);
    expect(
      (await ask('PUT', filePath('flows/other.yaml'), { text }, { ...none, Authorization: `Bearer ${runKey}` })).status,
    ).toBe(403);
  });

  it('is no file of another tool, whatever that has keys for', async () => {
    const others = {
      'Tasks.yml': "version: '3'\ntasks:\n  build:\n    cmds: [make]\n",
      'builds.yml': 'version: 0.2\nphases:\n  build:\n    commands: [make]\n',
      'broken.yml': 'tasks:\n  build: [\n',
      'editor.yml': 'tasks:\n  - label: build\n    type: shell\n    command: make\n',
    };
    for (const [file, other] of Object.entries(others)) {
      expect([file, (await ask('PUT', filePath(file), { text: other }, none)).status]).toEqual([file, 422]);
      writeFileSync(here(file), other);
      const seen = { 'If-Match': `"${createHash('sha256').update(other).digest('hex')}"` };
      expect([file, (await ask('PUT', filePath(file), { text }, seen)).status]).toEqual([file, 422]);
      expect(readFileSync(here(file), 'utf8')).toBe(other);
    }
    const both = await ask('PUT', filePath('both.yaml'), { text: `${text}services: { web: { image: x } }\n` }, none);
    expect(both).toMatchObject({ status: 422, json: { detail: expect.stringContaining('`services`') as string } });
    for (const file of [
      'Taskfile.yml',
      'docker-compose.prod.yaml',
      'buildspec.yml',
      'flows/compose.yaml',
      'gaffer.yaml',
    ])
      expect([file, (await ask('PUT', filePath(file), { text }, none)).status]).toEqual([file, 422]);
  });

  it('is its operator’s: a key of another tenant neither reads nor writes it, nor is told of it', async () => {
    writeFileSync(here('own.yaml'), text);
    const headers = { Authorization: `Bearer ${await env.newKey({ scopes: ['admin'], tenant: 'acme' })}` };
    const refused = {
      status: 403,
      json: { code: 'out-of-bounds', errors: [{ detail: expect.stringMatching(/operator/) as string }] },
    };
    expect(await ask('GET', filePath('own.yaml'), undefined, headers)).toMatchObject(refused);
    expect(await ask('PUT', filePath('acme.yaml'), { text }, { ...headers, ...none })).toMatchObject(refused);
    const { json } = await ask('GET', '/api/workflows', undefined, headers);
    expect(new Set((json['workflows'] as JsonObject[]).map(({ kind }) => kind))).toEqual(new Set(['template']));
    expect((await ask('GET', '/api/workflows/own.yaml', undefined, headers)).status).toBe(404);
    expect((await ask('GET', '/api/workflows/own.yaml')).status).toBe(200);
    for (const path of ['/api/agents/coder', '/api/templates/code-review'])
      expect((await ask('GET', path, undefined, headers)).json['file']).toMatch(/^[^/]/);
  });

  it('is another file than what was linked to it, with the rights that it had', async () => {
    writeFileSync(here('shared.yaml'), text);
    // More than a umask of 022 leaves to a new file.
    chmodSync(here('shared.yaml'), 0o664);
    linkSync(here('shared.yaml'), here('also.txt'));
    const { tag } = await ask('GET', filePath('shared.yaml'));
    expect((await ask('PUT', filePath('shared.yaml'), { text: `${text}#\n` }, { 'If-Match': tag! })).status).toBe(200);
    expect(readFileSync(here('also.txt'), 'utf8')).toBe(text);
    expect(statSync(here('shared.yaml')).mode & 0o777).toBe(0o664);
  });

  it('is believed no more than before: a command in it needs the same key or trust', async () => {
    const command = 'tasks:\n  - { id: a, tool: bash, input: { command: id } }\n';
    expect((await ask('PUT', filePath('command.yaml'), { text: command }, none)).status).toBe(200);
    const headers = { Authorization: `Bearer ${runKey}` };
    const started = await ask('POST', '/api/runs', { file: 'command.yaml' }, headers);
    expect(started).toMatchObject({ status: 403, json: { code: 'out-of-bounds' } });
  });
});
