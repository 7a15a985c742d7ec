import { BlockList, isIP } from 'node:net';

const MAX_BITS = { 4: 32, 6: 128 } as const;

interface Range {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Addresses that may call; an empty list lets everybody through. */
export class AddressList {
  private readonly list: BlockList | undefined;

  /** @param ranges as `rangeOf` takes them; others are passed over, and then nobody is let through by them */
  constructor(ranges: readonly string[]) {
    if (ranges.length === 0) return;
    this.list = new BlockList();
    for (const text of ranges) {
      const range = rangeOf(text);
      if (range) this.list.addSubnet(range.address, range.bits, range.family);
    }
  }

  allows(address: string | null): boolean {
    if (!this.list) return true;
    // A socket for both families tells IPv4 callers in the IPv6 form.
    const plain = address?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '') ?? '';
    const version = isIP(plain);
    return version !== 0 && this.list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
  }
}

/** A network in CIDR notation, or a single address; IPv4 and IPv6 (RFC 4632, RFC 4291). */
export function rangeOf(text: string): Range | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const version = isIP(address);
  if ((version !== 4 && version !== 6) || rest.length > 0 || address.includes('%')) return undefined;
  const most = MAX_BITS[version];
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined;
  const bits = length === undefined ? most : Number(length);
  return bits <= most ? { address, bits, family: version === 6 ? 'ipv6' : 'ipv4' } : undefined;
}
