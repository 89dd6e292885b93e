import type { Command } from 'commander';
import { collect, json } from './options.ts';
import type { Add, CommandModule, Loader } from './options.ts';

const verb =
  (name: 'create' | 'list' | 'revoke'): Loader =>
  async () =>
    (await import('../service/keys.ts'))[name] as CommandModule;

/** `gaffer keys …` and `gaffer audit`: who may call the service, and who did what. */
export function addKeys(program: Command, add: Add): void {
  const keys = program.command('keys').description('keys of the service: create, list, revoke');
  add('create', 'make a key, and print it this once', verb('create'), keys)
    .option('--scope <scope>', 'what it allows: read, run, approve or admin; repeatable', collect)
    .option('--role <role>', 'role in which it may answer approvals; repeatable', collect)
    .option('--tenant <name>', 'whose runs it sees; default: default, as the terminal')
    .option('--expires <age>', 'for so long: 12h, 30d; default: until it is revoked')
    .option('--name <text>', 'as whom it acts; default: you')
    .addOption(json());
  add('list', 'list keys, never what they are', verb('list'), keys)
    .option('--tenant <name>', 'only of this tenant')
    .addOption(json());
  add('revoke <id>', 'end a key at once, with its pages and streams', verb('revoke'), keys).addOption(json());
  add('audit', 'list who did what through the service, newest first', () => import('../service/audit.ts'))
    .option('--run <id>', 'only about this run')
    .option('--tenant <name>', 'only of this tenant')
    .option('--limit <count>', 'at most so many', '50')
    .option('--verify', 'say instead whether nothing of it was changed or taken out')
    .addOption(json());
}
