import type { Command } from 'commander';
import { Option } from 'commander';
import { collect, json, label, wait, withWholeText } from './options.ts';
import type { Add, CommandModule } from './options.ts';
import { addReplay } from './program-replay.ts';

const by = (): Option => new Option('--by <name>', 'who does it; default: the user of this machine');
const reason = (): Option => new Option('--reason <text>', 'why, for the story of the run');
const control = async () => import('../commands/control.ts');
const decide = async () => import('../commands/decide.ts');

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

/** Verbs for a run that goes on: stop it for a while, change what it may use, tell and answer its agents. */
export function addControl(add: Add): void {
  addPause(add);
  addLimits(add);
  addSteering(add);
}

function addPause(add: Add): void {
  add(
    'pause <run>',
    'start nothing more; calls in flight still end',
    async () => (await control()).pause as CommandModule,
  )
    .addOption(reason())
    .addOption(by())
    .addOption(json())
    .addHelpText(
      'after',
      examples('gaffer pause crew-x7k2 --reason "wait for the release"', 'gaffer resume crew-x7k2'),
    );
  withLimits(
    add(
      'resume <run>',
      'go on with a run that is paused, or that waits for a higher limit or its provider',
      async () => (await control()).resume as CommandModule,
    ),
  ).addHelpText(
    'after',
    examples(
      'gaffer resume crew-x7k2',
      'gaffer resume crew-x7k2 --usd 10',
      'gaffer resume crew-x7k2 --task build --usd 2',
    ),
  );
}

function addLimits(add: Add): void {
  withLimits(
    add(
      'limits <run>',
      'raise or lower what a run or a part of it may use',
      async () => (await control()).limits as CommandModule,
    ),
  ).addHelpText(
    'after',
    examples(
      'gaffer limits crew-x7k2 --usd 10 --max-parallel 4',
      'gaffer limits crew-x7k2 --phase Build --tokens 500000',
    ),
  );
}

function addSteering(add: Add): void {
  add('skip <run> <task>', 'give a task up that has not ended', async () => (await control()).skip as CommandModule)
    .addOption(reason())
    .addOption(by())
    .addOption(json())
    .addHelpText('after', examples('gaffer skip crew-x7k2 docs --reason "not needed"'));
  add(
    'priority <run> <level...>',
    'change before whom a run or a task of it is served: low, normal, high or urgent',
    async () => (await control()).priority as CommandModule,
  )
    .usage('[options] <run> [task] <level>')
    .addOption(by())
    .addOption(json())
    .addHelpText('after', examples('gaffer priority crew-x7k2 urgent', 'gaffer priority crew-x7k2 build high'));
  withWholeText(
    add(
      'send <run> <to> <text...>',
      'tell an agent something; it reads it with its next turn',
      async () => (await control()).send as CommandModule,
    ),
    2,
  )
    .option('--from <name>', 'who says it; default: the user of this machine')
    .addOption(json())
    .addHelpText(
      'after',
      examples('gaffer send crew-x7k2 builder "The port is 8080."') + '\n<to> is a context or a task.',
    );
  addPeople(add);
}

function withLimits(command: Command): Command {
  return command
    .option('--usd <amount>', 'most money the run may cost in all, in USD')
    .option('--usd-per-minute <amount>', 'most money within one minute, in USD')
    .option('--tokens <count>', 'most tokens in all, cached ones included')
    .option('--max-parallel <count>', 'most tasks at once')
    .option('--timeout <time>', 'longest time of the whole run, such as 30m or 2h')
    .option('--task <id>', 'limits (--usd, --tokens) of this task, not of the run')
    .option('--phase <name>', 'limits (--usd, --tokens) of this phase')
    .option('--agent <name>', 'limits (--usd, --tokens) of this agent')
    .addOption(by())
    .addOption(json());
}

function addPeople(add: Add): void {
  add(
    'approvals [run]',
    'list what waits for a person, with the command that answers it',
    () => import('../commands/approvals.ts'),
  ).addOption(json());
  const decision = (name: 'approve' | 'reject', description: string): Command =>
    add(`${name} <run> [id]`, description, async () => (await decide())[name] as CommandModule)
      .option('--as <role>', 'in which role, where only some roles may decide')
      .addOption(by())
      .option('--comment <text>', 'what the agent is told with it')
      .addOption(json());
  decision('approve', 'say yes to what waits for an approval')
    .option('--edit <text>', 'a new prompt, or a new input of the tool call as JSON; @FILE reads it from there')
    .option(
      '--seen <count>',
      'how many changes by others you have seen, where somebody made any: `gaffer approvals` says it',
    )
    .addHelpText(
      'after',
      examples(
        'gaffer approve crew-x7k2',
        'gaffer approve crew-x7k2 deploy --as lead --comment "only to staging"',
        `gaffer approve crew-x7k2 deploy --edit '{"command":"npm run deploy:staging"}'`,
      ) + '\n[id] is an id of `gaffer approvals` or a task, whole; without it, the only one that waits.',
    );
  decision('reject', 'say no to what waits for an approval').addHelpText(
    'after',
    examples('gaffer reject crew-x7k2 deploy --comment "not on a Friday"'),
  );
  addAnswer(add);
}

