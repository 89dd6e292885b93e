/*
 * How an address is read: as the fetcher asks for it, and as rules of a policy mean it.
 * U1 Scheme and host in lower case, the host as it goes over the wire (punycode, IPs in their one form, an IPv4 address inside of an IPv6
 *    one as itself), without a dot at its end; no default port, no user, no fragment; dot segments are gone.
 * U2 An escape that stands for a plain character is that character; others are in upper case.
 */

/** The one form of an address (U1, U2), with its user if it has one; null: it is none. */
export function canonicalUrl(text: string, base?: string): URL | null {
  if (!URL.canParse(text, base)) return null;
  const url = new URL(text, base);
  url.hash = '';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return url;
  const host = plainHost(url.hostname);
  if (host !== url.hostname) url.hostname = host;
  url.pathname = plainEscapes(url.pathname);
  url.search = plainEscapes(url.search);
  return url;
}

/** An address as rules know it: without a user. */
export function addressOf(url: URL): string {
  const bare = new URL(url.href);
  bare.username = '';
  bare.password = '';
  return bare.href;
}

/** An address with its letters of other scripts in one form of Unicode. */
export function withPlainLetters(address: string): string {
  const read = address.replace(letters, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
  return toWire(read.normalize());
}

// What UTF-8 makes of one of them; other bytes stand for none.
const letters = /%[CD][\dA-F]%[89AB][\dA-F]|%E[\dA-F](?:%[89AB][\dA-F]){2}|%F[\dA-F](?:%[89AB][\dA-F]){3}/g;

/** Further readings of an address that a server may take for the same: escapes read, no empty folders, no slash or query at its end. */
export function looseAddresses(address: string): string[] {
  const decoded = address.replace(/%[0-9A-F]{2}/g, (escape) =>
    String.fromCharCode(Number.parseInt(escape.slice(1), 16)),
  );
  const readings = [address, decoded, ...(URL.canParse(decoded) ? [new URL(decoded).href] : [])];
  const found = readings.flatMap((each) => {
    const single = each.replace(/([^:/])\/{2,}/g, '$1/');
    const page = single.replace(/[?#].*$/s, '');
    return [each, single, page, page.replace(/([^:/])\/$/, '$1')];
  });
  return [...new Set(found)].filter((each) => each !== address);
}

/** An address of a rule, with stars, in its parts and in the form of {@link canonicalUrl}; null: it is none. */
export interface AddressGlob {
  scheme: string;
  /** With its port. */
  host: string;
  /** From the first slash on; null: the rule names the host alone. */
  rest: string | null;
  /** The rule names the host and ends in a star: `https://example.com*`. */
  isOpen: boolean;
}

/** Reads a rule's glob as an address; null: it names no scheme. */
export function toAddressGlob(glob: string): AddressGlob | null {
  const found = /^([a-z*?][a-z0-9+.*?-]*):[/\\]{0,3}([^/\\#]*)([^#]*)/i.exec(glob);
  if (!found || !/:[/\\]/.test(glob)) return null;
  const scheme = found[1]!.toLowerCase();
  const rest = found[3] === '' ? null : plainSegments(plainEscapes(toWire(found[3]!)));
  const isOpen = rest === null && found[2]!.endsWith('*');
  const host = plainHostGlob(found[2]!, scheme);
  return { scheme, host: isOpen ? host.replace(/\*+$/, '') : host, rest, isOpen };
}

/** The glob as one text. */
export function addressGlobText({ scheme, host, rest, isOpen }: AddressGlob): string {
  return `${scheme}://${host}${isOpen ? '*' : (rest ?? '/')}`;
}

function plainHost(hostname: string): string {
  const mapped = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(hostname);
  if (!mapped) return hostname.replace(/\.+$/, '') || hostname;
  const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function plainEscapes(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : escape.toUpperCase();
  });
}

// As it stands in an address: letters of other scripts and spaces are escapes there.
function toWire(page: string): string {
  // oxlint-disable-next-line no-control-regex -- what is not ASCII
  return page.toWellFormed().replace(/[^\x00-\x7F]+| /g, encodeURIComponent);
}

function plainHostGlob(written: string, scheme: string): string {
  const bare = written.slice(written.lastIndexOf('@') + 1).toLowerCase();
  const [, name = bare, port = ''] = /^(\[[^\]]*\]|[^:]*)(?::([\d*?]*))?$/.exec(bare) ?? [];
  const bound = port.replace(/\*+$/, '');
  const isDefault = (scheme === 'http' && bound === '80') || (scheme === 'https' && bound === '443');
  const rest = port === '' ? '' : isDefault ? port.slice(bound.length) : `:${port}`;
  return plainName(name) + rest;
}

// With a star in it only labels of other scripts are turned: a number is an address as a whole, and none as a part of one.
function plainName(name: string): string {
  if (!hasStar(name)) return wireName(name);
  const labels = name.replace(/\.+$/, '').split('.');
  // oxlint-disable-next-line no-control-regex -- what is not ASCII
  return labels.map((label) => (/^[\x00-\x7F]*$/.test(label) ? label : wireName(label))).join('.');
}

function wireName(name: string): string {
  if (name === '' || hasStar(name) || !URL.canParse(`http://${name}/`)) return name;
  return plainHost(new URL(`http://${name}/`).hostname);
}

function hasStar(text: string): boolean {
  return /[*?]/.test(text);
}

function plainSegments(rest: string): string {
  const parts: string[] = [];
  for (const [index, part] of rest.split(/[/\\]/).entries()) {
    if (part === '.') continue;
    if (part === '..' && index > 1) parts.splice(Math.max(1, parts.length - 1), 1);
    else if (part !== '..') parts.push(part);
  }
  const text = parts.join('/');
  return text.startsWith('/') ? text : `/${text}`;
}
