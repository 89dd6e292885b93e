import { isInside, realOf } from '../../host/key-folders.ts';

/** A workflow file that a plan was made of. */
export interface PlanFile {
  file: string;
  /** As it was read; null: it is a folder, or code. */
  text: string | null;
}

/**
 * Tells workflow files that are the word of whoever started the service from those that somebody's run may have written.
 *
 * Runs write in every folder that a caller may name. So what is believed lies in none of them, as templates that were added or came with
 * Gaffer do, or somebody trusted it as it is (`gaffer trust`).
 */
export async function openBelief(folders: readonly string[]): Promise<(file: PlanFile) => boolean> {
  const [{ fileToTrust, openTrustStore }, { userTemplates }, { shippedTemplates }] = await Promise.all([
    import('../../config/trust-store.ts'),
    import('../../config/template-folders.ts'),
    import('../../definition/templates/shipped-templates.ts'),
  ]);
  return ({ file, text }) => {
    const lies = (folder: string): boolean => isInside(realOf(file), realOf(folder));
    if (lies(shippedTemplates()) || (lies(userTemplates()) && !folders.some(lies))) return true;
    return text !== null && openTrustStore().holds(fileToTrust('workspace', file, text));
  };
}
