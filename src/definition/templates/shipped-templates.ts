import { fileURLToPath } from 'node:url';

/** The folder of the templates that come with Gaffer. */
export function shippedTemplates(): string {
  return fileURLToPath(new URL('../../../templates', import.meta.url));
}
