import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { startContained } from '../../src/host/contain/contain.ts';
import { attemptFolders, contained, doneOf, programOf, runLine, start } from '../support/contain/contained.ts';
import { userGit } from '../support/tools/sandbox.ts';

describe('what a contained program finds', () => {
  contained('is nothing of another attempt, of the host or of us', async () => {
    const [own, other] = [attemptFolders(), attemptFolders()];
    mkdirSync(other.home);
    writeFileSync(path.join(other.home, 'token'), 'secret of another');
    const outside = spawn('sleep', ['1000'], { env: { SECRET: 'secret of another' } });
    onTestFinished(() => void outside.kill('SIGKILL'));
    const hidden = [other.home, other.folder, homedir(), '/root', '/var/lib', '/sys/kernel', '/etc/shadow'];
    const tried = hidden.filter((each) => existsSync(each)).map((each) => `ls -A ${each} | grep .`);
    const attempts = [
      ...tried,
      `cat ${other.home}/token`,
      `ls /proc/${outside.pid}`,
      `grep -a secret /proc/*/environ`,
      `kill -0 ${outside.pid}`,
      `kill -0 ${process.pid}`,
      `ls /proc/1/root/../../root/.ssh`,
      'cat /proc/keys',
      'hostname | grep -v gaffer',
      'env | grep -i GAFFER_',
      'ls -l /proc/self/fd/ | grep -e "-> /" | grep -vE "/dev/null|/proc/"',
      '[ -w /etc ] || [ -w /usr ] || [ -w / ] || [ -w /run/gaffer ]',
    ];
    expect(await doneOf(attempts, own)).toEqual([]);
  });

  contained('is in no list of processes', async () => {
    const program = await start(['/bin/sh', '-c', 'echo on; read -r _'], { env: { TOKEN: 'a secret token' } });
    await once(program.stdout, 'data');
    const list = readdirSync('/proc').flatMap((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('a secret token') ? [pid] : [];
      } catch {
        return [];
      }
    });
    expect(list).toEqual([]);
    await program.stop();
  });

  contained('has no power over the kernel, its own namespaces or a terminal', async () => {
    const own = attemptFolders();
    writeFileSync(path.join(own.folder, 'program'), '#!/bin/sh\n');
    chmodSync(path.join(own.folder, 'program'), 0o755);
    const attempts = [
      'chmod u+s program',
      'chmod g+s "$HOME"',
      'install -m 4755 /bin/true "$HOME/installed"',
      'unshare -U true',
      'unshare -rn true',
      'bwrap --unshare-all --ro-bind / / true',
      'nsenter -t 1 -m true',
      'mount -t tmpfs none /mnt',
      'mount --bind "$HOME" /etc',
      'chroot / true',
      'echo x > /proc/sys/kernel/core_pattern',
      'echo x > /proc/sysrq-trigger',
      'mknod "$HOME/device" b 8 0',
      'grep -q "^CapEff:.*[1-9a-f]" /proc/self/status',
      'grep -q "^NoNewPrivs:.*0" /proc/self/status',
      'grep -q "^Seccomp:.*0" /proc/self/status',
      `perl -e 'exit(ioctl(STDIN, 0x5412, "x") ? 0 : 1)'`,
      `perl -e 'exit(syscall(250, 0, -3, 1) >= 0 ? 0 : 1)'`,
    ];
    expect(await doneOf(attempts, own)).toEqual([]);
  });

  contained('is its home and folder where they lie in what is covered', async () => {
    const { folder } = attemptFolders();
    const home = path.join(folder, '.gaffer/attempts/1/home');
    mkdirSync(path.join(folder, '.gaffer/secret'), { recursive: true });
    const { out } = await runLine('touch "$HOME/kept"; touch .gaffer/x; ls .gaffer; cat .gaffer/secret', {
      folder,
      home,
    });
    expect(out).toBe('attempts');
    expect(readdirSync(home)).toEqual(['kept']);
  });

  contained('in /tmp is its own, and goes with it, whatever it did to keep it', async () => {
    const own = attemptFolders();
    const line =
      'mkdir -p /tmp/a/b && ln -s "$HOME" /tmp/a/home && echo kept > "$HOME/kept" && chmod 0 /tmp/a/b /tmp/a; ls -d /tmp/a*';
    expect((await runLine(line, own)).out).toBe('/tmp/a');
    expect(readdirSync(own.home)).toEqual(['kept']);
    symlinkSync('/etc', path.join(own.home, '.gaffer-tmp'));
    expect((await runLine('ls -d /tmp/a*; touch /tmp/mine && echo MINE', own)).out).toBe('MINE');
    expect(existsSync('/etc/mine')).toBe(false);
  });
});

