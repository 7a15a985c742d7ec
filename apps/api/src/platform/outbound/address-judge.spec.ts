import fc from 'fast-check';
import { AddressJudge } from './address-judge.js';
import { bytesOfIpv6, parseNetwork } from './networks.js';

const strict = new AddressJudge([]);
const hex = (v4: string): string => {
  const [a = 0, b = 0, c = 0, d = 0] = v4.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
};

const INSIDE = [
  '127.0.0.1',
  '127.255.255.254',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '169.254.1.1',
  '100.64.0.1',
  '100.127.255.255',
  '100.100.100.200',
  '192.0.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '0.0.0.0',
  '0.1.2.3',
];
const OUTSIDE = ['1.1.1.1', '8.8.8.8', '93.184.216.34', '172.32.0.1', '100.128.0.1', '11.0.0.1'];
/** Every way in which IPv6 carries an IPv4 address. */
const FORMS: ((v4: string) => string)[] = [
  (v4) => `::ffff:${v4}`,
  (v4) => `::ffff:${hex(v4)}`,
  (v4) => `0:0:0:0:0:ffff:${hex(v4)}`,
  (v4) => `::ffff:0:${hex(v4)}`,
  (v4) => `64:ff9b::${v4}`,
  (v4) => `64:ff9b::${hex(v4)}`,
  (v4) => `2002:${hex(v4)}::`,
  (v4) => `2002:${hex(v4)}::1`,
];
const INSIDE_V6 = [
  '::1',
  '::',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd00::1',
  'fd00:ec2::254',
  'fec0::1',
  'ff02::1',
  '2001:db8::1',
  '2001::1',
  '3fff::1',
  '64:ff9b:1::1',
  '100::1',
  '::7f00:1',
];

describe('judging addresses (I9, T38)', () => {
  it.each(INSIDE)('refuses %s', (address) => {
    expect(strict.judge(address).ok).toBe(false);
  });

  it.each(INSIDE_V6)('refuses %s', (address) => {
    expect(strict.judge(address).ok).toBe(false);
  });

  it('refuses every forbidden IPv4 address in every IPv6 form', () => {
    const let_in = INSIDE.flatMap((v4) => FORMS.map((form) => form(v4))).filter(
      (address) => strict.judge(address).ok,
    );
    expect(let_in).toEqual([]);
  });

  it.each([...OUTSIDE, '2606:4700:4700::1111', '2a00:1450:4001::1'])('lets %s pass', (address) => {
    expect(strict.judge(address)).toEqual({ ok: true });
  });

  it.each(['', 'localhost', '1.2.3', '0x7f.1', '2130706433', '127.1', '1.1.1.1 '])(
    'takes %j for no address',
    (text) => {
      expect(strict.judge(text).ok).toBe(false);
    },
  );

  it('agrees on an IPv4 address and its mapped form, whichever it is', () => {
    fc.assert(
      fc.property(fc.ipV4(), (v4) => {
        expect(strict.judge(`::ffff:${v4}`).ok).toBe(strict.judge(v4).ok);
      }),
    );
  });

  it('opens what an operator names, in every form, and nothing beside it', () => {
    const judge = new AddressJudge(['10.20.0.0/16', '127.0.0.1', 'fd12::/16']);
    for (const form of [(v4: string) => v4, ...FORMS]) {
      expect(judge.judge(form('10.20.3.4')).ok).toBe(true);
      expect(judge.judge(form('10.21.0.1')).ok).toBe(false);
      expect(judge.judge(form('127.0.0.2')).ok).toBe(false);
    }
    expect(judge.judge('fd12::1').ok).toBe(true);
    expect(judge.judge('fd13::1').ok).toBe(false);
  });

  it('never opens metadata services, multicast and broadcast', () => {
    const judge = new AddressJudge(['0.0.0.0/0', '::/0']);
    for (const address of [
      '169.254.169.254',
      '::ffff:169.254.169.254',
      '64:ff9b::a9fe:a9fe',
      '100.100.100.200',
      'fd00:ec2::254',
      '0.0.0.0',
      '::',
      '224.0.0.1',
      '255.255.255.255',
      'ff02::1',
    ])
      expect({ address, ...judge.judge(address) }).toMatchObject({ address, ok: false });
    expect(judge.judge('10.0.0.1').ok).toBe(true);
  });
});

describe('networks', () => {
  it.each(['10.0.0.0/33', 'fd00::/129', '10.0.0/8', 'a/8', '10.0.0.0/8/8', '10.0.0.0/', ''])(
    'are not what %j is',
    (text) => {
      expect(parseNetwork(text)).toBeUndefined();
    },
  );

  it('have sixteen bytes in IPv6, whatever the spelling', () => {
    expect(bytesOfIpv6('::ffff:127.0.0.1')).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1]);
    expect(bytesOfIpv6('fe80::1%eth0').slice(0, 2)).toEqual([0xfe, 0x80]);
  });
});
