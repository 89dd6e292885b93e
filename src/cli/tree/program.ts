import { Command, Help, CommanderError, Option, type OutputConfiguration } from 'commander';
import { safeText } from '../../domain/safe-text.ts';
import { asCalled, helpAsCalled } from '../base/called-as.ts';
import { endOnSignals } from '../base/interruption.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { collect, json, label, noGateway, priority, toolModules, verbose, wait, yes } from './options.ts';
import { refuseImpossibleNames } from './options.ts';
import type { Add, CommandModule, Loader } from './options.ts';
import { addAgents } from './program-agents.ts';
import { addControl, addLineage } from './program-control.ts';
import { addComparison } from './program-comparison.ts';
import { addEvaluation } from './program-evaluation.ts';
import { addData } from './program-data.ts';
import { addTemplates } from './program-templates.ts';
import { addHooks } from './program-hooks.ts';
import { addSchedules } from './program-schedules.ts';
import { addKeys } from './program-keys.ts';
import { addWorker } from './program-worker.ts';
import { withDefinition, withEach, withFormat } from './with-definition.ts';

/**
 * Parses a command line and runs it.
 *
 * @returns the exit code; errors are already printed
 */
export async function runProgram(argv: readonly string[], version: string): Promise<number> {
  endOnSignals();
  const outcome = { exitCode: exitCodes.succeeded as number };
  const program = createProgram(version, async (load, args, options) => {
    outcome.exitCode = await perform(load, args, options);
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.succeeded : exitCodes.usage;
  }
}

async function perform(load: Loader, args: string[], options: Record<string, unknown>): Promise<number> {
  let isLoaded = false;
  try {
    const [{ processContext }, command] = await Promise.all([import('../base/context.ts'), load()]);
    const context = await processContext({ ...command, isVerbose: options['verbose'] === true });
    isLoaded = true;
    return await command.execute(context, args, options);
  } catch (error) {
    const { otherWay } = await import('../trust/other-way.ts');
    const again = await otherWay(error, load, { options, isLoaded });
    if (again !== null) return perform(again, args, options);
    const { explain, toErrorJson } = await import('../base/fail.ts');
    const explanation = explain(error, { isDebug: Boolean(process.env['GAFFER_DEBUG']) });
    process.stderr.write(`gaffer: ${explanation.message}\n`);
    if (options['json'] === true) process.stdout.write(toErrorJson(error, explanation));
    return explanation.exitCode;
  }
}

type Perform = (load: Loader, args: string[], options: Record<string, unknown>) => Promise<void>;

const output: OutputConfiguration = {
  writeOut: (text) => void process.stdout.write(helpAsCalled(text)),
  writeErr: (text) => void process.stderr.write(asCalled(safeText(text.replace(/^error: /, 'gaffer: ')))),
};

/**
 * The whole command line. Nothing of a command is loaded before it runs.
 *
 * @internal
 */
export function createProgram(version: string, performCommand: Perform): Command {
  const program = emptyProgram(version);
  const add = (usage: string, description: string, load: Loader, parent = program): Command =>
    parent
      .command(usage)
      .description(description)
      .addOption(verbose())
      .action((...all: unknown[]) => {
        const command = all.at(-1) as Command;
        const checked: Loader = async () => {
          refuseImpossibleNames(command);
          return load();
        };
        return performCommand(checked, command.args, command.optsWithGlobals());
      });
  program.commandsGroup('Write and run:');
  addAuthoring(add);
  addTemplates(add);
  program.commandsGroup('Look at runs:');
  addRuns(program, add);
  addComparison(program, add);
  program.commandsGroup('Step into a run:');
  addControl(add);
  program.commandsGroup('Again, differently, back:');
  addLineage(add);
  program.commandsGroup('Keep and remove:');
  addData(add);
  program.commandsGroup('Servers and this machine:');
  addService(add);
  addKeys(program, add);
  addChecks(program, add);
  addIssues(program, add);
  return program;
}

function emptyProgram(version: string): Command {
  return new Command('gaffer')
    .description('Durable multi-agent orchestration on Temporal.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('Run `gaffer --help` to see what there is.')
    .exitOverride()
    .configureOutput(output)
    .configureHelp({ subcommandTerm: termOf })
    .addHelpText('after', '\nStart with: gaffer init && gaffer run workflow.yaml');
}

// Words that mean something by their place are named in the list of commands as in their own help.
function termOf(command: Command): string {
  const usual = new Help().subcommandTerm(command);
  const written = command.usage();
  return written.endsWith(usual.replace(/^\S+( \[options\])? ?/, '')) ? usual : `${command.name()} ${written}`;
}

function addAuthoring(add: Add): void {
  add('init', 'write a workflow, two agents and an ignore file into this folder', () => import('../commands/init.ts'));
  withEach(
    add(
      'run [file]',
      'run a workflow to its end: a file, a folder of workstreams, or a template by its name',
      () => import('../commands/run.ts'),
    ),
  )
    .option('--id <id>', 'id of the run; default: the name with four random characters')
    .option('--board <name>', "issue board; default: the run's own")
    .option('--script <module>', 'answer with a scripted model from this module instead of a real one')
    .option('--allow-unsandboxed-shell', 'let bash run without a sandbox where there is none')
    .option('--reuse <run>', 'take over every result of an earlier run that is unchanged')
    .option('--detach', 'start it in a background stack and return')
    .addOption(priority())
    .addOption(label())
    .option('--at <time>', 'start it then: 18:00, or a date and time')
    .option('--in <time>', 'start it so much later: 90s, 15m, 2h, 1d')
    .option('--timings', 'say what each step took until its first call')
    .addOption(noGateway())
    .addOption(wait())
    .addOption(yes())
    .addOption(json());
  withDefinition(
    add('plan [file]', 'check a workflow and print its plan; starts nothing', () => import('../commands/plan.ts')),
  )
    .option('--strict-files', 'tasks that may write the same files are an error')
    .addOption(json());
  withFormat(
    add(
      'convert <file>',
      'print a native workflow file that gives the same plan as a file of another format, or a folder of workstreams',
      async () => (await import('../commands/plan.ts')).convert as CommandModule,
    ),
  ).option('--out <file>', 'write it there');
  addAgents(add);
}

/** What agents of a run have to do with each other. */
function addCrew(add: Add): void {
  add('messages <run>', 'list what the agents of a run wrote to each other', () => import('../messages/messages.ts'))
    .option('--watch', 'go on with every message and every change of one, until the run ends')
    .addOption(json());
  add('state <run> [key]', 'print what the agents of a run share, or one key of it', () => import('../state/state.ts'))
    .option('--history', 'its versions, oldest first')
    .addOption(json());
}

function addList(add: Add): void {
  add('runs', 'list runs, newest first', () => import('../commands/runs.ts'))
    .option('--status <status>', 'only runs in this status; open, ended, attention: several')
    .addOption(label('only runs with this label; repeatable'))
    .option('--search <words>', 'only runs with these words in their id, workflow, labels or reason')
    .option('--limit <count>', 'at most so many', '20')
    .option('-q, --quiet', 'print their ids alone')
    .addOption(json());
}

function addRuns(program: Command, add: Add): void {
  addSchedules(program, add);
  addHooks(program, add);
  addList(add);
  add('show <run>', 'show a run: how it stands or ended, and its tasks', () => import('../commands/show.ts')).addOption(
    json(),
  );
  add('report <run>', 'print a run as a report in Markdown: totals, and what became of every task and why', () =>
    import('../commands/show.ts').then((module) => module.report as CommandModule),
  ).option('--out <file>', 'write it there');
  addEvaluation(add);
  add('watch <run>', 'follow a run; goes on with one that was parked', () => import('../commands/watch.ts'))
    .option('--tail <count>', 'of what was told before only the last lines')
    .addOption(wait())
    .addOption(yes())
    .addOption(json());
  add(
    'output <run> [name]',
    'print the outputs that the file names, or what came out of a task, whole',
    () => import('../work/print-output.ts'),
  ).addOption(json());
  add(
    'transcript <run> [context]',
    "print a context's conversation",
    () => import('../commands/transcript.ts'),
  ).addOption(json());
  addCrew(add);
  add('cancel <run>', 'stop a run for good, and undo what can be undone', () => import('../commands/cancel.ts'))
    .addOption(json())
    .addHelpText(
      'after',
      '\nIt stops what is in flight, undoes in reverse order what has a `compensate`, and ends as cancelled.\n' +
        '`temporal workflow terminate` ends a run without undoing anything; `gaffer rollback RUN` makes up for that.',
    );
}

function addService(add: Add): void {
  add(
    'dev',
    'start Temporal, database, a worker and the service, and keep them until Ctrl-C',
    () => import('../commands/dev.ts'),
  )
    .option('--detach', 'in the background; `gaffer down` stops it')
    .addOption(new Option('--detached-child').hideHelp())
    .option('--port <number>', 'where the service listens; default: as before, else 7450 or any that is free')
    .option('--folder <dir>', 'one more folder that runs started at Temporal may work below; repeatable', collect)
    .option('--workflows <dir>', 'one more folder with workflow files that can be started by name; repeatable', collect)
    .addOption(toolModules())
    .option('--metrics <[ip:]port>', "where Prometheus finds the worker's metrics; a port alone: for this machine only")
    .option('--allow-unsandboxed-shell', 'let bash run without a sandbox where there is none')
    .addOption(noGateway())
    .addOption(yes());
  add('down', 'stop the background stack of this project', () => import('../commands/down.ts'));
  add('ui [run]', 'print an address of the Temporal Web UI that opens once', () =>
    import('../temporal/ways-in.ts').then(({ ui }) => ({ execute: ui })),
  )
    .option('--save', 'opened, it also keeps the list of runs as a saved view of that browser')
    .addOption(json());
  add('env', 'print shell code that lets `temporal` in: eval "$(gaffer env)"', () =>
    import('../temporal/ways-in.ts').then(({ env }) => ({ execute: env })),
  );
  addWorker(add);
}

function addChecks(program: Command, add: Add): void {
  add(
    'trust [file]',
    'list what is trusted and what asks for it, or trust a .env, a .gaffer, a script.mjs or a workflow file',
    () => import('../trust/trust.ts'),
  )
    .addOption(json())
    .addHelpText(
      'after',
      '\nA `.env` that says where keys and work go, a `.gaffer` that Gaffer did not make there, a `script.mjs` that answers for\nagents where there is no key, and a workflow file that has agents work outside of its folder or where keys are, are believed\nonce you say so.\n' +
        'The word is kept in your own folder, for that path and that content.',
    );
  add('completion <shell>', 'print what completes commands in bash, zsh or fish', () =>
    import('./completion.ts').then(({ printCompletion }) => ({
      execute: (context, [shell]) => printCompletion(context, shell!, program),
    })),
  ).addHelpText(
    'after',
    '\nExamples:\n  $ source <(gaffer completion bash)\n  $ source <(gaffer completion zsh)\n  $ gaffer completion fish | source',
  );
  add(
    'doctor',
    'check what a run needs on this machine, with a way out for each problem',
    () => import('../commands/doctor.ts'),
  ).addOption(json());
}

function addIssues(program: Command, add: Add): void {
  const issues = program.command('issues').description("list, show and import issues of the agents' boards");
  add('list', 'list issues', () => import('../commands/issues.ts').then((module) => module.list), issues)
    .option('--board <name>', 'only this board')
    .option('--status <status>', 'only open, claimed, blocked or closed ones')
    .addOption(json());
  add(
    'show <number>',
    'show an issue with its comments',
    () => import('../commands/issues.ts').then((module) => module.show),
    issues,
  )
    .option('--board <name>', 'the board it is on; needed when several have that number')
    .addOption(json());
  add(
    'import <file>',
    'import issues from a JSONL file',
    () => import('../commands/issues.ts').then((module) => module.importFile),
    issues,
  )
    .requiredOption('--board <name>', 'board to put them on')
    .addOption(json());
}
