import type { Command } from 'commander';
import { agentDirs, collect, toolModules } from './options.ts';

/** Options that say how a definition is written. */
export function withFormat(command: Command): Command {
  return command
    .option(
      '--format <format>',
      'how it is written: native, task-list, workstreams, team, description, mount-plan, script; default: as it looks',
    )
    .option('--pool <file>', 'who does the workstreams of a folder; default: agents.yaml in it or beside it')
    .option('--tracks <file>', 'tracks of the workstreams of a folder')
    .option('--patterns <file>', 'which workstreams of a folder run as a workflow or template');
}

/** Options that say what is to run, and with what. */
export function withDefinition(command: Command): Command {
  return withFormat(command)
    .option('--input <key=value>', 'an input of the workflow; repeatable', collect)
    .option('--input-file <file>', 'inputs as a YAML or JSON file')
    .addOption(agentDirs())
    .addOption(toolModules())
    .option('--workspace <dir>', 'folder that the agents work in')
    .option('--feature <text>', 'what a team is to build: that of the file, else the usual one')
    .option('--task <text>', 'what is to be done, in words: a manager splits it among agents that fit')
    .option('--requirements <file>', 'what holds for the task: a file, or JSON')
    .option('--approve-plan', 'ask a person before what the work was split into begins')
    .option('--config <file>', "the team's file; default: orchestrator-config.json, where no file is named")
    .option(
      '--communication-file <file>',
      'JSON file in the workspace to follow the run in, and to write to its manager',
    )
    .option('--project-dir <dir>', 'the same as --workspace')
    .option('--max-usd <amount>', 'most money the run may cost, in USD');
}

/** The same, and those of many runs of it. */
export function withEach(command: Command): Command {
  return withDefinition(command)
    .option('--each <file>', 'a run for each line of a file of JSON objects, which are its inputs; with --id')
    .option('--parallel <count>', 'most runs of --each that are open at a time; default: 20');
}
