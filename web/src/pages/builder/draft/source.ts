import { ask, askTagged, at } from '../../../api/service.ts';

/** Where a draft begins. */
export interface DraftSource {
  /** What keeps it apart from other drafts of this tab. */
  key: string;
  text: string;
  /** The file that it is of; null: it is of none yet. */
  file: string | null;
  /** What the file went by when it was read; null: there is none. */
  tag: string | null;
  /** What it is called as long as it has no name of its own. */
  title: string;
}

const empty = `# yaml-language-server: $schema=https://unpkg.com/gaffer-crew/schema/workflow.schema.json
name: my-workflow
description: What it is for.

tasks:
  - id: first
    profile: general
    prompt: |
      Say what is to be done.
`;

/** What the address names: a file, a template, what a run was made of, or nothing yet. */
export async function loadSource(query: URLSearchParams): Promise<DraftSource> {
  const [file, template, run] = ['file', 'template', 'run'].map((key) => query.get(key));
  if (file) {
    const { answer, tag } = await askTagged<{ text: string }>(at`/api/workflow-files/${file}`);
    return { key: `file ${file}`, text: answer.text, file, tag, title: file };
  }
  const workflow = template ?? (run ? (await ask<{ workflow: string }>(at`/api/runs/${run}`)).workflow : null);
  if (workflow === null) return { key: 'new', text: empty, file: null, tag: null, title: 'New workflow' };
  const { text, file: known } = await ask<{ text: string; file: string | null }>(at`/api/workflows/${workflow}`);
  const isOwn = run !== null && known !== null && /\.ya?ml$/i.test(known);
  if (isOwn) return loadSource(new URLSearchParams({ file: known }));
  return { key: `template ${workflow}`, text, file: null, tag: null, title: `From ${workflow}` };
}

/** What a tab keeps of a draft that is not saved. */
interface KeptDraft {
  text: string;
  /** The text that it was made from: of another one it is not told as unsaved. */
  base: string;
}

/** The draft that this tab kept of a source; null: none, or it is of an older text. */
export function keptDraft({ key, text }: DraftSource): string | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(nameOf(key)) ?? 'null') as KeptDraft | null;
    return kept !== null && kept.base === text && kept.text !== text ? kept.text : null;
  } catch {
    return null;
  }
}

/** Keeps a draft in this tab, or forgets it where nothing differs. @returns whether it could be kept */
export function keepDraft(key: string, { text, base }: KeptDraft): boolean {
  try {
    if (text === base) sessionStorage.removeItem(nameOf(key));
    else sessionStorage.setItem(nameOf(key), JSON.stringify({ text, base }));
    return true;
  } catch {
    return false;
  }
}

function nameOf(key: string): string {
  return `gaffer-builder ${key}`;
}
