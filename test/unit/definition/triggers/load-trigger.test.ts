import { describe, expect, it } from 'vitest';
import { mapDelivery } from '../../../../src/domain/hooks/map-delivery.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { DefinitionError } from '../../../../src/definition/source/diagnostic.ts';
import { loadTrigger } from '../../../../src/definition/triggers/load-trigger.ts';

const inputs: JsonObject = {
  prUrl: { type: 'string' },
  files: { type: 'array', items: { type: 'string' }, default: [] },
  depth: { type: 'string', enum: ['quick', 'thorough'], default: 'quick' },
  lines: { type: 'integer', required: false },
};

const load = (text: string) =>
  loadTrigger(
    { text, file: 'trigger.yaml' },
    {
      findWorkflow: (word) =>
        word === 'code-review'
          ? { workflow: word, inputs }
          : { problem: `there is no template "${word}"`, hint: 'code-review' },
      resolve: (folder) => (folder.startsWith('/') ? null : `/here/${folder}`),
      objection: (kind, value) => (/@|127/.test(value) ? `this ${kind} is refused` : null),
    },
  );

function problemsOf(text: string): string[] {
  try {
    load(text);
  } catch (error) {
    if (error instanceof DefinitionError)
      return error.diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);
    throw error;
  }
  return [];
}

const whole = `
name: pull-request
from: github
workflow: code-review
event: [pull_request, push]
when: \${{ payload.action in ["opened", "reopened"] }}
inputs:
  prUrl: \${{ payload.pull_request.html_url }}
  files: \${{ payload.files.map(f, f.name) }}
  lines: \${{ 40 + 2 }}
  depth: thorough
callback: https://forge.example/reports/\${{ payload.number }}
limits: { usd: 1 }
workspace: checkout
board: reviews
`;

const payload = {
  action: 'opened',
  number: 7,
  pull_request: { html_url: 'https://forge.example/7 ${{ payload.secret }} $${{' },
  files: [{ name: 'a.ts' }, { name: '{{ b }}' }],
  secret: 'never',
};

describe('a trigger', () => {
  it('is refused with a board of others, and with an address that nothing is sent to', () => {
    const given = whole
      .replace('board: reviews', 'board: b@x')
      .replace(/callback: .*/, 'callback: "http://127.0.0.1:9/"');
    expect(problemsOf(given)).toEqual(['12:11 bad-value', '15:8 bad-value']);
  });

  it('becomes a mapping, and values of a delivery go through it as they are', () => {
    const { mapping, scheme, name } = load(whole);
    expect([name, scheme]).toEqual(['pull-request', { kind: 'github' }]);
    expect(mapping).toMatchObject({
      ...{ workflow: 'code-review', events: ['pull_request', 'push'], board: 'reviews', limits: { usd: 1 } },
      ...{ workspace: '/here/checkout' },
      inputs: { depth: { value: 'thorough' }, lines: { value: 42 } },
    });
    expect(mapDelivery(mapping, { payload, event: 'pull_request' })).toEqual({
      starts: true,
      inputs: { prUrl: payload.pull_request.html_url, files: ['a.ts', '{{ b }}'], lines: 42, depth: 'thorough' },
      callback: 'https://forge.example/reports/7',
    });
  });

  it('starts nothing by other events, nor where its condition does not hold', () => {
    const { mapping } = load(whole);
    expect(mapDelivery(mapping, { payload, event: 'ping' })).toMatchObject({ starts: false });
    expect(mapDelivery(mapping, { payload, event: null })).toMatchObject({ starts: false });
    const closed = { ...payload, action: 'closed' };
    expect(mapDelivery(mapping, { payload: closed, event: 'push' })).toMatchObject({ starts: false });
  });

  it('says which key a delivery does not fill', () => {
    const { mapping } = load(whole);
    const { pull_request: _, ...less } = payload;
    expect(() => mapDelivery(mapping, { payload: less, event: 'push' })).toThrow(/^inputs\.prUrl: /);
    expect(() => mapDelivery(mapping, { payload: {}, event: 'push' })).toThrow(/^when: /);
    expect(() =>
      mapDelivery(load('name: a\nfrom: github\nworkflow: code-review\nwhen: payload.x\ninputs: { prUrl: a }').mapping, {
        payload: { x: 1 },
        event: null,
      }),
    ).toThrow(/^when: /);
  });

  it('reads nothing of a prototype, and stops what takes too much work', () => {
    const with_ = (expression: string) =>
      load(`name: a\nfrom: github\nworkflow: code-review\ninputs:\n  prUrl: \${{ ${expression} }}`).mapping;
    const hostile = JSON.parse('{"__proto__":{"a":"x"},"list":[]}') as JsonObject;
    expect(() => mapDelivery(with_('payload.constructor'), { payload: hostile, event: null })).toThrow(/constructor/);
    expect(() => mapDelivery(with_('payload.a'), { payload: hostile, event: null })).toThrow(/"a"/);
    const many = { list: Array.from({ length: 2000 }, (_, at) => at) };
    const costly = with_('payload.list.map(a, payload.list.map(b, payload.list.map(c, c)))');
    expect(() => mapDelivery(costly, { payload: many, event: null })).toThrow(/^inputs\.prUrl: /);
  });

  it.each([
    ['an input that the workflow has not', whole.replace('depth:', 'dpth:'), ['11:3 unknown-input']],
    ['a value of another kind', whole.replace('depth: thorough', 'depth: deep'), ['11:10 bad-input']],
    ['a constant of another kind', whole.replace('40 + 2', '"x"'), ['10:10 bad-input']],
    ['what is required and not given', whole.replace(/ {2}prUrl.*\n/, ''), ['7:1 missing-input']],
    [
      'an expression that cannot be read',
      whole.replace('payload.pull_request.html_url', 'payload.('),
      ['8:22 bad-expression'],
    ],
    ['a name that has no value', whole.replace('payload.number', 'inputs.number'), ['12:45 unknown-name']],
    [
      'a function that is none',
      whole.replace('payload.action in', 'lowr(payload.action) in'),
      ['6:11 unknown-function'],
    ],
    ['an expression that is not closed', whole.replace('html_url }}', 'html_url'), ['8:10 syntax']],
    ['a workflow that is not there', whole.replace('workflow: code-review', 'workflow: review'), ['4:11 missing-file']],
    ['an unknown key', whole.replace('board:', 'bord:'), ['15:1 unknown-key']],
    ['a name that is no part of an address', whole.replace('name: pull-request', 'name: a/b'), ['2:7 bad-value']],
    ['a callback that is no address', whole.replace(/callback: .*/, 'callback: forge'), ['12:11 bad-value']],
    ['a folder outside', whole.replace('workspace: checkout', 'workspace: /etc'), ['14:12 bad-value']],
    ['a limit that is none', whole.replace('usd: 1', 'usd: -1'), ['13:16 bad-value']],
    [
      'an expression inside of a list',
      whole.replace(/files: .*/, 'files: ["${{ payload.a }}"]'),
      ['9:10 bad-expression'],
    ],
    ['no YAML at all', 'name: [', [expect.stringMatching(/^1:/)]],
  ])('names the place of %s', (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it('names everything that is wrong at once', () => {
    const text = whole
      .replace('depth: thorough', 'depth: deep')
      .replace('payload.number', 'nothing')
      .replace(/ {2}prUrl.*\n/, '');
    expect(problemsOf(text)).toHaveLength(3);
  });
});
