import { dirname, resolve } from 'node:path';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { checkFolder } from '../../client/start/check-folder.ts';

/** `gaffer backup FILE`: the embedded data of this project as one archive. Nothing may run meanwhile. */
export async function execute(
  { cwd, config, terminal }: CommandContext,
  [name]: string[],
  options: { json?: boolean },
): Promise<number> {
  if (config.databaseUrl !== null || config.temporal.isGiven) {
    throw new UsageError(
      'DATABASE_URL or TEMPORAL_ADDRESS names a server elsewhere, which this cannot back up: docs/operations.md says how.',
    );
  }
  const file = resolve(cwd, name!);
  checkFolder(`backup ${name!}`, dirname(file));
  const [{ findHome }, { backUp }] = await Promise.all([import('../../config/home.ts'), import('../../dev/backup.ts')]);
  const home = findHome({ cwd, env: config.environment });
  const { manifest, bytes } = await backUp(home, file);
  if (options.json) terminal.out(toJson({ file, bytes, home: home.path, ...manifest }));
  else {
    terminal.out(`${file} (${(bytes / 1e6).toFixed(1)} MB)\n`);
    terminal.err(
      'Conversations and the password of the database are in it: keep it as you keep keys. Workspaces are not.\n',
    );
    terminal.err('`gaffer restore FILE` brings it back where there is no data.\n');
  }
  return exitCodes.succeeded;
}
