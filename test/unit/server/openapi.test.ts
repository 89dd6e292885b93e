import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { loadDefinition } from '../../../src/client/start/load-definition.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { openApiDocument } from '../../../src/server/app.ts';

describe('schema/openapi.json', () => {
  it('is what the routes say now (else run npm run schema)', () => {
    const committed = readFileSync(new URL('../../../schema/openapi.json', import.meta.url), 'utf8');
    expect(committed).toBe(`${JSON.stringify(openApiDocument(), null, 2)}\n`);
  });
});

/** All examples of a document, with the schema that they are of and where they stand. */
function examplesIn(value: unknown, at = '#'): { at: string; schema: JsonObject; example: unknown }[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'example' in value ? [{ at, schema: value as JsonObject, example: value.example }] : [];
  return [...own, ...Object.entries(value).flatMap(([key, inner]) => examplesIn(inner, `${at}/${key}`))];
}

describe('the examples of the document', () => {
  const document = JSON.parse(JSON.stringify(openApiDocument())) as JsonObject;
  const examples = examplesIn(document).filter(({ at }) => !at.endsWith('/example'));

  it('are what their schemas allow', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const { components } = document;
    expect(examples.length).toBeGreaterThan(40);
    for (const { at, schema, example } of examples) {
      // What it refers to lies at `#/components`.
      const isMet = ajv.validate({ ...schema, components }, example);
      expect([at, isMet, ajv.errors]).toEqual([at, true, null]);
    }
  });

  it('can be started as they are', async () => {
    const bodies = examples.map(({ example }) => example as JsonObject | string);
    const definitions = bodies.flatMap((body) => (typeof body === 'object' && body['definition']) || []);
    const files = bodies.flatMap((body) => (typeof body === 'object' && body['file']) || []);
    expect([definitions.length, files.length].every((count) => count > 0)).toBe(true);
    for (const value of definitions) {
      const source = { kind: 'object', value, name: 'example' } as const;
      expect((await loadDefinition(source, { cwd: '/', looksForFolders: false })).plan.tasks.length).toBeGreaterThan(0);
    }
  });
});
