import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { ShellSettings } from '../../../src/host/sandbox/sandbox.ts';
import { tempFolder } from '../base/temp-folder.ts';
import { toolCall } from './tool-call.ts';

/** A process of its own that runs one command, as a worker would. */
export function startBash(settings: ShellSettings, command: string, workspace: string): ChildProcess {
  const folder = tempFolder();
  const bash = path.resolve(import.meta.dirname, '../../../src/tools/shell/bash.ts');
  const main = path.join(folder, 'worker.mts');
  const call = JSON.stringify(toolCall({ workspace }));
  writeFileSync(
    main,
    `import { createBashTool } from ${JSON.stringify(bash)};
     await createBashTool(${JSON.stringify(settings)}).run(${JSON.stringify({ command })}, ${call}, new AbortController().signal);`,
  );
  const loader = import.meta.resolve('tsx');
  const worker = fork(main, [], { execArgv: ['--import', loader], stdio: 'ignore' });
  onTestFinished(() => void worker.kill('SIGKILL'));
  return worker;
}
