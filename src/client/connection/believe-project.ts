import type { Environment } from '../../config/environment.ts';
import type { ProjectFile } from '../../definition/project-file.ts';

/**
 * What a project file says. It says where keys and prompts go, so it is believed only as somebody allowed it.
 *
 * @throws NotTrustedError; DefinitionError for mistakes in it
 */
export async function believeProject(path: string, environment: Environment): Promise<ProjectFile> {
  const [{ readProjectFile }, { believeFile }] = await Promise.all([
    import('../../definition/project-file.ts'),
    import('../../config/believe-file.ts'),
  ]);
  const project = readProjectFile(path);
  const isElsewhere = project.gateway !== null && !['on', 'off'].includes(project.gateway);
  const named = [...project.providers.map(({ name }) => name), ...(isElsewhere ? ['a gateway'] : [])];
  const asks = `${path} names servers of models (${named.join(', ')}): that decides where keys and prompts go, and nobody has allowed it as it is now.`;
  if (named.length > 0) believeFile('project', project, { asks, environment, isShown: true });
  return project;
}
