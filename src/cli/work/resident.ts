import { checkKeys } from '../../client/crew/check-keys.ts';
import { wishFor } from '../../client/crew/model.ts';
import { localWorkers } from '../../client/crew/worker-files.ts';
import { misfitOf, type LaunchSettings } from '../../client/start/launch.ts';
import { UsageError } from '../../domain/errors.ts';
import { sayTo, type CommandContext } from '../base/context.ts';

/** Whether stack and workers are somebody else's. */
export function isElsewhere({ config }: Pick<CommandContext, 'config'>): boolean {
  return config.temporal.isGiven && config.databaseUrl !== null;
}

/** @throws UsageError when the background stack has not the models that a plan asks */
export async function refuseMisfit(
  context: CommandContext,
  settings: Pick<LaunchSettings, 'plan' | 'unsandboxedShell' | 'tools'>,
): Promise<void> {
  const { cwd, config } = context;
  const { findHome } = await import('../../config/home.ts');
  const running = (await localWorkers(findHome({ cwd, env: config.environment }).path)).find(
    ({ role }) => role === 'dev',
  );
  if (!running) return;
  if (running.launch.model === 'anthropic' && wishFor(config, null, settings.plan).model === 'anthropic')
    checkKeys(settings.plan, config);
  const misfit = misfitOf(config, running, settings);
  if (misfit) throw new UsageError(misfitText(misfit));
}

function misfitText(misfit: string): string {
  return `the background stack ${misfit}: \`gaffer down\` stops it, then run this again.`;
}

/** A background stack that does the work, unless that is elsewhere. @throws UsageError when the one that is there does not fit */
export async function ensureResident(
  context: CommandContext,
  wishes: { unsandboxedShell: boolean; tools: string[] },
): Promise<void> {
  const { cwd, config } = context;
  const [{ ensureHome, findHome }, { ensureBackground }] = await Promise.all([
    import('../../config/home.ts'),
    import('../../client/crew/background.ts'),
  ]);
  const { path: home } = findHome({ cwd, env: config.environment });
  ensureHome({ path: home });
  const running = (await localWorkers(home)).find(({ role }) => role === 'dev');
  const misfit = running && misfitOf(config, running, wishes);
  if (misfit) throw new UsageError(misfitText(misfit));
  if (!isElsewhere(context) && !running) await ensureBackground(context, home, { ...wishes, say: sayTo(context) });
}
