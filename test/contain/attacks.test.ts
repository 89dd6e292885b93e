import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { tempFolder } from '../support/base/temp-folder.ts';
import { attemptFolders, contained, doneOf, runLine, start } from '../support/contain/contained.ts';
import { newWorktrees, openTask } from '../support/worktrees/open-task.ts';
import { gitAt, newProject } from '../support/worktrees/project.ts';

/** A line that makes a system call, of this machine's numbers, and ends well where that was let. */
const call = (number: { x64: number; arm64: number }, ...given: (string | number)[]): string =>
  `perl -e '${`my $b = "\\0" x 256; exit(syscall(${[number[process.arch as 'x64' | 'arm64'], ...given].join(', ')}) >= 0 ? 0 : 1)`}'`;
const both = (number: number) => ({ x64: number, arm64: number });

/** Ways into the kernel that no namespace closes. */
const kernelCalls = [
  call({ x64: 308, arm64: 268 }, 0, 0), // setns
  call({ x64: 272, arm64: 97 }, 0x10000000), // unshare, of users
  call({ x64: 272, arm64: 97 }, 0x20000), // …, of mounts
  call({ x64: 56, arm64: 220 }, 0x10000000 | 17, 0, 0, 0, 0), // clone, with users of its own
  call(both(435), '$b', 88), // clone3, which no filter can look into
  call(both(425), 8, '$b'), // io_uring_setup
  call({ x64: 321, arm64: 280 }, 0, '$b', 120), // bpf
  call({ x64: 298, arm64: 241 }, '$b', 0, -1, -1, 0), // perf_event_open
  call({ x64: 300, arm64: 262 }, 0, 0), // fanotify_init
  call({ x64: 304, arm64: 265 }, -100, '$b', 0), // open_by_handle_at
  call({ x64: 248, arm64: 217 }, '"user"', '"x"', '$b', 8, -3), // add_key
  call({ x64: 249, arm64: 218 }, '"user"', '"x"', 0, -3), // request_key
  call({ x64: 165, arm64: 40 }, '"none"', '"/mnt"', '"tmpfs"', 0, 0), // mount
  call({ x64: 155, arm64: 41 }, '"."', '"."'), // pivot_root
  call(both(428), -100, '"/"', 1), // open_tree, a copy of the mounts
  call(both(430), '"tmpfs"', 0), // fsopen
  call({ x64: 246, arm64: 104 }, 0, 0, 0, 0), // kexec_load
  call({ x64: 175, arm64: 105 }, '$b', 8, '""'), // init_module
  call({ x64: 170, arm64: 161 }, '"evil"', 4), // sethostname
];

