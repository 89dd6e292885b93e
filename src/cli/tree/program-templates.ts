import { collect, json } from './options.ts';
import type { Add } from './options.ts';

/** Commands about templates: workflow files that run by name. */
export function addTemplates(add: Add): void {
  add(
    'templates [action] [what]',
    'list the templates that run by name, or show one: templates show NAME',
    () => import('../templates/templates.ts'),
  )
    .option('--category <category>', 'only those that are filed under it')
    .option('--tag <tag>', 'only those with this tag; repeatable, then any of them', collect)
    .addOption(json());
}
