import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/domain/errors.ts';
import { parseCount, parseUsd, readInputs } from '../../../../src/cli/options/run-options.ts';
import { checkRunId, newRunId } from '../../../../src/client/start/run-id.ts';

let cwd: string;
beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), 'gaffer-inputs-'))));
afterEach(() => rmSync(cwd, { recursive: true }));

describe('readInputs', () => {
  it('lays --input over --input-file', async () => {
    writeFileSync(join(cwd, 'inputs.yaml'), 'feature: login\ncount: 3\n');
    const inputs = await readInputs(cwd, { inputFile: 'inputs.yaml', input: ['feature=a=b', 'empty='] });
    expect(inputs).toEqual({ feature: 'a=b', count: 3, empty: '' });
  });

  it('refuses a pair without a key', async () => {
    await expect(readInputs(cwd, { input: ['feature'] })).rejects.toThrow('--input "feature" is not KEY=VALUE');
    await expect(readInputs(cwd, { input: ['=x'] })).rejects.toThrow(UsageError);
  });

  it('refuses a file that is not there or holds no object', async () => {
    await expect(readInputs(cwd, { inputFile: 'absent.yaml' })).rejects.toThrow('absent.yaml');
    writeFileSync(join(cwd, 'list.json'), '[1, 2]');
    await expect(readInputs(cwd, { inputFile: 'list.json' })).rejects.toThrow('must hold an object');
  });
});

describe('parseUsd', () => {
  it('reads an amount', () => expect(parseUsd('0.50')).toBe(0.5));
  it.each(['', '0', '-1', 'free', 'Infinity', '1e999'])('refuses %j', (text) => {
    expect(() => parseUsd(text)).toThrow(UsageError);
  });
});

describe('parseCount', () => {
  it.each(['', '0', '1.5', '-1', 'x', '1000000'])('refuses %j', (text) => {
    expect(() => parseCount(text, '--limit')).toThrow(UsageError);
  });
});

describe('checkRunId', () => {
  it.each(['a', 'demo-1', 'A.b_c'])('takes %s', (id) => expect(checkRunId(id)).toBe(id));
  it.each(['', '-a', 'a/b', 'a b', '../x', 'x'.repeat(101), 'a\nb'])('refuses %j', (id) => {
    expect(() => checkRunId(id)).toThrow(UsageError);
  });
});

describe('newRunId', () => {
  it.each([
    ['Feature Crew!', /^feature-crew-[a-z2-9]{4}$/],
    ['Über größe', /^u-ber-gro-e-[a-z2-9]{4}$|^uber-gro-e-[a-z2-9]{4}$/],
    ['日本', /^run-[a-z2-9]{4}$/],
    ['x'.repeat(300), /^x{60}-[a-z2-9]{4}$/],
  ])('makes an id of %j that can be one', (name, pattern) => {
    const id = newRunId(name);
    expect(id).toMatch(pattern);
    expect(checkRunId(id)).toBe(id);
  });
});
