/** Puts the SIP stack together over real sockets: transport, transactions, location, user agent. */
import type { Clock } from "../../hal/clock.ts";
import { PhoneError } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import { systemNetwork, systemRandom } from "../net/network.ts";
import { SystemResolver } from "../net/resolver.ts";
import type { Settings } from "../phone/ports.ts";
import { Locator } from "../sip/location.ts";
import type { SipTimers } from "../sip/timers.ts";
import { TransactionLayer } from "../sip/transactions.ts";
import { TransportLayer } from "../sip/transport.ts";
import { UserAgent } from "../sip/user-agent.ts";

export interface SipStack {
  readonly userAgent: UserAgent;
  readonly locator: Locator;
  /** As in the ready line: "udp:127.0.0.1:5060". */
  readonly listening: readonly string[];
  close(): Promise<void>;
}

export interface SipStackOptions {
  /** Numeric local address. */
  readonly address: string;
  readonly port: number;
  /** Text of User-Agent. */
  readonly name: string;
  readonly timers: SipTimers;
  readonly errors: (error: unknown) => void;
}

/** Rejects with a message that names the address and the port that cannot be had. */
export async function openSipStack(clock: Clock, log: Log, options: SipStackOptions): Promise<SipStack> {
  const parts = { network: systemNetwork, clock, log, random: systemRandom };
  const transport = new TransportLayer(parts);
  const { address, port } = options;
  try {
    await transport.listen({ transport: "udp", address, port });
    await transport.listen({ transport: "tcp", address, port });
  } catch (error) {
    await transport.close();
    throw error;
  }
  const transactions = new TransactionLayer({ ...parts, transport, timers: options.timers });
  const locator = new Locator({ resolver: new SystemResolver() });
  const userAgent = new UserAgent(
    { ...parts, transport, transactions, locator, errors: options.errors },
    { userAgent: options.name, timers: options.timers },
  );
  return {
    userAgent,
    locator,
    listening: transport.listening.map((at) => `${at.transport}:${hostPart(at.address)}:${at.port}`),
    async close() {
      await userAgent.close();
      await transport.close();
    },
  };
}

/** Timers of the configuration (feature row ACC-22), which gives them in seconds. */
export function sipTimers(settings: Settings): SipTimers {
  const ms = (name: string) => 1000 * settings.number(`sip.${name}`);
  return { t1Ms: ms("timer_t1"), t2Ms: ms("timer_t2"), t4Ms: ms("timer_t4") };
}

/** The address that the system would use towards the rest of the world; this machine's own where there is none. */
export async function defaultAddress(): Promise<string> {
  try {
    // A documentation address (RFC 5737): asking for the way sends nothing.
    return await systemNetwork.localAddressFor("192.0.2.1");
  } catch (error) {
    if (error instanceof PhoneError) return "127.0.0.1";
    throw error;
  }
}

function hostPart(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
