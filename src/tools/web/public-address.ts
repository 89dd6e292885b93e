import ipaddr from 'ipaddr.js';

/**
 * Whether an address belongs to the public internet, and to nothing else.
 *
 * Fails closed: what is not plain unicast is refused, and so is every IPv6 form that carries an IPv4 address inside
 * (mapped, compatible, NAT64, 6to4, Teredo, ISATAP), as it may end anywhere.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text) || text.includes('%')) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast') return false;
  if (address.kind() === 'ipv4') return address.toByteArray()[0] !== 0;
  const bytes = address.toByteArray();
  const isGlobal = (bytes[0]! & 0xe0) === 0x20;
  const isIsatap = (bytes[8]! & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
  return isGlobal && !isIsatap;
}
