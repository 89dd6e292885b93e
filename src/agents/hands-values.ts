import type { JsonValue } from '../domain/json.ts';

const tool =
  /^(?:read|write|edit|multiedit|glob|grep|ls|bash|shell|webfetch|web_fetch|filesystem|read_file|write_file|list_directory|run_shell_command)$/i;

const beside = /^(?:all|any|and|or|but|except|only|without|no|not|never|do|use|run|the|tools?|deny|disallow|allow)$/i;

const holdsBack = /^(?:read-?only|no-?tools?|no-?access|deny-?all|allow-?all)$/i;

/** Whether a value names tools ("Bash, Read", "never use Bash", "deny-bash"), or says that one only reads. */
export function namesTools(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some(namesTools);
  if (typeof value !== 'string' || value.length > 2000) return false;
  return value.split(/[,;\n]/).some((part) => {
    if (holdsBack.test(part.trim().replace(/[\s_]/g, '-'))) return true;
    const words = part.replace(/\(.*$/, '').match(/[\p{L}\p{N}_]+/gu) ?? [];
    return words.some((word) => tool.test(word)) && words.every((word) => tool.test(word) || beside.test(word));
  });
}
