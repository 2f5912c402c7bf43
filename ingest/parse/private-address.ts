/** Which IP addresses are not on the public internet: fetching them on a user's word would be SSRF. */

import { BlockList, isIP } from 'node:net';

/** IANA special-purpose registries, v4 and v6; every range that is not globally reachable, and multicast. */
const V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

// Allowed v6 is only global unicast (2000::/3) less its special parts; all else is refused.
const V6_SPECIAL: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const privateV4 = new BlockList();
for (const [address, prefix] of V4) privateV4.addSubnet(address, prefix, 'ipv4');
const globalV6 = new BlockList();
globalV6.addSubnet('2000::', 3, 'ipv6');
const specialV6 = new BlockList();
for (const [address, prefix] of V6_SPECIAL) specialV6.addSubnet(address, prefix, 'ipv6');

/**
 * True for loopback, private, link-local, unique-local, carrier-grade NAT, multicast, documentation and
 * every IPv6 form that carries an IPv4 address (mapped, NAT64, 6to4, Teredo); also for what is no address.
 */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').split('%', 1)[0] ?? '';
  const family = isIP(plain);
  if (family === 4) return privateV4.check(plain, 'ipv4');
  if (family === 6) return !globalV6.check(plain, 'ipv6') || specialV6.check(plain, 'ipv6');
  return true;
}
