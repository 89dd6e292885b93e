import type { Command } from 'commander';
import { agentDirs, collect, json } from './options.ts';
import type { Add } from './options.ts';

/** `gaffer agents`: look at the agents that there are, and find one. */
export function addAgents(add: Add): void {
  const module = () => import('../commands/agents.ts');
  const agents = withFilter(
    add(
      'agents [name]',
      'list the agents that a workflow here can use, show one, or find one by what is needed',
      module,
    ),
  );
  withFilter(
    add(
      'list',
      "list them: the user's own first, then those that come with Gaffer",
      async () => (await module()).list,
      agents,
    ),
  );
  add('show <name>', 'show one whole', async () => (await module()).show, agents)
    .addOption(agentDirs())
    .option('--stats', 'what it did so far in the runs that are kept here: tasks, success, duration, cost, scores')
    .addOption(json());
  withFilter(
    add(
      'find <need...>',
      'list those that meet a need best: "slow SQL query"',
      async () => (await module()).find,
      agents,
    ),
  );
}

function withFilter(command: Command): Command {
  return command
    .addOption(agentDirs())
    .option('--category <category>', 'only agents of this category')
    .option('--tag <tag>', 'only agents with this tag; repeatable', collect)
    .addOption(json());
}
