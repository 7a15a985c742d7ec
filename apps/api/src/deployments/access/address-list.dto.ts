import { z } from 'zod';
import { rangeOf } from './address-list.js';

/** Networks and addresses that calls may come from. */
export const allowedAddresses = z
  .array(
    z
      .string()
      .trim()
      .max(60)
      .refine((text) => rangeOf(text) !== undefined, {
        message: 'is neither an address nor a network such as 203.0.113.0/24 or 2001:db8::/32',
      }),
  )
  .max(200)
  .describe('Addresses and networks (CIDR, IPv4 and IPv6) that calls may come from; empty: from anywhere.');
