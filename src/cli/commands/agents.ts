import { resolve } from 'node:path';
import { modelNameOf } from '../../domain/money/model-table.ts';
import type { Agent, ToolRule } from '../../domain/plan/plan.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { checkFolder } from '../../client/start/check-folder.ts';
import { safeLine, safeText } from '../../domain/safe-text.ts';
import { table, type Column } from '../show/table.ts';

const columns: readonly Column[] = [
  { title: 'Agent' },
  { title: 'Model', drop: 2 },
  { title: 'Tools', flexible: 10, drop: 1 },
  { title: 'Description', flexible: 12, drop: 3 },
];

/** `gaffer agents [NAME]`: the agents that a workflow in this folder can use, or one of them whole. */
export async function execute(
  { cwd, terminal }: CommandContext,
  [name]: string[],
  options: { agents?: string[]; json?: boolean },
): Promise<number> {
  const [{ agentDirsFor }, { loadAgents }, { formatDiagnostic }] = await Promise.all([
    import('../../definition/load-plan.ts'),
    import('../../agents/registry.ts'),
    import('../../definition/source/diagnostic.ts'),
  ]);
  const given = (options.agents ?? []).map((folder) => checkFolder('--agents', resolve(cwd, folder)));
  const dirs = [...given, ...agentDirsFor('workflow.yaml', cwd)];
  const { agents, diagnostics } = loadAgents(dirs);
  for (const problem of diagnostics) terminal.err(`${terminal.colors.yellow(safeText(formatDiagnostic(problem)))}\n`);
  if (name !== undefined) {
    const agent = agents.get(name);
    if (!agent) {
      throw new UsageError(`there is no agent "${name}"; there are: ${[...agents.keys()].join(', ') || 'none'}.`);
    }
    terminal.out(options.json ? toJson(agent) : agentText(agent));
    return exitCodes.succeeded;
  }
  if (options.json) terminal.out(toJson([...agents.values()]));
  else if (agents.size === 0) terminal.err(`No agents. Looked in:\n${dirs.map((dir) => `  ${dir}\n`).join('')}`);
  else terminal.out(`${list([...agents.values()], terminal).join('\n')}\n`);
  return exitCodes.succeeded;
}

function list(agents: readonly Agent[], terminal: CommandContext['terminal']): string[] {
  const rows = agents.map((agent) => [agent.name, modelNameOf(agent), agent.tools.join(', '), agent.description]);
  return table(columns, rows, { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim });
}

function agentText(agent: Agent): string {
  return [
    `${safeLine(agent.name)}: ${safeLine(agent.description)}`,
    `model ${safeLine(modelNameOf(agent))} · tools ${agent.tools.join(', ') || 'none'}`,
    ...(agent.rules ?? []).map(ruleText),
    `at most ${agent.maxTurns} turns a task, ${agent.maxTokens} tokens an answer`,
    '',
    safeText(agent.system).trimEnd(),
    '',
  ].join('\n');
}

function ruleText({ tool, match, unless, action }: ToolRule): string {
  const verb = { allow: 'may', ask: 'asks people before', deny: 'may not' }[action];
  const but = unless ? `, but ${action === 'ask' ? 'for' : 'may'} ${unless.join(', ')}` : '';
  return safeLine(`${tool}: ${verb} ${match ?? 'anything'}${but}`);
}
