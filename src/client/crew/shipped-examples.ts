import { fileURLToPath } from 'node:url';

/** The folder of the examples that come with Gaffer: our own, and covered while agents' commands run (host/believed.ts). */
export function shippedExamples(): string {
  return fileURLToPath(new URL('../../../examples', import.meta.url));
}
