import { isIP, isIPv6 } from 'node:net';
import { bytesOfIpv6, NetworkSet } from './networks.js';

/** IPv4 special-purpose addresses (IANA registry, RFC 6890), multicast and reserved space. */
const PRIVATE_V4 = new NetworkSet([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]);
/** Inside global unicast space (2000::/3), yet not public: protocol assignments with Teredo, and documentation. */
const PRIVATE_V6 = new NetworkSet(['2001::/23', '2001:db8::/32', '3fff::/20']);
const GLOBAL_V6 = new NetworkSet(['2000::/3']);
/** No allow-list opens these: metadata services of clouds, "this host", multicast and broadcast. */
const NEVER = new NetworkSet([
  '0.0.0.0/8',
  '169.254.169.254/32',
  '169.254.170.2/32',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '224.0.0.0/4',
  '255.255.255.255/32',
  'fd00:ec2::254/128',
  'ff00::/8',
  '::/128',
]);

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Decides which addresses this process may call on somebody's behalf. Addresses, never names: judge what is dialled. */
export class AddressJudge {
  private readonly allowed: NetworkSet;

  /** @param allowedNetworks private networks that an operator has opened */
  constructor(allowedNetworks: readonly string[]) {
    this.allowed = new NetworkSet(allowedNetworks);
  }

  judge(address: string): Verdict {
    if (isIP(address) === 0) return no(`${address} is no address`);
    const forms = formsOf(address);
    if (forms.some((form) => NEVER.has(form))) return no(`${address} may never be called`);
    if (forms.some((form) => this.allowed.has(form))) return { ok: true };
    const last = forms.at(-1) ?? address;
    return isPublic(last)
      ? { ok: true }
      : no(
          `${address} is not a public address. An operator opens private networks with WEBHOOK_ALLOWED_NETWORKS`,
        );
  }
}

const no = (reason: string): Verdict => ({ ok: false, reason });

function isPublic(address: string): boolean {
  if (!isIPv6(address)) return !PRIVATE_V4.has(address);
  return GLOBAL_V6.has(address) && !PRIVATE_V6.has(address);
}

/** The address, and the IPv4 address that it stands for or is carried to. */
function formsOf(address: string): readonly string[] {
  if (!isIPv6(address)) return [address];
  const bytes = bytesOfIpv6(address);
  const plain = address.replace(/%.*$/, '');
  const inner = embeddedV4(bytes);
  return inner === undefined ? [plain] : [plain, inner];
}

function embeddedV4(bytes: readonly number[]): string | undefined {
  const at = (from: number): string => bytes.slice(from, from + 4).join('.');
  const zero = (from: number, to: number): boolean => bytes.slice(from, to).every((byte) => byte === 0);
  const starts = (...prefix: number[]): boolean => prefix.every((byte, index) => bytes[index] === byte);
  // ::ffff:a.b.c.d (mapped) and ::ffff:0:a.b.c.d (translated, RFC 2765)
  if (zero(0, 10) && bytes[10] === 0xff && bytes[11] === 0xff) return at(12);
  if (zero(0, 8) && bytes[8] === 0xff && bytes[9] === 0xff && zero(10, 12)) return at(12);
  // ::a.b.c.d (compatible, RFC 4291); :: and ::1 are addresses of their own
  if (zero(0, 12) && !(zero(12, 15) && (bytes[15] ?? 0) <= 1)) return at(12);
  // 64:ff9b::/96 (NAT64, RFC 6052)
  if (starts(0, 0x64, 0xff, 0x9b) && zero(4, 12)) return at(12);
  // 2002::/16 (6to4, RFC 3056)
  if (starts(0x20, 0x02)) return at(2);
  return undefined;
}
