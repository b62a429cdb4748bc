/** The media worker's connections with TURN servers over TCP and TLS (RFC 8656 §2.1): certificates are checked as those of SIP servers are. */
import type { Clock } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";
import type { ConnectRelay } from "../media/nat-relay.ts";
import type { MediaEvent, RelayTrust } from "../media/protocol.ts";
import { connectStream } from "../net/stream.ts";
import { TlsNetwork } from "../net/tls.ts";

/** A call waits for its relay 2 s at most. */
const timeoutMs = 2000;

export function connectRelays(clock: Clock, emit: (event: MediaEvent) => void): ConnectRelay {
  const log = logOver(emit);
  // Reading a hundred authorities takes some frames' time: once for all calls, as long as nothing of it changes.
  let known: { readonly trust: RelayTrust; readonly text: string; readonly network: TlsNetwork } | undefined;
  const networkOf = (trust: RelayTrust): TlsNetwork => {
    const text = JSON.stringify(trust);
    if (known?.text === text) return known.network;
    const settings = { ...trust, clientAuthorities: [], clientMustShow: false };
    known = { trust, text, network: new TlsNetwork(clock, log, () => Promise.resolve(settings)) };
    return known.network;
  };
  return ({ server, stream }, from) => {
    if (stream?.name !== "tls") return connectStream(server, from, timeoutMs);
    return networkOf(stream.trust).connect(server, from, stream.host, timeoutMs);
  };
}

/** A log in the words of the worker's events. */
function logOver(emit: (event: MediaEvent) => void): Log {
  const at = (level: "debug" | "info" | "warn" | "error") => (facts: object, message: string) =>
    emit({ type: "log", level, facts, message });
  const log: Log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), child: () => log };
  return log;
}
