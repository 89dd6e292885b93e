import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../../../src/host/web/public-address.ts';
import { fc } from '../../../support/base/properties.ts';

describe('isPublicAddress', () => {
  it.each(['168.63.129.15', '168.63.129.17', '161.25.0.1', '166.12.0.1', '166.7.255.255'])(
    'takes the neighbour %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each(['8.8.8.8', '1.1.1.1', '93.184.216.34', '2606:4700:4700::1111', '2a00:1450:4001:81b::200e'])(
    'takes %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    ...['127.0.0.1', '127.255.255.254', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254'],
    ...['0.0.0.0', '0.1.2.3', '100.64.0.1', '192.0.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1'],
    ...[
      '168.63.129.16',
      '192.80.8.124',
      '161.26.0.10',
      '166.8.0.1',
      '166.11.255.255',
      '100.100.100.200',
      '192.0.0.192',
    ],
    ...[
      '169.254.169.254',
      '169.254.42.42',
      '169.254.0.23',
      '100.88.222.5',
      'fd00:ec2::254',
      'fd20:ce::254',
      'fd00:42::42',
    ],
    ...['224.0.0.1', '240.0.0.1', '255.255.255.255', '192.88.99.1'],
    ...[
      '::',
      '::1',
      'fe80::1',
      'fe80::1%eth0',
      'fc00::1',
      'fd12:3456::1',
      'fec0::1',
      'ff02::1',
      '2001:db8::1',
      '100::1',
    ],
    ...['::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:7f00:1', '::127.0.0.1', '::8.8.8.8', '::ffff:0:127.0.0.1'],
    ...['64:ff9b::127.0.0.1', '64:ff9b::8.8.8.8', '64:ff9b:1::1', '2002:7f00:1::', '2002:808:808::1', '2001:0:1::1'],
    ...['2606:4700::5efe:7f00:1', '2606:4700::200:5efe:7f00:1', '4000::1', '5f00::1', '3fff::1', 'localhost', '', 'x'],
  ])('refuses %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it('refuses every IPv6 address that carries a private IPv4 address in a known form', () => {
    const octet = fc.nat({ max: 255 });
    const privateV4 = fc.oneof(
      fc.tuple(fc.constant(10), octet, octet, octet),
      fc.tuple(fc.constant(127), octet, octet, octet),
      fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
      fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
    );
    fc.assert(
      fc.property(privateV4, (bytes) => {
        const [a, b, c, d] = bytes.map((byte) => byte.toString(16).padStart(2, '0'));
        const tail = `${a}${b}:${c}${d}`;
        const forms = [
          `::ffff:${tail}`,
          `::${tail}`,
          `64:ff9b::${tail}`,
          `2002:${tail}::`,
          `2001:0:1:1:0:0:${tail}`,
          `2a00::5efe:${tail}`,
        ];
        for (const form of [bytes.join('.'), ...forms]) expect(isPublicAddress(form), form).toBe(false);
      }),
    );
  });
});
