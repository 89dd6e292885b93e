import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { toCompensation } from '../../../src/definition/build/plan-compensation.ts';
import { valuePlaces } from '../../../src/domain/commands/command-values.ts';

// `@` stands for a value, `show` prints its arguments, each in angle brackets.
const show = `show() { printf '<%s>' "$@"; }\n`;
const nasty = `a b\t *$(echo no)\`echo no\`'"\\$HOME ; # }\nlast`;

function commandOf(text: string): { command: string; env: Record<string, string> } {
  const pieces = text.split('@').flatMap((piece, at) => (at === 0 ? [piece] : [{ expression: 'v' }, piece]));
  const texts = { piecesAt: () => pieces, textAt: () => ({ text: '', template: null }) };
  const made = toCompensation({ bash: text }, 'x', { texts: texts as never, path: [] });
  if (made?.kind !== 'bash') throw new Error('no command');
  return { command: made.command, env: Object.fromEntries(Object.keys(made.env).map((name) => [name, nasty])) };
}

const problemOf = (text: string) =>
  valuePlaces(text.split('@').flatMap((piece, at) => (at === 0 ? [piece] : [null, piece]))).find(
    ({ problem }) => problem,
  )?.problem?.message ?? null;

describe('a value in a command', () => {
  it.each([
    ['show @', `<${nasty}>`],
    ['show "@"', `<${nasty}>`],
    ['show x@y', `<x${nasty}y>`],
    ['show "x @ y"', `<x ${nasty} y>`],
    ['show @@ "@@"', `<${nasty}${nasty}><${nasty}${nasty}>`],
    [`show 'a'@'b' 'c'"@"'d'`, `<a${nasty}b><c${nasty}d>`],
    [`show $'a\\'b' @`, `<a'b><${nasty}>`],
    [`show $"a" @ "it's" @`, `<a><${nasty}><it's><${nasty}>`],
    [`show "\\"@"`, `<"${nasty}>`],
    [`show \\' @ \\" @`, `<'><${nasty}><"><${nasty}>`],
    [`show "\\\\@"`, `<\\${nasty}>`],
    [`# it's a "comment\nshow @`, `<${nasty}>`],
    [`show a#b'c' @ # don't @ mind\nshow "@"`, `<a#bc><${nasty}><${nasty}>`],
    [`show a\\)#@ \\\n# it's\nshow a\\\n#@`, `<a)#${nasty}><a#${nasty}>`],
    ['v=@; show "$v"', `<${nasty}>`],
    ['f() { show "$1"; }; f @', `<${nasty}>`],
    ['show "$(printf "%s" @)"', `<${nasty}>`],
    ['show "$(printf "%s" "@")"', `<${nasty}>`],
    [`show "$(printf '%s' "$(printf "%s" @)")"`, `<${nasty}>`],
    [`show "$(echo ')' # it's )\n)" @`, `<)><${nasty}>`],
    ['( show @ ) && { show "@"; }', `<${nasty}><${nasty}>`],
    ['show "${HOME:+"x}"}" @', `<x}><${nasty}>`],
    [`show \${HOME:+'x}"'} @`, `<x}"><${nasty}>`],
    ['show $((1 + (2 * 3))) @', `<7><${nasty}>`],
    ['show "`echo \'"\'`" @', `<"><${nasty}>`],
    [`case @ in *last) show @ ;; esac`, `<${nasty}>`],
    ['show "$(cat <<<@)"', `<${nasty}>`],
    ['[[ @ == @ ]] && show @', `<${nasty}>`],
    [`cat <<EOF; show @\nit's "@"\nEOF\nshow @`, `it's "${nasty}"\n<${nasty}><${nasty}>`],
    [`cat <<-EOF\n\t@\n\tEOF\nshow @`, `${nasty}\n<${nasty}>`],
    [`cat <<'A B' <<"C"\nit's\nA B\n"\nC\nshow @`, `"\n<${nasty}>`],
    [`cat <<\\E # it's\n$(\nE\nshow @`, `$(\n<${nasty}>`],
    ['cat <<E\n$(show @)\nE\nshow "@"', `<${nasty}>\n<${nasty}>`],
    ['for v in @ "@"; do show "$v"; done', `<${nasty}><${nasty}>`],
    ['show @ > /dev/null; show $# @', `<0><${nasty}>`],
    [`bash -c 'printf "<%s>" "$1"' sh @`, `<${nasty}>`],
    ['bash -c "true" && show -c "@"', `<-c><${nasty}>`],
    [`env V=@ bash -c 'printf "<%s>" "$V"'`, `<${nasty}>`],
    [`find /dev/null -exec sh -c 'printf "<%s>" "$1"' sh @ \\;`, `<${nasty}>`],
    [`V=@ node -e 'process.stdout.write("<" + process.env.V + ">")'`, `<${nasty}>`],
    [`awk -v v=x 'BEGIN { printf "<%s>", ARGV[1] }' @`, `<${nasty}>`],
    [`python3 -c 'import sys; sys.stdout.write("<" + sys.argv[1] + ">")' @`, `<${nasty}>`],
    [`printf %s @ | sh -c 'printf "<%s>" "$(cat)"'`, `<${nasty}>`],
    [`echo sh -c >/dev/null; show @; show bash -c`, `<${nasty}><bash><-c>`],
    [`printf %s @ 2>&1 | grep -c . >/dev/null; show @`, `<${nasty}>`],
    ['set -- @ x; show ${#1} "$#" @', `<${Array.from(nasty).length}><2><${nasty}>`],
  ])('arrives whole, as one word: %s', (text, expected) => {
    expect(problemOf(text)).toBe(null);
    const { command, env } = commandOf(text);
    const run = spawnSync('/bin/bash', ['-c', show + command], { env: { ...env, HOME: '/nowhere' }, encoding: 'utf8' });
    expect({ out: run.stdout, err: run.stderr }).toEqual({ out: expected, err: '' });
  });

  it.each([
    [`rm -f '@'`, 'single quotes'],
    [`rm -f 'a'@'b@c'`, 'single quotes'],
    [`bash -c 'rm @'`, 'single quotes'],
    [`echo "$(rm '@')"`, 'single quotes'],
    [`echo \${x:-'@'}`, 'single quotes'],
    [`rm -f $'@'`, "$'…'"],
    ['rm `echo @`', 'backticks'],
    ['bash -c "rm @"', 'reads it as code'],
    [`cd x && /bin/sh -e -o pipefail -c "rm '@'"`, 'reads it as code'],
    ['env A=@ bash -lc "rm $A @"', 'reads it as code'],
    ['eval "rm @"', 'reads it as code'],
    ['echo "$(eval "rm @")"', 'reads it as code'],
    ...[
      'bash -c @',
      'eval @',
      'sudo -u x sh -lc "rm @"',
      'find . -name x -exec sh -c "rm @" \\;',
      'xargs -0 sh -c "rm @"',
      'nohup timeout 5 env A=1 zsh -c "rm @" &',
      'parallel rm {} "@"',
      'docker exec -it box sh -c "rm @"',
      'kubectl exec pod -- bash -c "rm @"',
      'ssh -p 22 host "rm @"',
      'ssh host rm @',
      'su -c "rm @" me',
      'python3 -c "print(@)"',
      'python3 -W ignore -c"print(@)"',
      'node --eval="f(@)"',
      'node -e "f(@)"',
      'perl -pi -e "s/a/@/" f',
      'ruby -e "f(@)"',
      'php -r "f(@);"',
      'awk -F : "/@/ { print }" f',
      'sed -i "s/a/@/" f',
      'jq --arg a b ".x == @" f',
      'psql -d db -c "delete from t where id = @"',
      'mysql db --execute="delete from t where id = @"',
      'sqlite3 f.db "delete from t where id = @"',
      'watch rm @',
      'trap "rm @" EXIT',
      'env -S "rm @"',
      'if true; then A=1 bash -c "rm @"; fi',
      'bash -c "$(printf %s @)"',
      'bash <<EOF\nrm @\nEOF',
      'ssh host <<EOF\nrm @\nEOF',
      'cat <<EOF | psql db\ndelete from t where id = @\nEOF',
      'echo "rm @" | sh',
      '( echo "rm @" ) | sudo bash -s',
      'echo "f(@)" | python3 -',
      'bash <<< "rm @"',
      'source <(echo "rm @")',
    ].map((text): [string, string] => [text, 'reads it as code']),
    ['rm "`echo "@"`"', 'backticks'],
    ['rm "${x:-@}"', '${…}'],
    ['echo $((1 + @))', 'arithmetic'],
    ['((x = @))', 'arithmetic'],
    ['echo $[@ + 1]', 'cannot be told'],
    [`cat <<'EOF'\n@\nEOF`, 'end word is quoted'],
    [`cat <<-"E F"\n@\n\tE F`, 'end word is quoted'],
    ['cat <<\\EOF\n@\nEOF', 'end word is quoted'],
    ['cat <<@\nx\n', 'cannot be told'],
    ['cat <<E@\nx\n', 'cannot be told'],
    [`echo "\${x:-it's}" @`, 'cannot be told'],
    ['rm \\@', 'backslash'],
    ['rm "\\@"', 'backslash'],
    ['cat <<E\n\\@\nE', 'backslash'],
    ['echo "$(case x in x) echo y;; esac)" @', 'cannot be told'],
  ])('is refused where it would not arrive: %s', (text, message) => {
    expect(problemOf(text)).toContain(message);
  });

  it('is read as it is by a shell, whatever stands around it', () => {
    let seed = 20261129;
    const random = (below: number): number => (seed = (seed * 48271) % 0x7fffffff) % below;
    const bits = [
      `'`,
      `"`,
      '\\',
      ' ',
      '@',
      '@',
      'a',
      '"$(printf %s ',
      ')',
      ')"',
      '`',
      '#',
      '\n',
      '${x:-',
      '}',
      '(',
      ';',
      `$'`,
    ];
    bits.push('cat <<E\n', `cat <<'E'\n`, '\nE\n', '$((', '))', 'show ');
    const accepted: string[] = [];
    while (accepted.length < 1000) {
      const text = `show ${Array.from({ length: 2 + random(9) }, () => bits[random(bits.length)]).join('')}`;
      if (text.includes('@') && problemOf(text) === null) accepted.push(text);
    }
    // What it prints with one value is what it prints with another, the one in the place of the other: nothing is split, read or lost.
    const plain = outputsOf(accepted, 'plain');
    const other = outputsOf(accepted, nasty);
    expect(plain.filter((output) => output.includes('plain')).length).toBeGreaterThan(100);
    for (const [at, text] of accepted.entries()) {
      expect({ text, output: other[at] }).toEqual({ text, output: plain[at]!.replaceAll('plain', () => nasty) });
    }
  });
});

/** What commands print, each in a shell of its own. */
function outputsOf(texts: readonly string[], value: string): string[] {
  const commands = texts.map((text, at) => [`COMMAND_${at}`, `${show}${commandOf(text).command}`]);
  const values = Array.from({ length: 11 }, (_, at) => [`GAFFER_VALUE_${at + 1}`, value]);
  const script = texts.map((_, at) => `( eval "$COMMAND_${at}" ) 2>/dev/null; printf '\\0'`).join('\n');
  const env = Object.fromEntries([...commands, ...values]) as Record<string, string>;
  const { stdout } = spawnSync('/bin/bash', ['-c', script], { env, encoding: 'utf8', input: '' });
  return stdout.split('\0');
}
