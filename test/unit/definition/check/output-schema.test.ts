import { describe, expect, it } from 'vitest';
import { DefinitionError } from '../../../../src/definition/source/diagnostic.ts';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { outputSchemaProblem } from '../../../../src/models/check-output.ts';
import { registryOf } from '../registry-of.ts';

function problemsOf(outputs: string[], checkSchema: (schema: JsonObject) => string | null): string[] {
  const tasks = outputs.map((output, index) => `  - { id: t${index}, profile: coder, prompt: x, output: ${output} }`);
  const text = `tasks:\n${tasks.join('\n')}\n`;
  try {
    loadPlan({ kind: 'text', text, file: 'crew.yaml' }, { agents: registryOf('coder'), cwd: '/p', checkSchema });
    return [];
  } catch (error) {
    if (error instanceof DefinitionError) return error.diagnostics.map(({ line, message }) => `${line}: ${message}`);
    throw error;
  }
}

describe('an output schema that looks like one and cannot be used', () => {
  it.each([
    "{ $ref: '#/$defs/nowhere' }",
    '{ type: object, properties: { score: { minimum: high } } }',
    '{ type: object, required: [a, a] }',
  ])('is refused before the start, at its place: %s', (output) => {
    expect(problemsOf(['{ type: string }', output], outputSchemaProblem)).toEqual([
      expect.stringMatching(/^3: the output schema cannot be used: /),
    ]);
  });

  it('is looked for once among equal ones, and not without end', () => {
    let tried = 0;
    const count = (): null => {
      tried++;
      return null;
    };
    problemsOf(
      Array.from({ length: 30 }, () => '{ type: string }'),
      count,
    );
    expect(tried).toBe(1);
    problemsOf(
      Array.from({ length: 200 }, (_, index) => `{ type: string, minLength: ${index} }`),
      count,
    );
    expect(tried).toBe(51);
  });
});
