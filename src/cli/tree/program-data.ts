import { collect, json } from './options.ts';
import type { Add } from './options.ts';

/** Commands about the life of data: removing, keeping, taking elsewhere. */
export function addData(add: Add): void {
  add(
    'rm <run>',
    'remove a run that has ended, with everything that belongs to it',
    () => import('../commands/rm.ts'),
  ).addOption(json());
  add('prune', 'remove runs that ended long ago, after saying which', () => import('../commands/prune.ts'))
    .option('--older-than <age>', 'ended at least so long ago, such as 30d, 12h')
    .option('--status <status>', 'only runs that ended so; repeatable', collect)
    .option('--dry-run', 'only say which, and how much')
    .option('--yes', 'remove without asking')
    .addOption(json());
  add('export <run>', 'print everything about a run, one JSON line a row', () => import('../commands/export.ts'))
    .option('--out <file>', 'write into this file instead')
    .option('--cassette', 'its model calls and tool results alone, as one JSON text that `gaffer replay` answers from');
  add(
    'backup <file>',
    'write the embedded data of this project, while nothing runs, into an archive',
    () => import('../commands/backup.ts'),
  ).addOption(json());
  add(
    'restore <what> [task]',
    'with a file: bring the embedded data of an archive back, where there is none; with RUN TASK[@N]: the files of a task as a snapshot has them',
    () => import('../commands/restore.ts'),
  ).addOption(json());
  add(
    'worktrees [run]',
    'where tasks work that have a git worktree of their own',
    () => import('../coding/worktrees.ts'),
  )
    .option('--prune', 'remove those of ended runs, also with work that is merged nowhere, which is kept under refs')
    .addOption(json());
}
