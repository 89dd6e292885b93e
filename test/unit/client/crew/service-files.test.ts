import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepPort, keptPort } from '../../../../src/client/crew/service-files.ts';

describe('the port of a home', () => {
  let home: string;
  beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'gaffer-port-'))));
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('is the one that its service had before; what no port can be is none', () => {
    expect(keptPort(home)).toBeNull();
    keepPort(home, 41_234);
    expect(keptPort(home)).toBe(41_234);
    for (const text of ['{"port":70000}', '{"port":"7450"}', '{', 'null']) {
      writeFileSync(join(home, 'service.json'), text);
      expect(keptPort(home), text).toBeNull();
    }
  });
});