describe('an attack by a contained program', () => {
  contained('on one that runs beside it, or on its worker, meets nobody', async () => {
    process.env['GAFFER_TEST_CANARY'] = 'a canary of the worker';
    onTestFinished(() => void delete process.env['GAFFER_TEST_CANARY']);
    const other = attemptFolders();
    const sibling = await start(['/bin/sh', '-c', 'echo mine > /dev/shm/mine; echo on; read -r _'], {
      ...other,
      env: { TOKEN: 'a token of another' },
    });
    await once(sibling.stdout, 'data');
    const key = 0x6a66 + process.pid;
    execFileSync('perl', ['-e', `defined(shmget(${key}, 4096, 01600)) or die $!`]);
    onTestFinished(() => void execFileSync('perl', ['-e', `shmctl(shmget(${key}, 0, 0), 0, 0) or die $!`]));
    const shared = `/dev/shm/gaffer-attack-${process.pid}`;
    writeFileSync(shared, 'of the host');
    onTestFinished(() => rmSync(shared, { force: true }));
    const victims = [sibling.pid, process.pid].flatMap((pid) => [
      `kill -0 ${pid}`,
      `ls /proc/${pid}/root/`,
      `cat /proc/${pid}/mem`,
      `cat /proc/${pid}/environ`,
      `ls /proc/${pid}/fd /proc/${pid}/cwd/`,
      call({ x64: 101, arm64: 117 }, 16, pid, 0, 0), // ptrace: attach
      call({ x64: 310, arm64: 270 }, pid, ...[1, 2].flatMap(() => ['pack("Q2", 4096, 8)', 1]), 0), // process_vm_readv
      call(both(434), pid, 0), // pidfd_open
      `nsenter -t ${pid} -n true`,
    ]);
    const attempts = [
      ...victims,
      'cat /dev/shm/mine',
      `cat ${shared}`,
      `perl -e 'exit(defined(shmget(${key}, 0, 0)) ? 0 : 1)'`,
      'cat /proc/*/environ | grep -a "canary of the worker"',
      'cat /proc/*/environ | grep -a "a token of another"',
      'exec 3<>/dev/tty',
      'exec 3<>/dev/ptmx && ls /dev/pts | grep -v ptmx | grep -v "^0$"',
      `cat ${other.home}/*`,
    ];
    expect(await doneOf(attempts, attemptFolders())).toEqual([]);
    await runLine('echo evil > /dev/shm/gaffer-attack-out');
    expect(existsSync('/dev/shm/gaffer-attack-out')).toBe(false);
    await sibling.stop();
  });

  contained('on the kernel is refused, call by call', async () => {
    expect(await doneOf(kernelCalls, attemptFolders())).toEqual([]);
  });

  contained('on the repository by what git is told in its environment or its arguments writes nothing', async () => {
    const { project, place, own } = await openedTask();
    const git = path.join(project, '.git');
    const before = stateOf(project);
    const asOther = `-c user.name=e -c user.email=e@e`;
    const attempts = [
      `GIT_DIR=${git} git update-ref refs/heads/evil HEAD`,
      `GIT_DIR=${git} GIT_WORK_TREE=${project} git checkout -f HEAD -- .`,
      `git --git-dir=${git} --work-tree=. ${asOther} commit -qam evil`,
      `git ${asOther} commit -q --allow-empty -m evil`,
      `GIT_OBJECT_DIRECTORY=${git}/objects git hash-object -w --stdin < /dev/null`,
      `GIT_INDEX_FILE=${git}/index git rm -q --cached src/a.ts`,
      `GIT_CONFIG=${git}/config git config core.fsmonitor evil`,
      `git config --file ${git}/config include.path /tmp/evil`,
      `git config --worktree core.worktree /tmp`,
      `echo /tmp/objects > ${git}/objects/info/alternates`,
      `git worktree add -q --detach "$HOME/more"`,
      `git worktree remove --force ${place.folder}`,
      `git -C ${project} stash`,
      `echo evil > ${project}/src/a.ts`,
    ];
    expect(await doneOf(attempts, own)).toEqual([]);
    expect(stateOf(project)).toEqual(before);
  });

  contained('on git that Gaffer runs after it starts nothing, and reads nothing from elsewhere', async () => {
    const { worktrees, project, place, own } = await openedTask();
    const secret = tempFolder();
    gitAt(secret, 'init', '-q');
    writeFileSync(path.join(secret, 'secret.txt'), 'a secret of elsewhere');
    gitAt(secret, 'add', '-A');
    gitAt(secret, 'commit', '-qm', 'secret');
    const head = gitAt(secret, 'rev-parse', 'HEAD');
    const before = stateOf(project);
    const mark = path.join(own.folder, 'ran');
    const lines = [
      `printf '#!/bin/sh\\ntouch ${mark}\\ncat\\n' > evil.sh && chmod +x evil.sh && mkdir hooks`,
      'for hook in post-checkout reference-transaction pre-commit post-index-change; do cp evil.sh hooks/$hook; done',
      'printf "* filter=evil diff=evil merge=evil text eol=crlf working-tree-encoding=UTF-16 ident\\n" > .gitattributes',
      `printf '[submodule "x"]\\n path = out\\n url = ${secret}\\n update = !./evil.sh\\n' > .gitmodules`,
      `ln -s ${secret} out && ln -s ../../../../../../etc/passwd deep && ln -s ${project}/src theirs`,
      `mkdir file && echo "gitdir: ${secret}/.git" > file/.git && echo x > file/x`,
      `mkdir back && echo "gitdir: ${project}/.git" > back/.git && echo x > back/x`,
      'git init -q inner && echo x > inner/x && cp -r hooks inner/.git/ && mv inner/.git/hooks/post-checkout inner/.git/hooks/pre-commit',
      `printf '[core]\\n fsmonitor = ../evil.sh\\n worktree = ${secret}\\n[include]\\n path = ${secret}/.git/config\\n[filter "evil"]\\n clean = ../evil.sh\\n' >> inner/.git/config`,
      `echo ${secret}/.git/objects > inner/.git/objects/info/alternates && echo ${head} > inner/.git/HEAD`,
      'mkdir -p bare/objects bare/refs && echo "ref: refs/heads/main" > bare/HEAD && cp inner/.git/config bare/config',
      'mkfifo pipe',
      'echo changed > src/a.ts',
    ];
    const { out } = await runLine(['set -e', ...lines, 'echo ON'].join('\n'), own);
    expect(out).toMatch(/ON$/);
    const shared = { share: [], all: false };
    const kept = await worktrees.snapshot(place, { parent: place.start, shared, title: 'evil' });
    await worktrees.conflicts(place.repository, place.start, kept!.commit);
    await worktrees.putBack(place, { commit: kept!.commit, shared });
    await worktrees.putBack(place, { commit: place.start, shared });
    expect([mark, path.join(project, 'ran')].filter((file) => existsSync(file))).toEqual([]);
    const tree = gitAt(project, 'ls-tree', '-r', kept!.commit);
    // Links are links, what lies in repositories are files, and nothing is a repository.
    expect(tree).toMatch(/^120000 blob \w+\tout$/m);
    expect(tree).toMatch(/^120000 blob \w+\tdeep$/m);
    expect(tree).toMatch(/^120000 blob \w+\ttheirs$/m);
    expect(tree).toMatch(/^100644 blob \w+\tinner\/x$/m);
    expect(tree).not.toMatch(/^160000/m);
    expect(tree).not.toMatch(/\.git\//i);
    expect(gitAt(project, 'show', `${kept!.commit}:src/a.ts`)).toBe('changed');
    const objects = gitAt(project, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)').split('\n');
    expect(objects).not.toContain(gitAt(secret, 'rev-parse', 'HEAD:secret.txt'));
    expect(stateOf(project)).toEqual(before);
    await worktrees.remove(place);
    expect(readdirSync(path.join(project, 'src'))).toEqual(['a.ts', 'b.ts']);
    expect(existsSync(path.join(secret, 'secret.txt'))).toBe(true);
  });
});

/** A task's worktree, as a program finds it. */
async function openedTask() {
  const worktrees = newWorktrees();
  const project = newProject();
  const place = await openTask(worktrees, project, { taskId: 'build' });
  const { home } = attemptFolders();
  chmodSync(path.dirname(home), 0o700);
  return { worktrees, project, place, own: { folder: place.folder, home } };
}

/** What of a person's checkout nobody else may change: its branches, its settings, its files. */
function stateOf(project: string) {
  const git = (...args: string[]) => gitAt(project, ...args);
  return {
    branches: git('for-each-ref', 'refs/heads', 'refs/tags'),
    settings: git('config', '--local', '--list'),
    files: git('status', '--porcelain'),
    stashes: git('stash', 'list'),
    hooks: readdirSync(path.join(project, '.git/hooks')),
  };
}
