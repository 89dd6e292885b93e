import { afterEach, beforeEach, vi } from 'vitest';

/** What a command in this process writes, in the test that runs. */
export interface Said {
  out: string;
  err: string;
}

/** Keeps what is written to both streams instead of showing it, anew in each test. */
export function captureSaid(): Said {
  const said: Said = { out: '', err: '' };
  beforeEach(() => {
    said.out = said.err = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((said.out += String(text))));
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((said.err += String(text))));
  });
  afterEach(() => void vi.restoreAllMocks());
  return said;
}
