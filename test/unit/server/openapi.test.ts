import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../../src/server/app.ts';

describe('schema/openapi.json', () => {
  it('is what the routes say now (else run npm run schema)', () => {
    const committed = readFileSync(new URL('../../../schema/openapi.json', import.meta.url), 'utf8');
    expect(committed).toBe(`${JSON.stringify(openApiDocument(), null, 2)}\n`);
  });
});
