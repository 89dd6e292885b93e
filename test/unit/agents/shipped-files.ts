import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with the agents that the package brings. */
export const shippedDir = fileURLToPath(new URL('../../../agents/', import.meta.url));

/** Folders of it that hold texts to compose prompts of, and no agents. */
const partFolders = ['base', 'platforms'];

/** A shipped agent as it is written. */
export interface ShippedFile {
  name: string;
  category: string;
  matter: string;
  body: string;
}

/** Every shipped agent, read without the product's own loader. */
export function shippedFiles(): ShippedFile[] {
  return markdownBelow(shippedDir)
    .filter((path) => !partFolders.includes(path.split('/')[0]!))
    .map((path) => {
      const [, matter = '', body = ''] =
        /^---\n(.*?)\n---\n(.*)$/s.exec(readFileSync(join(shippedDir, path), 'utf8')) ?? [];
      const [category = '', file = ''] = path.split('/');
      return { name: file.replace(/\.md$/, ''), category, matter, body };
    });
}

/** Texts that prompts are composed of, by their path from {@link shippedDir}. */
export function promptParts(): string[] {
  return markdownBelow(shippedDir).filter((path) => partFolders.includes(path.split('/')[0]!));
}

/** What stands under a heading of the second level. */
export function section(body: string, heading: string): string {
  const [, text = ''] = new RegExp(`^## ${heading}\\n(.*?)(?=^## |(?![^]))`, 'ms').exec(body) ?? [];
  return text.trim();
}

/** Names of what an agent hands over: bold, with a colon and its form behind it. */
export function deliverables(body: string): string[] {
  return [...section(body, 'Hands over').matchAll(/\*\*([^*]+)\*\*:? \S/g)].map((match) => match[1]!);
}

/** How alike two texts are: the share of their runs of five words that both have, from 0 to 1. */
export function likeness(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  const both = [...left].filter((run) => right.has(run)).length;
  return both / (left.size + right.size - both);
}

/** The runs of five words of a text. */
export function runsOfFive(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.slice(4).map((_, index) => words.slice(index, index + 5).join(' ')));
}

function markdownBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.md'))
    .toSorted();
}
