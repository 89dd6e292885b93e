import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { projectJsonSchema, workflowJsonSchema } from '../../../../src/definition/schema/json-schema.ts';

describe('schema/workflow.schema.json', () => {
  it('is what zod gives now (else run npm run schema)', () => {
    const committed = readFileSync(new URL('../../../../schema/workflow.schema.json', import.meta.url), 'utf8');
    expect(committed).toBe(workflowJsonSchema());
    const ofProject = readFileSync(new URL('../../../../schema/project.schema.json', import.meta.url), 'utf8');
    expect(ofProject).toBe(projectJsonSchema());
  });

  it('describes only live keys, and refuses others', () => {
    const schema = JSON.parse(workflowJsonSchema());
    expect(Object.keys(schema.properties)).toEqual([
      'name',
      'description',
      'template',
      'default_profile',
      'manager',
      'delegates',
      'workspace',
      'merge',
      'inputs',
      'outputs',
      'limits',
      'evaluate',
      'models',
      'tiers',
      'context',
      'communication',
      'communication_file',
      'agents',
      'pool',
      'tracks',
      'on_failure',
      'checkpoint_every',
      'policy',
      'phases',
      'tasks',
    ]);
    expect(schema.anyOf).toEqual([{ required: ['phases'] }, { required: ['tasks'] }]);
    expect(schema.additionalProperties).toBe(false);
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
  });
});
