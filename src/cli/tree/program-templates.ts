import { collect, json } from './options.ts';
import type { Add } from './options.ts';

/** Commands about templates: workflow files that run by name. */
export function addTemplates(add: Add): void {
  add(
    'templates [action] [what]',
    'list the templates that run by name (list), show one (show NAME), or add some (add FILE, FOLDER or URL@COMMIT)',
    () => import('../templates/templates.ts'),
  )
    .option('--category <category>', 'only those that are filed under it')
    .option('--tag <tag>', 'only those with this tag; repeatable, then any of them', collect)
    .option('--yes', 'add them without asking')
    .addOption(json());
}
