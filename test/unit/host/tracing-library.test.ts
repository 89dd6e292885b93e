import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Files of src that import a package by a statement, which is loaded with them. */
function importers(pattern: string): string[] {
  const found = execFileSync('grep', ['-rlE', `^(import|export) [^;]*from '${pattern}`, 'src'], { encoding: 'utf8' });
  return found.trim().split('\n');
}

describe("OpenTelemetry's library", () => {
  it('is loaded by one file, which is loaded only where spans go somewhere', () => {
    expect(importers('@opentelemetry/')).toEqual(['src/host/tracing/exported-spans.ts']);
    expect(() => importers("[^']*/exported-spans.ts")).toThrow();
  });
});
