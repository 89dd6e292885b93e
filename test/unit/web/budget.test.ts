import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const built = fileURLToPath(new URL('../../../dist/web', import.meta.url));

interface Chunk {
  file: string;
  imports?: string[];
  css?: string[];
}

const read = (file: string): Buffer => readFileSync(join(built, file));
const kB = (files: Iterable<string>): number =>
  [...new Set(files)].reduce((sum, file) => sum + gzipSync(read(file), { level: 9 }).length, 0) / 1000;

/** Everything that a browser fetches before a chunk can run. */
function neededBy(name: string, manifest: Record<string, Chunk>, seen = new Set<string>()): string[] {
  if (seen.has(name)) return [];
  seen.add(name);
  const { file, imports = [], css = [] } = manifest[name]!;
  return [file, ...css, ...imports.flatMap((each) => neededBy(each, manifest, seen))];
}

describe('the size of the dashboard, packed', () => {
  const manifest = JSON.parse(read('manifest.json').toString()) as Record<string, Chunk>;

  it('is at most 150 kB for the first view, Home', () => {
    const files = ['index.html', 'src/pages/home/page.tsx'].flatMap((name) => neededBy(name, manifest));
    expect(kB(['index.html', ...files])).toBeLessThan(150);
    // Neither of them is what the first view pays for.
    const texts = files.map((file) => read(file).toString()).join('');
    expect(texts).not.toContain('react-flow');
  });

  it('is at most 300 kB in all', () => {
    expect(kB(readdirSync(join(built, 'assets')).map((file) => join('assets', file)))).toBeLessThan(300);
  });

  it('names no other origin that a browser would fetch from', () => {
    const html = read('index.html').toString();
    expect([...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link!.startsWith('/'))).not.toContain(false);
    const styles = readdirSync(join(built, 'assets')).filter((file) => file.endsWith('.css'));
    for (const file of styles) expect(read(join('assets', file)).toString()).not.toMatch(/url\(|@import/);
  });
});
