import type { Command } from 'commander';
import { json, label, priority, yes } from './options.ts';
import type { Add, CommandModule, Loader } from './options.ts';
import { withDefinition } from './with-definition.ts';

type Verb = 'list' | 'show' | 'pause' | 'resume' | 'trigger' | 'remove';

const verb =
  (name: Verb): Loader =>
  async () =>
    (await import('../schedules/schedule.ts'))[name] as CommandModule;

/** `gaffer schedule …`: what starts runs by itself. */
export function addSchedules(program: Command, add: Add): void {
  const schedule = program
    .command('schedule')
    .description('start runs by the clock: add, list, show, pause, resume, trigger, rm');
  addAdd(add, schedule);
  add('list', 'list schedules, with their next times', verb('list'), schedule).addOption(json());
  add('show <name>', 'show a schedule: its times, and its latest runs', verb('show'), schedule).addOption(json());
  for (const [name, description] of [
    ['pause', 'start no more runs; those that go on do'],
    ['resume', 'start runs again'],
  ] as const)
    add(`${name} <name>`, description, verb(name), schedule)
      .option('--reason <text>', 'why, for whoever looks')
      .addOption(json());
  add('trigger <name>', 'start a run now, whatever goes on', verb('trigger'), schedule).addOption(json());
  add('rm <name>', 'remove a schedule; its runs stay', verb('remove'), schedule).addOption(json());
}

function addAdd(add: Add, schedule: Command): void {
  withDefinition(
    add(
      'add <name> [file]',
      'check a workflow, freeze it as it is now, and start it by the clock',
      () => import('../schedules/schedule-add.ts'),
      schedule,
    ),
  )
    .requiredOption('--cron <fields>', 'when: "0 * * * *" (minute hour day month weekday), @daily, @every 90m')
    .option('--time-zone <name>', 'such as Europe/Berlin; default: that of this machine')
    .option(
      '--overlap <policy>',
      'while a run of it goes on: skip (default), buffer-one, buffer-all, allow, cancel-other',
    )
    .option(
      '--catch-up <time>',
      'make up for what was missed within so long, as nothing ran: 10m, 12h, 7d; default: 1d',
    )
    .option('--jitter <time>', 'put each off by a random time up to this; default: none')
    .option('--paused', 'it begins once it is resumed, or triggered')
    .option('--board <name>', "issue board; default: each run's own")
    .option('--allow-unsandboxed-shell', 'let bash run without a sandbox where there is none')
    .addOption(priority())
    .addOption(label('what to find its runs by: team=search; repeatable'))
    .addOption(yes())
    .addOption(json())
    .addHelpText(
      'after',
      '\nExamples:\n  $ gaffer schedule add audit audit.yaml --cron "0 * * * *" --time-zone Europe/Berlin\n' +
        '  $ gaffer schedule trigger audit\n' +
        '\nIts runs work with what the file, its agents and inputs are now. After a change: `gaffer schedule rm` and `add`.',
    );
}
