import type { Config } from '../../config/config.ts';

/**
 * What the environment, `.env` and the project file say together.
 *
 * The project file says where keys and prompts go, so it is believed only as somebody allowed it.
 *
 * @throws ConfigError, NotTrustedError; DefinitionError for mistakes in the project file
 */
export async function loadSettings(place: {
  cwd: string;
  environment: NodeJS.ProcessEnv;
  /** For what has to work before anybody trusts the project's files: they are not read. */
  ignoresDotEnv?: boolean;
}): Promise<Config> {
  const [{ loadConfig }, { findProjectFile }] = await Promise.all([
    import('../../config/config.ts'),
    import('./find-project-file.ts'),
  ]);
  const path = place.ignoresDotEnv ? null : findProjectFile(place.cwd);
  if (path === null) return loadConfig(place);
  const [{ readProjectFile }, { believeFile }] = await Promise.all([
    import('../../definition/project-file.ts'),
    import('../../config/believe-file.ts'),
  ]);
  const project = readProjectFile(path);
  const names = project.providers.map(({ name }) => name).join(', ');
  const asks = `${path} names servers of models (${names}): that decides where keys and prompts go, and nobody has allowed it as it is now.`;
  if (project.providers.length > 0)
    believeFile('project', project, { asks, environment: place.environment, isShown: true });
  return loadConfig({ ...place, project });
}
