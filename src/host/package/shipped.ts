import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isInside } from '../key-folders.ts';

/** The folder of the examples that come with Gaffer: our own, and covered while agents' commands run (../believed.ts). */
export function shippedExamples(): string {
  return fileURLToPath(new URL('../../../examples', import.meta.url));
}

/** Whether a file came with Gaffer as an example, and is there: it is covered while commands run, like all of our code. */
export function isShippedExample(file: string): boolean {
  const examples = shippedExamples();
  return existsSync(examples) && existsSync(file) && isInside(realpathSync(file), realpathSync(examples));
}
