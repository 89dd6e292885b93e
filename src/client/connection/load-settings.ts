import type { Config } from '../../config/config.ts';

/**
 * What the environment, `.env` and the project file say together.
 *
 * @throws ConfigError, NotTrustedError; DefinitionError for mistakes in the project file, and for nothing else
 */
export async function loadSettings(place: {
  cwd: string;
  environment: NodeJS.ProcessEnv;
  /** For what has to work before anybody trusts the project's `.env`: it is not read. */
  ignoresDotEnv?: boolean;
  /** The same for the project file. */
  ignoresProjectFile?: boolean;
}): Promise<Config> {
  const [{ loadConfig }, { findProjectFile }] = await Promise.all([
    import('../../config/config.ts'),
    import('./find-project-file.ts'),
  ]);
  const path = place.ignoresProjectFile ? null : findProjectFile(place.cwd);
  if (path === null) return loadConfig(place);
  const { believeProject } = await import('./believe-project.ts');
  return loadConfig({ ...place, project: await believeProject(path, place.environment) });
}