function addAnswer(add: Add): void {
  withWholeText(
    add(
      'answer <run> <words...>',
      'answer an agent that is blocked',
      async () => (await decide()).answer as CommandModule,
    ),
    1,
  )
    .usage('[options] <run> [id] <text>')
    .addOption(by())
    .addOption(json())
    .addHelpText(
      'after',
      examples('gaffer answer crew-x7k2 "Use port 8080."', 'gaffer answer crew-x7k2 build "Use port 8080."') +
        '\n[id] is an id of `gaffer approvals` or a task, whole; needed when several are blocked.',
    );
}

/** Verbs that go on from what a run has done: again, from a point of it, or back. */
export function addLineage(add: Add): void {
  addRetry(add);
  addFork(add);
  addReplay(add);
  addWaysBack(add);
}

function addRetry(add: Add): void {
  startOptions(
    add(
      'retry <run> [task]',
      'do failed tasks anew, or the named one, with the same input',
      () => import('../commands/retry.ts'),
    ),
  )
    .option('--from <task>', 'this task and everything that depends on it')
    .addOption(by())
    .addHelpText(
      'after',
      examples('gaffer retry crew-x7k2', 'gaffer retry crew-x7k2 build', 'gaffer retry crew-x7k2 --from build') +
        '\nIn place while the run goes on; after its end as a new run that reuses every unchanged result.',
    );
}

function addFork(add: Add): void {
  startOptions(
    add('fork <run>', 'start a changed copy of a run; pays only for what differs', () => import('../commands/fork.ts')),
  )
    .option(
      '--from <point>',
      'a checkpoint (what came until then is reused), or a task (it and what follows is done anew)',
    )
    .option(
      '--set <key=value>',
      'prompt.TASK, model.AGENT, input.NAME or limits.NAME; @FILE reads the value; repeatable',
      collect,
    )
    .addOption(label('what to find the new run by, beside what the run has: team=search; repeatable'))
    .option('--workspace <folder>', 'folder that the new run works in (the same)')
    .option(
      '--worktree [folder]',
      "work in a new git worktree of the checkpoint's files; without a folder, one beside the repository",
    )
    .addHelpText(
      'after',
      examples(
        'gaffer fork crew-x7k2 --from build --set prompt.build="Build it in Go."',
        'gaffer fork crew-x7k2 --set model.reviewer=opus --set limits.usd=10',
        'gaffer fork crew-x7k2 --from phase/Planning --worktree',
      ),
    );
}

function addWaysBack(add: Add): void {
  add(
    'checkpoints <run>',
    'list the points of a run to fork from',
    () => import('../commands/checkpoints.ts'),
  ).addOption(json());
  addBranches(add);
  add(
    'rollback <run>',
    'undo what a run did that ended without undoing it, as after a terminate',
    () => import('../commands/rollback.ts') as Promise<CommandModule>,
  )
    .option('--yes', 'download what is missing without asking')
    .addOption(json())
    .addHelpText('after', examples('temporal workflow terminate -w crew-x7k2', 'gaffer rollback crew-x7k2'));
}

function addBranches(add: Add): void {
  add(
    'diff <run> [task]',
    'show what tasks changed on branches of their own',
    () => import('../coding/diff.ts') as Promise<CommandModule>,
  )
    .option('--stat', 'names of files and numbers of lines only')
    .addOption(json())
    .addHelpText('after', examples('gaffer diff crew-x7k2', 'gaffer diff crew-x7k2 build --stat'));
  add(
    'merge <run> [task]',
    'bring branches of tasks into the branch that they are meant for, through the gates of the workflow',
    () => import('../coding/merge.ts') as Promise<CommandModule>,
  )
    .option('--into <branch>', 'another branch than the workflow file names, or than was checked out')
    .option('--yes', 'download what is missing without asking')
    .addOption(json())
    .addHelpText('after', examples('gaffer merge crew-x7k2', 'gaffer merge crew-x7k2 build --into integration'));
}

function startOptions(command: Command): Command {
  return command
    .option('--id <id>', 'id of the new run')
    .option('--script <module>', 'answer with a scripted model from this module instead of a real one')
    .option('--allow-unsandboxed-shell', 'let bash run without a sandbox where there is none')
    .option('--detach', 'start it in a background stack and return')
    .addOption(wait())
    .option('--yes', 'ask nothing')
    .addOption(json());
}
