import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdirSync, readFileSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { createBashTool } from '../../../src/tools/shell/bash.ts';
import { bubblewrapCommand } from '../../../src/host/sandbox/bubblewrap.ts';
import { findSandbox } from '../../../src/host/sandbox/sandbox.ts';
import type { ShellSettings } from '../../../src/host/sandbox/sandbox.ts';
import { runShell } from '../../../src/host/guarded-process.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { toolCall } from '../../support/tools/tool-call.ts';

const found = await findSandbox({ allowUnsandboxed: false });
const hasSandbox = found.sandbox === 'bubblewrap';
let sandboxTests = 0;

/** A test that needs a sandbox; those left out are counted and printed. */
function inSandbox(title: string, body: () => Promise<void>): void {
  sandboxTests++;
  it.skipIf(!hasSandbox)(title, { timeout: 30_000 }, body);
}

afterAll(() => {
  if (!hasSandbox) process.stderr.write(`${sandboxTests} sandbox tests were left out: ${found.reason}\n`);
});

const run = (settings: ShellSettings, command: string, workspace = tempFolder(), seconds = 20) =>
  createBashTool(settings).run(
    { command, timeout_seconds: seconds },
    toolCall({ workspace }),
    new AbortController().signal,
  );

describe('the sandbox', () => {
  inSandbox('shows nothing of the host but its programs', async () => {
    const home = tempFolder();
    writeFileSync(path.join(home, 'secret'), 'CANARY-7f3a');
    const { content } = await run(
      found,
      `cat ${home}/secret; ls /; ls /home /root /var /run /sys /etc; cat /etc/shadow`,
    );
    expect(content).not.toContain('CANARY');
    expect(content).not.toMatch(/^root:/m);
    for (const folder of ['home', 'root', 'var', 'run', 'sys']) expect(content).toContain(`cannot access '/${folder}'`);
  });

  inSandbox('has no network, not even to this machine', async () => {
    const server = createServer((socket) => socket.end('CANARY-7f3a'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const script = `require('net').connect(${port}, '127.0.0.1').on('data', (d) => console.log(String(d))).on('error', (e) => console.log(e.code))`;
    const { content } = await run(
      found,
      `node -e ${JSON.stringify(script)}; cat /proc/net/dev | tail -n +3 | cut -d: -f1`,
    );
    expect(content).toContain('ECONNREFUSED');
    expect(content).not.toContain('CANARY');
    expect(content.trim().split('\n').at(-1)!.trim()).toBe('lo');
  });

  inSandbox('sees no processes of the host', async () => {
    const { content } = await run(
      found,
      `ls /proc | grep -c '^[0-9]'; kill -0 ${process.pid} 2>&1; readlink /proc/1/exe`,
    );
    expect(Number(content.split('\n')[2])).toBeLessThan(10);
    expect(content).toMatch(/No such process/);
  });

  inSandbox('cannot write to the system, nor to the settings of the kernel', async () => {
    const before = readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
    const targets = [
      '/usr/x',
      '/etc/passwd',
      '/bin/x',
      '/proc/sys/kernel/core_pattern',
      '/proc/sysrq-trigger',
      '/proc/1/oom_score_adj',
    ];
    const { content } = await run(
      found,
      targets.map((file) => `printf '${before.trim()}' > ${file} && echo WROTE`).join('; '),
    );
    expect(content).not.toContain('WROTE');
    expect(readFileSync('/proc/sys/kernel/core_pattern', 'utf8')).toBe(before);
  });

  inSandbox('has no capabilities and cannot make new namespaces or mounts', async () => {
    const { content } = await run(
      found,
      'grep Cap /proc/self/status; unshare -Ur true && echo UNSHARED; mount -t tmpfs x /tmp && echo MOUNTED; chroot / true && echo ROOTED; mknod /tmp/d b 8 0 && echo NODE',
    );
    expect(content.match(/Cap\w+:\t0{16}/g)).toHaveLength(5);
    expect(content).not.toMatch(/MOUNTED|ROOTED|NODE/);
    if (found.isHardened) expect(content).not.toContain('UNSHARED');
  });

  inSandbox('keeps what makes git run commands on the host', async () => {
    const workspace = tempFolder();
    mkdirSync(path.join(workspace, '.git/info'), { recursive: true });
    writeFileSync(path.join(workspace, '.git/config'), '[core]\n');
    writeFileSync(path.join(workspace, '.git/info/attributes'), '');
    const attacks = [
      'echo x > .git/hooks/post-commit',
      'echo x >> .git/config',
      'rm -f .git/config',
      'mv .git/hooks .git/h2',
      'mv .git .git2',
      'rm -rf .git',
      'echo x > .git/info/attributes',
      'ln -s /tmp .git/hooks/x',
    ];
    await run(
      found,
      `${attacks.join('; ')}; mkdir -p .git; echo ../evil > .git/commondir; echo fine > .git/HEAD`,
      workspace,
    );
    expect(readdirSync(path.join(workspace, '.git')).sort()).toEqual(['HEAD', 'config', 'info']);
    expect(readFileSync(path.join(workspace, '.git/config'), 'utf8')).toBe('[core]\n');
    expect(readFileSync(path.join(workspace, '.git/info/attributes'), 'utf8')).toBe('');
  });

  inSandbox("covers Gaffer's own data and keys", async () => {
    const workspace = tempFolder();
    mkdirSync(path.join(workspace, '.gaffer'));
    for (const file of ['.gaffer/password', '.env', '.env.local'])
      writeFileSync(path.join(workspace, file), 'CANARY-7f3a');
    const { content } = await run(
      found,
      'cat .gaffer/* .env .env.local; echo x > .env; rm -rf .gaffer .env; grep -r CANARY .',
      workspace,
    );
    expect(content).not.toContain('CANARY-');
    for (const file of ['.gaffer/password', '.env'])
      expect(readFileSync(path.join(workspace, file), 'utf8')).toBe('CANARY-7f3a');
  });

  inSandbox('holds a fork bomb', async () => {
    // Bounded in itself too: should the sandbox fail, this machine is not lost. Its last ones stay, so that a busy machine sees them, too.
    const bomb = 'f() { if [ "$1" -gt 0 ]; then f $(($1 - 1)) & f $(($1 - 1)) & wait; else sleep 20; fi; }; f 9';
    const output = await run(found, bomb);
    expect(output.content).toContain('more than 256 processes');
  });

  inSandbox('starts with an empty /tmp each time', async () => {
    await run(found, 'echo x > /tmp/left');
    expect((await run(found, 'ls -A /tmp/left')).isError).toBe(true);
  });

  inSandbox('mounts nothing from behind a link that the repository holds', async () => {
    for (const name of ['.git', '.git/info', '.git/hooks', '.git/config', '.git/modules']) {
      const outside = tempFolder();
      writeFileSync(path.join(outside, 'secret'), 'CANARY-7f3a');
      const workspace = tempFolder();
      mkdirSync(path.dirname(path.join(workspace, name)), { recursive: true });
      symlinkSync(name === '.git/config' ? path.join(outside, 'secret') : outside, path.join(workspace, name));
      const output = await run(found, `cat ${name}/secret ${name}; touch ${name}/new`, workspace);
      expect(output.content).toContain('is a link, which cannot be guarded');
      expect(readdirSync(outside)).toEqual(['secret']);
    }
  });

  inSandbox('does not start when a folder is swapped for a link between the check and the mount', async () => {
    const outside = tempFolder();
    writeFileSync(path.join(outside, 'secret'), 'CANARY-7f3a');
    const workspace = path.join(tempFolder(), 'with space #1');
    mkdirSync(path.join(workspace, '.git/info'), { recursive: true });
    const command = { bwrapPath: found.bwrapPath!, isHardened: found.isHardened!, isFiltered: false, workspace };
    const { argv, release } = await bubblewrapCommand({
      ...command,
      shell: ['/bin/sh', '-c', 'cat .git/info/secret; touch .git/info/new; echo RAN'],
    });
    onTestFinished(release);
    const limits = { cwd: '/', env: {}, timeoutMs: 10_000, maxProcesses: 100, maxMemoryBytes: 2 ** 30 };
    expect((await runShell({ argv, ...limits }, new AbortController().signal)).stdout).toBe('RAN\n');
    renameSync(path.join(workspace, '.git/info'), path.join(workspace, 'old'));
    symlinkSync(outside, path.join(workspace, '.git/info'));
    const result = await runShell({ argv, ...limits }, new AbortController().signal);
    expect(result).toMatchObject({ stdout: '', exitCode: expect.toSatisfy((code) => code !== 0) });
    expect(readdirSync(outside)).toEqual(['secret']);
  });
});
