import { networkFindings, sandboxNetworkOptions } from './sandbox-network.js';

const tight = () => {
  const {
    Driver = '',
    Internal = false,
    EnableIPv6 = false,
    Options = {},
  } = sandboxNetworkOptions('automl-sandbox', 'i');
  return { Driver, Internal, EnableIPv6, Options };
};
const without = (option: string) => {
  const network = tight();
  return {
    ...network,
    Options: Object.fromEntries(Object.entries(network.Options).filter(([name]) => !name.includes(option))),
  };
};

describe('networkFindings (T02)', () => {
  it('has nothing against the network that the product makes', () => {
    expect(networkFindings(tight())).toEqual([]);
  });

  it.each([
    ['services of the host', without('inhibit_ipv4')],
    ['reach each other', without('enable_icc')],
    ['the internet', { ...tight(), Internal: false }],
    ['IPv6', { ...tight(), EnableIPv6: true }],
    ['overlay driver', { ...tight(), Driver: 'overlay' }],
  ])('says that %s can be reached', (words, network) => {
    expect(networkFindings(network)).toEqual([expect.stringContaining(words)]);
  });
});
