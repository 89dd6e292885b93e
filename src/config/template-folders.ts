import { join } from 'node:path';
import type { Environment } from './environment.ts';
import { userConfigDir } from './trust-store.ts';

/** Where this user's own templates lie. Touches nothing. */
export function userTemplates(env: Environment = process.env): string {
  return join(userConfigDir(env), 'templates');
}
