import type Docker from 'dockerode';
import type { NetworkCreateOptions, NetworkInspectInfo } from 'dockerode';

import { LABELS } from '../container-name.js';
import type { CallOptions, NetworkStatus } from '../container.types.js';
import { isAnswer, type EngineCalls } from './engine-calls.js';

/** The network of the product. Its name promises isolation, so it is used only when it keeps the promise. */
export const DEFAULT_EXECUTION_NETWORK = 'automl-sandbox';

const INHIBIT_IPV4 = 'com.docker.network.bridge.inhibit_ipv4';
const ENABLE_ICC = 'com.docker.network.bridge.enable_icc';
const MASQUERADE = 'com.docker.network.bridge.enable_ip_masquerade';

/**
 * `Internal` alone still routes to every service of the host; without an address of the bridge there is nothing to
 * reach, and without inter-container communication no sibling either. What is left: the bridge hears broadcasts, so a
 * datagram can be dropped, unanswered, into a host service that listens on all addresses. `none` has not even that.
 */
export function sandboxNetworkOptions(name: string, installationId: string): NetworkCreateOptions {
  return {
    Name: name,
    Driver: 'bridge',
    CheckDuplicate: true,
    Internal: true,
    EnableIPv6: false,
    Attachable: false,
    Options: { [INHIBIT_IPV4]: 'true', [ENABLE_ICC]: 'false', [MASQUERADE]: 'false' },
    Labels: { [LABELS.installation]: installationId },
  };
}

/** What an existing network leaves open, in words; empty for one made by `sandboxNetworkOptions`. */
export function networkFindings(
  network: Pick<NetworkInspectInfo, 'Driver' | 'Internal' | 'EnableIPv6' | 'Options'>,
): string[] {
  const options = network.Options ?? {};
  const findings: [boolean, string][] = [
    [network.Driver !== 'bridge', `uses the ${network.Driver} driver, whose reach is not known`],
    [!network.Internal, 'lets containers reach the internet'],
    [options[INHIBIT_IPV4] !== 'true', 'lets containers reach services of the host'],
    [options[ENABLE_ICC] !== 'false', 'lets containers reach each other'],
    [network.EnableIPv6 === true, 'has IPv6, which is not fenced'],
  ];
  return findings.filter(([open]) => open).map(([, words]) => words);
}

/** The execution network of one installation, made when it is missing. */
export class ExecutionNetwork {
  constructor(
    private readonly docker: Docker,
    private readonly calls: EngineCalls,
    readonly name: string,
    private readonly installationId: string,
  ) {}

  async ensure(options?: CallOptions): Promise<NetworkStatus & { networkId: string }> {
    const found = (await this.find(options)) ?? (await this.create(options));
    const findings = networkFindings(found);
    return { name: this.name, present: true, isolated: findings.length === 0, findings, networkId: found.Id };
  }

  private async create(options?: CallOptions): Promise<NetworkInspectInfo> {
    const wanted = sandboxNetworkOptions(this.name, this.installationId);
    try {
      await this.calls.call('make a network', options, (abortSignal) =>
        this.docker.createNetwork({ ...wanted, abortSignal }),
      );
    } catch (error) {
      // Another replica was faster.
      if (!isAnswer(error, 409)) throw error;
    }
    const made = await this.find(options);
    if (made === null) throw new Error(`Network ${this.name} vanished after it was made.`);
    return made;
  }

  /** The oldest of that name: engines allow several. */
  private async find(options?: CallOptions): Promise<NetworkInspectInfo | null> {
    const all = await this.calls.call('list networks', options, (abortSignal) =>
      this.docker.listNetworks({ filters: { name: [this.name] }, abortSignal }),
    );
    const ours = all
      .filter(({ Name }) => Name === this.name)
      .sort((a, b) => a.Created.localeCompare(b.Created));
    return ours[0] ?? null;
  }
}
