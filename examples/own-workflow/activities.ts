import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = 'articles';
const fileOf = (subject: string) => join(folder, `${subject.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}.txt`);

/** Writes the page. Done twice, it is the same page. @returns its file */
export async function publish(subject: string, text: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(fileOf(subject), `${text}\n`);
  return fileOf(subject);
}

/** Takes the page back, also one that was never written. */
export async function withdraw(subject: string): Promise<void> {
  await rm(fileOf(subject), { force: true });
}
