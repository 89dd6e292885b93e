/** A host that a program may reach, and the port that was said with it; null: 80 and 443. */
interface AllowedHost {
  /** In small letters; of `*.example.com` the part from its dot on. */
  name: string;
  isSuffix: boolean;
  port: number | null;
}

/** Where a program wants to go. */
export interface Target {
  host: string;
  port: number;
}

const usualPorts = [80, 443];

/**
 * Whether hosts as they are written (`api.example.com`, `*.example.com`, with `:PORT` where it is another than 80 and 443) allow a target.
 * `*.` stands for names below the domain, not for itself.
 */
export function isAllowedTarget(hosts: readonly string[], { host, port }: Target): boolean {
  const wanted = plainHost(host);
  return hosts.some((text) => {
    const { name, isSuffix, port: own } = parseHost(text);
    const isNamed = isSuffix ? wanted.endsWith(name) && wanted.length > name.length : wanted === name;
    return isNamed && (own === null ? usualPorts.includes(port) : own === port);
  });
}

function parseHost(text: string): AllowedHost {
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(text.trim()) ?? [];
  const isSuffix = host.startsWith('*.');
  return { name: plainHost(isSuffix ? host.slice(1) : host), isSuffix, port: port === undefined ? null : Number(port) };
}

// A name with a dot at its end is the same name.
function plainHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

/** A target as `CONNECT` names it; null: that is none. */
export function parseTarget(text: string | undefined): Target | null {
  const [, host, port] = /^(\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$/i.exec(text ?? '') ?? [];
  return host === undefined || Number(port) > 65_535 ? null : { host: plainHost(host), port: Number(port) };
}
