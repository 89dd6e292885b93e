import { copyFileSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { inSandbox, runInSandbox as run, sandbox } from '../../support/tools/sandbox.ts';

describe('the kernel, for a sandboxed command,', () => {
  inSandbox('names no key and lists none', async () => {
    const { content } = await run('cat /proc/keys /proc/key-users && echo READ');
    expect(content).not.toContain('READ');
    expect(content.match(/Permission denied/g)).toHaveLength(2);
  });

  inSandbox('filters the calls of the command and of all it starts', async () => {
    const { content } = await run(`grep -h '^Seccomp:\\|^NoNewPrivs:' /proc/1/status /proc/self/status`);
    expect(content).toBe('exit code 0\nstdout:\nNoNewPrivs:\t1\nSeccomp:\t2\nNoNewPrivs:\t1\nSeccomp:\t2');
  });

  inSandbox('sets no setuid or setgid bit, by whichever program', async () => {
    const workspace = tempFolder();
    copyFileSync('/bin/true', path.join(workspace, 'program'));
    const attempts = [
      'chmod 4755 program',
      'chmod u+s program',
      'chmod g+s program',
      'install -m 4755 /bin/true installed',
      `node -e "fs.chmodSync('program', 0o6755)"`,
      `node -e "fs.openSync('opened', 'w', 0o4755)"`,
      `node -e "fs.fchmodSync(fs.openSync('program', 'r'), 0o4755)"`,
      `node -e "fs.writeFileSync('written', '', { mode: 0o2755 })"`,
      'perl -e "sysopen(F, q(perl), 0101, 04755)"',
    ];
    await run(attempts.join('; '), workspace);
    for (const file of readdirSync(workspace)) expect(statSync(path.join(workspace, file)).mode & 0o6000).toBe(0);
  });

  inSandbox('sets every other mode, and works for threads, children and local sockets', async () => {
    const workspace = tempFolder();
    const script = `
      const { Worker } = require('node:worker_threads');
      const server = require('node:http').createServer((_, response) => response.end('served'));
      server.listen(0, '127.0.0.1', async () => {
        const answer = await fetch('http://127.0.0.1:' + server.address().port);
        console.log(await answer.text(), require('node:child_process').execSync('echo child').toString().trim());
        new Worker('console.log("thread")', { eval: true }).on('exit', () => server.close());
      });`;
    const command = `touch f && chmod 640 f && chmod +t f && mkdir -m 700 d && cp -a d e && node -e ${JSON.stringify(script).replaceAll('\\n', ' ')}`;
    const output = await run(command, workspace);
    expect(output.content).toBe('exit code 0\nstdout:\nserved child\nthread');
    expect(statSync(path.join(workspace, 'f')).mode & 0o7777).toBe(0o1640);
  });

  inSandbox('gives memory only where it is counted, and no file systems without a size', async () => {
    const { content } = await run(
      `for folder in / /dev /proc; do touch $folder/x 2>/dev/null && echo WROTE $folder; done
       for folder in /tmp /dev/shm; do head -c 600M /dev/zero > $folder/big; stat -c %s $folder/big; rm $folder/big; done`,
    );
    expect(content).not.toContain('WROTE');
    if (sandbox.isHardened) expect(content.match(/^536870912$/gm)).toHaveLength(2);
  });

  inSandbox('shows an empty, closed folder for data of Gaffer', async () => {
    const workspace = tempFolder();
    const { content } = await run('mkdir .gaffer && echo MADE', workspace);
    expect(content).not.toContain('MADE');
    mkdirSync(path.join(workspace, '.gaffer'));
    const later = await run('touch .gaffer/x && echo WROTE; ls -A .gaffer', workspace);
    expect(later.content).toContain('Read-only file system');
    expect(later.content).not.toContain('WROTE');
  });
});
