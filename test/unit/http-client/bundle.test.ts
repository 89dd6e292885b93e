import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { connect as connectHere, Run, Runs } from '../../../src/client/index.ts';
import type { connect } from '../../../src/http-client/index.ts';

/** Most bytes that a page loads of it, compressed. */
const most = 13_000;

describe('the client of the service', () => {
  it('is one small file for browsers and the edge, which imports nothing', async () => {
    const { outputFiles, metafile, warnings } = await build({
      entryPoints: [fileURLToPath(new URL('../../../src/http-client/index.ts', import.meta.url))],
      ...{ bundle: true, write: false, metafile: true, minify: true, format: 'esm', platform: 'browser' },
      target: ['es2022', 'chrome100', 'safari16', 'firefox110'],
    });
    expect(warnings).toEqual([]);
    expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
    expect(Object.keys(metafile.inputs).filter((path) => path.includes('node_modules'))).toEqual([]);
    const [{ contents, text }] = outputFiles as [(typeof outputFiles)[0]];
    expect(text).not.toMatch(/\b(process|Buffer|require)\b\s*[.(]/);
    expect(gzipSync(contents).length).toBeLessThan(most);
  });

  it('gives what connect() of the package gives, method for method', () => {
    type Here = Awaited<ReturnType<typeof connectHere>>;
    type There = Awaited<ReturnType<typeof connect>>;
    expectTypeOf<keyof There>().toEqualTypeOf<keyof Here>();
    expectTypeOf<There>().toExtend<Runs>();
    expectTypeOf<Awaited<ReturnType<There['find']>>>().toEqualTypeOf<Run>();
    expectTypeOf<There['schedules']>().toEqualTypeOf<Here['schedules']>();
  });
});
