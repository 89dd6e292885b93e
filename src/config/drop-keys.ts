import type { Config } from './config.ts';
import { keyElsewhere, keyVariable } from '../domain/money/provider-variables.ts';

/**
 * Takes the keys of providers out of what this process knows of its environment, for good, once somebody else has them. Whoever it starts
 * does not get them. What the kernel keeps of a process's first environment stays as it was.
 */
export function dropKeys({ accounts, providers, environment }: Config): void {
  const own = new Map(providers.map(({ name, key }) => [name, key]));
  for (const [name, account] of Object.entries(accounts)) {
    const variable = own.has(name) ? own.get(name) : keyVariable(name);
    account.apiKey = keyElsewhere;
    if (!variable) continue;
    for (const each of [environment as Record<string, unknown>, process.env]) delete each[variable];
  }
}
