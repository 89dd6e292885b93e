import { describe, expect, it } from 'vitest';
import { OutOfBoundsError } from '../../../src/client/access/caller-bounds.ts';
import { SourceText } from '../../../src/definition/source/source-text.ts';
import { DefinitionError } from '../../../src/definition/source/diagnostic.ts';
import { ProblemError, toProblem, withoutPlaces } from '../../../src/server/problem.ts';
import { inBody } from '../../../src/server/routes/start-body.ts';

const text = 'name: a\r\npassword: "hunter2"\n\ttasks: []\n';
const wrong = (path: string, file = 'text') =>
  new DefinitionError([
    new SourceText(text, file).diagnostic(10, { code: 'unknown-key', message: 'no such key', path }),
  ]);

describe('toProblem', () => {
  it('quotes lines of the text that was sent, and of no file', () => {
    for (const sent of [null, 'name: a\nelse: 1\n']) {
      const told = JSON.stringify(toProblem(wrong('password', 'text'), sent));
      expect(told).toContain('no such key');
      expect(told).not.toContain('hunter2');
    }
    expect(toProblem(wrong('password'), text)?.errors?.[0]?.frame).toContain('hunter2');
  });
});

describe('withoutPlaces', () => {
  it('lets paths begin in the folders of the service', () => {
    const problem = toProblem(wrong('', '/srv/crew/flows/a.yaml'))!;
    const told = JSON.stringify(withoutPlaces(problem, ['/srv', '/srv/crew']));
    expect(told).toContain('flows/a.yaml');
    expect(told).not.toContain('/srv');
  });
});

describe('inBody', () => {
  const pointerOf = async (body: Record<string, unknown>, error: Error): Promise<unknown> => {
    const refused = await inBody(body, () => Promise.reject(error)).catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(ProblemError);
    const { problem } = refused as ProblemError;
    expect(problem).toMatchObject({ kind: expect.any(String) as string });
    return problem.errors?.[0]?.pointer;
  };
  const at = (path: string, code = 'wrong') => {
    const place = { file: null, line: null, column: null, hint: null, frame: null };
    return new DefinitionError([{ severity: 'error', code, message: 'wrong', path, ...place }]);
  };
  const definition = { tasks: [], limits: {} };

  it.each<[string, Record<string, unknown>, Error, string]>([
    ['into a definition', { definition }, at('tasks[0].prompt'), '/definition/tasks/0/prompt'],
    ['to what lacks in it', { definition: {} }, at('tasks'), '/definition/tasks'],
    ['to what both have, in the definition', { definition, limits: {} }, at('limits.usd'), '/definition/limits/usd'],
    ['to what is beside a definition', { definition: {}, limits: {} }, at('limits.usd'), '/limits/usd'],
    ['to the value of an input', { file: 'x', inputs: {} }, at('inputs.topic', 'missing-input'), '/inputs/topic'],
    ['to an input of nothing', { definition, inputs: { a: 1 } }, at('', 'unknown-input'), '/inputs'],
    ['to a text', { text, limits: {} }, wrong('limits'), '/text'],
    ['to what is beside a text', { text, limits: {} }, at('limits.usd'), '/limits/usd'],
    ['to the name of a file', { file: 'x' }, at('tasks[0].prompt'), '/file'],
    ['into a trigger', { trigger: { inputs: {} } }, at('inputs.a', 'bad-input'), '/trigger/inputs/a'],
    [
      'to a folder that is beside a definition',
      { definition: { workspace: '.' }, workspace: '/etc' },
      new OutOfBoundsError([{ path: 'workspace', message: 'outside' }]),
      '/workspace',
    ],
    [
      'to a folder in a definition',
      { definition: { workspace: '/etc' } },
      new OutOfBoundsError([{ path: 'workspace', message: 'outside' }], true),
      '/definition/workspace',
    ],
  ])('points %s', async (_, body, error, pointer) => {
    expect(await pointerOf(body, error)).toBe(pointer);
  });
});
