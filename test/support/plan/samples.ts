import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import type { JsonObject, JsonValue } from '../../../src/domain/json.ts';

/** A document that users have such files from, as it stands. */
function documentOf(name: string): string {
  return readFileSync(new URL(`../../fixtures/seeds/${name}.txt`, import.meta.url), 'utf8');
}

/** The text between the fences of a document's block of code that holds the words. */
export function blockWith(name: string, words: string): string {
  const blocks = documentOf(name).matchAll(/^```\w*\r?\n([\s\S]*?)^```/gm);
  const found = [...blocks].map(([, text]) => text!).filter((text) => text.includes(words));
  if (found.length === 0) throw new Error(`${name} has no block with ${words}`);
  return found[0]!;
}

/** The body of a request that stands in a document: what follows its first line. */
export function requestWith(name: string, words: string): string {
  return blockWith(name, words).replace(/^POST .*\r?\n/, '');
}

/** The value of a JavaScript literal that a document assigns to a constant. */
export function literalOf(name: string, constant: string): JsonValue {
  const [, literal] = /^const [^=]*= ([\s\S]*?);$/m.exec(blockWith(name, `const ${constant}`))!;
  // Its objects are of another realm; a definition is JSON.
  return JSON.parse(JSON.stringify(runInNewContext(`(${literal})`))) as JsonValue;
}

/** The keyword arguments of the call in a document's block of Python that says `task_description` with these words. */
export function keywordsOf(name: string, words: string): JsonObject {
  const block = blockWith(name, `task_description="${words}"`);
  const [, call] = /\w\(\n([\s\S]*?)\n\)/.exec(block.slice(block.lastIndexOf('await', block.indexOf(words))))!;
  const json = call!.replaceAll(/^ *(\w+)=/gm, '"$1": ').replaceAll(/\b(True|False)\b/g, (word) => word.toLowerCase());
  return JSON.parse(`{${json}}`) as JsonObject;
}

/** A mount plan that starts a workflow, with what it names, by path: the samples of their document, laid out as it says. */
export function mountPlanFiles(): Readonly<Record<string, string>> {
  const agent = blockWith('mount-plan', '"default_model"');
  return {
    'session.json': blockWith('mount-plan', '"workflow_path"'),
    '.amplifier/workflows/my_workflow.yaml': blockWith('mount-plan', 'name: "Planning"\n    execution_mode'),
    ...Object.fromEntries(['planning-agent', 'worker'].map((name) => [`.amplifier/mount_plans/${name}.json`, agent])),
  };
}
