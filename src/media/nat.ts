/** A stream's ways through NATs: what it gathered before the offer, what the checks chose, and where each packet goes. Without it a stream sends to what was negotiated. */
import type { Clock } from "../../hal/clock.ts";
import type { Random } from "../base/network.ts";
import type { LocalCandidate } from "../ice/candidate.ts";
import type { Binding } from "../stun/binding.ts";
import { NatChecks, type Path } from "./nat-checks.ts";
import { defaults, gather, type HostPort } from "./nat-gather.ts";
import { NatPort, type NatPortParts } from "./nat-port.ts";
import type { ConnectRelay } from "./nat-relay.ts";
import type { PortPair } from "./port-pair.ts";
import type { Endpoint, GatheredNat, IceCredentials, MediaEvent, NatChoice, StreamSettings } from "./protocol.ts";
import type { BindMediaSocket, MediaSocket } from "./socket.ts";

/** Credentials for so many restarts of a session (RFC 8445 §9). */
const generations = 8;
const iceCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export interface StreamNatParts {
  readonly stream: number;
  readonly clock: Clock;
  /** 0 to 1, of cryptographic quality. */
  readonly random: () => number;
  readonly bind: BindMediaSocket;
  readonly connect: ConnectRelay | undefined;
  readonly ports: PortPair;
  readonly emit: (event: MediaEvent) => void;
  /** @param component 1: the RTP port, 2: the RTCP port */
  readonly onData: (component: number, bytes: Uint8Array, address: string, port: number) => void;
  /** The far end is there from now on. */
  readonly onRemote: (component: number, remote: Endpoint) => void;
}

type Route =
  /** Nothing was agreed yet, or there is no way (any more). */
  { readonly name: "none" } | { readonly name: "port"; readonly port: NatPort; readonly remote: Endpoint };

const nowhere: Route = { name: "none" };

export class StreamNat {
  readonly #parts: StreamNatParts;
  readonly #portParts: NatPortParts;
  /** By base; the first two are the stream's own sockets. */
  #ports = new Map<number, NatPort>();
  #further: MediaSocket[] = [];
  #relays: readonly NatPort[] = [];
  #bindings: readonly Binding[] = [];
  #checks: NatChecks | undefined;
  #routes: [Route, Route] = [nowhere, nowhere];
  #nextBase = 0;
  #open = true;

  constructor(parts: StreamNatParts) {
    this.#parts = parts;
    const { clock, random } = parts;
    const bytes: Random = (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256));
    this.#portParts = {
      clock,
      random: bytes,
      connect: parts.connect,
      events: {
        data: (port, data, address, remotePort) => parts.onData(port.component, data, address, remotePort),
        request: (port, message, from) => this.#checks?.take(port, message, from),
        relayLost: (_, why) => this.#warn(why),
      },
    };
  }

  /** Once. Takes at most two seconds, whatever the servers do. */
  async gather(choice: NatChoice): Promise<GatheredNat> {
    const { clock, random, ports } = this.#parts;
    const hosts = [this.#host(ports.rtp, 1), this.#host(ports.rtcp, 2)];
    if (choice.ice) for (const address of choice.addresses) hosts.push(...(await this.#bindFurther(address)));
    const gathered = await gather(clock, hosts, choice, () => this.#nextBase++);
    this.#relays = gathered.relays;
    for (const relay of gathered.relays) this.#ports.set(relay.base, relay);
    this.#bindings = gathered.bindings;
    if (!this.#open) this.#release();
    for (const why of gathered.problems) this.#warn(why);
    const named = defaults(gathered.candidates, { rtp: ports.rtp.local, rtcp: ports.rtcp.local });
    if (!choice.ice) return { ...named, ice: undefined, problems: gathered.problems };
    const credentials = choice.credentials ?? Array.from({ length: generations }, () => newCredentials(random));
    this.#startChecks(gathered.candidates, credentials);
    const candidates = gathered.candidates.map(({ base: _, ...candidate }) => candidate);
    return { ...named, ice: { credentials, candidates }, problems: gathered.problems };
  }

  configure(settings: StreamSettings): void {
    const { ice, remote, rtcpMux } = settings;
    if (ice !== undefined && this.#checks !== undefined) {
      this.#checks.configure(ice, rtcpMux === true);
      return;
    }
    // A far end without ICE: over the relay where we have named one, else from our sockets.
    for (const [component, port] of [
      [1, remote.port],
      [2, remote.rtcpPort],
    ] as const) {
      const at = { address: remote.address, port };
      const relay = this.#relays.find((r) => r.component === component);
      const from = relay ?? [...this.#ports.values()].find((p) => p.component === component);
      if (from === undefined || port === 0) continue;
      void from.permit(at);
      this.#routes[component - 1] = { name: "port", port: from, remote: at };
    }
  }

  /** Nothing is allocated but by relays. */
  send(component: 1 | 2, bytes: Uint8Array, size: number): void {
    const route = this.#routes[component - 1];
    if (route?.name === "port") route.port.send(bytes, size, route.remote);
  }

  /** Idempotent. The stream's own sockets are left to it. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#release();
  }

  #release(): void {
    this.#routes = [nowhere, nowhere];
    this.#checks?.close();
    for (const binding of this.#bindings) binding.close();
    for (const port of this.#ports.values()) port.close();
    for (const socket of this.#further) socket.close();
  }

  #startChecks(candidates: readonly LocalCandidate[], credentials: readonly IceCredentials[]): void {
    const { clock, random, emit, stream } = this.#parts;
    const tieBreaker = BigInt(Math.floor(random() * 2 ** 32)) * 2n ** 32n + BigInt(Math.floor(random() * 2 ** 32));
    this.#checks = new NatChecks({
      clock,
      random,
      tieBreaker,
      ports: this.#ports,
      candidates,
      credentials,
      onPath: (component, path) => this.#path(component, path),
      onEvent: (name, way) => emit({ type: "path", stream, name, way }),
      onChosen: (controlling, chosen) => emit({ type: "chosen", stream, controlling, chosen }),
    });
  }

  #path(component: number, path: Path | undefined): void {
    if (component !== 1 && component !== 2) return;
    this.#routes[component - 1] = path === undefined ? nowhere : { name: "port", port: path.port, remote: path.remote };
    if (path !== undefined) this.#parts.onRemote(component, path.remote);
  }

  #host(socket: MediaSocket, component: number): HostPort {
    const port = NatPort.over(socket, this.#nextBase++, component, this.#portParts);
    this.#ports.set(port.base, port);
    return { port, local: socket.local };
  }

  /** The same port numbers on another address; one that cannot be had is done without. */
  async #bindFurther(address: string): Promise<readonly HostPort[]> {
    const { bind, ports } = this.#parts;
    const bound: MediaSocket[] = [];
    try {
      for (const { local } of [ports.rtp, ports.rtcp]) bound.push(await bind({ address, port: local.port }));
    } catch {
      for (const socket of bound) socket.close();
      return [];
    }
    this.#further.push(...bound);
    return bound.map((socket, i) => this.#host(socket, i + 1));
  }

  #warn(message: string): void {
    const { emit, stream } = this.#parts;
    emit({ type: "log", level: "warn", facts: { stream }, message });
  }
}

/** 24 and 132 random bits at least (RFC 8445 §5.3: 24 and 128). */
function newCredentials(random: () => number): IceCredentials {
  const text = (length: number) =>
    Array.from({ length }, () => iceCharacters[Math.floor(random() * iceCharacters.length)]).join("");
  return { ufrag: text(8), pwd: text(24) };
}