describe('a repository, for a contained program,', () => {
  contained('is to read, where its worktree is linked', async () => {
    const own = attemptFolders();
    const repository = path.join(own.folder, '../repository');
    mkdirSync(repository);
    userGit(repository, 'init', '-q', '-b', 'main');
    writeFileSync(path.join(repository, 'file'), 'as it was\n');
    userGit(repository, 'add', '.');
    userGit(repository, 'commit', '-qm', 'first');
    userGit(repository, 'worktree', 'add', '-q', '--force', own.folder, '-b', 'task');
    const git = path.join(repository, '.git');
    const linked = path.join(git, 'worktrees/worktree');
    // It sees none of them, so that it can take none away.
    const hooks = readdirSync(path.join(git, 'hooks'));
    const attempts = [
      ...[`echo '#!/bin/sh' > ${git}/hooks/post-checkout`, `mkdir ${git}/hooks/x`, `rm -rf ${git}/objects`],
      ...['core.fsmonitor', 'core.hooksPath', 'filter.x.clean', 'diff.external'].map((key) => `git config ${key} evil`),
      ...[`echo evil >> ${git}/config`, `echo evil > ${linked}/config.worktree`, `echo evil > ${git}/info/attributes`],
      ...[
        `echo ../elsewhere > ${linked}/commondir`,
        `echo x > ${linked}/HEAD`,
        'git update-ref refs/heads/main HEAD~0 0000',
      ],
      ...['rm .git', 'mv .git was', 'echo gitdir: /tmp > .git', 'ln -sf /tmp .git', 'git branch -D main', 'git gc'],
      ...['cp -r .git/ x', `mv ${git} ${git}2`, `ln ${git}/config config && echo evil >> config`],
    ];
    expect(await doneOf(attempts, own)).toEqual([]);
    await runLine(`rm -rf ${git}/hooks`, own);
    expect(readdirSync(path.join(git, 'hooks'))).toEqual(hooks);
    const { out } = await runLine('echo more >> file; git status --short; git diff --stat; git log --format=%s', own);
    expect(out).toBe('M file\n file | 1 +\n 1 file changed, 1 insertion(+)\nfirst');
    expect(userGit(repository, 'status', '--short')).toBe('');
  });

  contained('of a folder’s own takes commits, and nothing that git would run', async () => {
    const own = attemptFolders();
    userGit(own.folder, 'init', '-q', '-b', 'main');
    const attempts = [
      ...['mkdir -p .git/hooks/x', 'echo x > .git/hooks/pre-commit', 'mv .git/hooks .git/h', 'mv .git was'],
      ...[
        'git config core.fsmonitor evil',
        'git config filter.x.clean evil',
        'echo "* filter=x" > .git/info/attributes',
      ],
    ];
    expect(await doneOf(attempts, own)).toEqual([]);
    const line =
      'git -c user.name=a -c user.email=a@b commit -q --allow-empty -m done && git init -q sub && git -C sub config core.fsmonitor ./evil';
    const ran = await runLine(line, own);
    expect(ran).toMatchObject({ exitCode: 0, errors: '' });
    expect(ran.takenBack).toContain('core.fsmonitor of sub/.git');
    expect(userGit(own.folder, 'log', '--format=%s')).toBe('done');
    expect(readFileSync(path.join(own.folder, 'sub/.git/config'), 'utf8')).not.toContain('evil');
  });
});

describe('a socket, for a contained program,', () => {
  contained('that somebody answers at leads nowhere, in its folder or by an abstract name', async () => {
    const own = attemptFolders();
    const heard: string[] = [];
    const abstract = `\0gaffer-contain-${process.pid}`;
    const names = [path.join(own.folder, 'dev.sock'), abstract];
    for (const name of names) {
      const server = createServer((socket) => (heard.push(name), socket.end())).listen(name);
      onTestFinished(() => void server.close());
      await once(server, 'listening');
    }
    const talk = (name: string) =>
      `node -e 'require("net").connect(${JSON.stringify(name)}).on("connect", () => process.exit()).on("error", () => process.exit(1))'`;
    expect(await doneOf(names.map(talk), own)).toEqual([]);
    expect(heard).toEqual([]);
  });
});

describe('where there is no sandbox, a program', () => {
  const argv = ['/bin/sh', '-c', 'echo "$HOME"'];
  contained('is refused, and nothing is made for it', async () => {
    const shell = { sandbox: 'refused' } as const;
    const program = programOf(argv);
    const start = startContained({ shell, allow: [] }, program, new AbortController().signal);
    await expect(start).rejects.toThrow('there is no sandbox; install bubblewrap, or allow');
    expect(existsSync(program.home)).toBe(false);
  });
});
