import type { ConnectOptions } from '../connect-options.ts';
import type { Session } from './session.ts';

/** The session behind a program's options. @throws UnreachableError when nothing runs there and nothing is to be started */
export async function openPlace(options: ConnectOptions): Promise<Session> {
  const [{ loadSettings }, { openSession }] = await Promise.all([import('./load-settings.ts'), import('./session.ts')]);
  const { cwd = process.cwd(), env = process.env, temporal, databaseUrl, taskQueue, clientInterceptors } = options;
  const environment = {
    ...env,
    ...(temporal && { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace }),
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  return openSession(
    { cwd, config: await loadSettings({ cwd, environment }) },
    {
      say: options.say ?? (() => undefined),
      whenAbsent: options.start ? 'start' : 'fail',
      ...(temporal && { temporal }),
      ...(taskQueue === undefined ? {} : { taskQueue }),
      ...(clientInterceptors && { clientInterceptors }),
    },
  );
}
