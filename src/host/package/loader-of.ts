import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What Node needs to run a file of ours as a process: from a checkout, TypeScript is read by what the checkout brings. */
export function loaderOf(file: string): string[] {
  if (!file.endsWith('.ts')) return [];
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
}
