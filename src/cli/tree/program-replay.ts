import { agentDirs, collect, json, toolModules, wait, yes } from './options.ts';
import type { Add } from './options.ts';

/** `gaffer replay`: a run again, from what was recorded of it. */
export function addReplay(add: Add): void {
  add(
    'replay <cassette>',
    'run a crew again from the answers of an earlier run; only what differs is asked',
    () => import('../cassette/replay.ts'),
  )
    .option(
      '--workflow <file>',
      'the workflow file, edited or not; default: the plan of the recorded run, where it is kept',
    )
    .option('--strict', 'ask and do nothing: what differs is an error, and people are asked for nothing')
    .option('--id <id>', 'id of the new run')
    .option('--input <key=value>', 'an input of the workflow, instead of the recorded one; repeatable', collect)
    .option('--input-file <file>', 'inputs as a YAML or JSON file')
    .addOption(agentDirs())
    .addOption(toolModules())
    .option('--workspace <dir>', 'folder that the agents work in')
    .option('--script <module>', 'what differs is answered by a scripted model from this module')
    .option('--allow-unsandboxed-shell', 'let bash run without a sandbox where there is none')
    .addOption(wait())
    .addOption(yes())
    .addOption(json())
    .addHelpText(
      'after',
      '\nExamples:\n  $ gaffer export crew-x7k2 --cassette --out crew.cassette.json\n  $ gaffer replay crew.cassette.json --workflow crew.yaml --strict',
    );
}
