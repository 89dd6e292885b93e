import type { Command } from 'commander';
import { collect, json } from './options.ts';
import type { Add, CommandModule } from './options.ts';

const webhooks = async () => import('../hooks/webhooks.ts');
const triggers = async () => import('../hooks/triggers.ts');
const tenant = ['--tenant <name>', 'whose it is; default: that of the terminal'] as const;

/** `gaffer webhooks …` and `gaffer triggers …`: who is told of runs, and what outside starts them. */
export function addHooks(program: Command, add: Add): void {
  addWebhooks(add, program.command('webhooks').description('tell others of what runs do: add, list, show, rotate, rm'));
  addTriggers(
    add,
    program.command('triggers').description('start runs when something outside happens: add, list, show, rotate, rm'),
  );
}

function addWebhooks(add: Add, parent: Command): void {
  const verb = (usage: string, description: string, name: keyof Awaited<ReturnType<typeof webhooks>>): Command =>
    add(usage, description, async () => (await webhooks())[name] as CommandModule, parent)
      .option(...tenant)
      .addOption(json());
  verb('add <url>', 'have events of runs posted to an address, signed', 'add').option(
    '--event <type>',
    "which, such as workflow:results; repeatable; default: a run's end, approvals, blockers, spent budgets",
    collect,
  );
  verb('list', 'list webhooks', 'list').option('--run <run>', 'the callbacks that its start asked for instead');
  verb('show <id>', 'show a webhook, and how much waits for it', 'show');
  verb('deliveries <id>', 'list what was sent, newest first', 'deliveries')
    .option('--state <state>', 'only pending, delivered or dead ones')
    .option('--limit <count>', 'at most so many; default: 50');
  verb('redeliver <id> [delivery]', 'send one again that has ended; without its id, all that are dead', 'redeliver');
  verb('rotate <id>', 'sign with a new secret; the one before it signs beside it for a day', 'rotate');
  verb('disable <id>', 'tell it nothing', 'disable');
  verb('enable <id>', 'tell it again', 'enable');
  verb('rm <id>', 'remove a webhook, and what waits for it', 'remove');
}

function addTriggers(add: Add, parent: Command): void {
  const verb = (usage: string, description: string, name: keyof Awaited<ReturnType<typeof triggers>>): Command =>
    add(usage, description, async () => (await triggers())[name] as CommandModule, parent)
      .option(...tenant)
      .addOption(json());
  const secret = [
    '--secret-env <variable>',
    'variable of the environment with the secret; default: a new one',
  ] as const;
  verb('add <file>', 'check a trigger file, and take deliveries by it', 'add')
    .option(...secret)
    .option('--replace', 'give one of that name the new definition; it keeps its secret');
  verb('list', 'list triggers', 'list');
  verb('show <name>', 'show a trigger, as it was written', 'show');
  verb('rotate <name>', 'ask for a new secret; the one before it holds beside it for a day', 'rotate').option(
    ...secret,
  );
  verb('pause <name>', 'start nothing by it', 'pause');
  verb('resume <name>', 'start runs by it again', 'resume');
  verb('rm <name>', 'remove a trigger; its runs stay', 'remove');
}
