import ipaddr from 'ipaddr.js';

/*
 * Public by their number, and inside of a provider's network the machine's own: metadata and the agents that hand out keys (Azure, Equinix),
 * services that take the machine for whoever asks (IBM). Other providers use link-local, shared and unique local addresses, refused as such.
 */
const providersOwn = ['168.63.129.16/32', '192.80.8.124/32', '161.26.0.0/16', '166.8.0.0/14'].map((range) =>
  ipaddr.IPv4.parseCIDR(range),
);

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
  if (address instanceof ipaddr.IPv4) {
    return address.toByteArray()[0] !== 0 && !providersOwn.some((range) => address.match(range));
  }
  const bytes = address.toByteArray();
  const isGlobal = (bytes[0]! & 0xe0) === 0x20;
  const isIsatap = (bytes[8]! & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
  return isGlobal && !isIsatap;
}
