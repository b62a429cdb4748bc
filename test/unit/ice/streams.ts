/** Two streams' ways through NATs on a simulated network, with a STUN and TURN server between them. */
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { credentialsOf } from "../../../src/ice/sdp.ts";
import { StreamNat } from "../../../src/media/nat.ts";
import type { ConnectRelay } from "../../../src/media/nat-relay.ts";
import type { Endpoint, GatheredNat, MediaEvent, NatChoice, StreamSettings } from "../../../src/media/protocol.ts";
import type { BindMediaSocket, MediaSocket } from "../../../src/media/socket.ts";
import { type Nat, SimulatedNetwork, seededRandom } from "../../fake/network.ts";
import { TurnServer } from "../../fake/turn-server.ts";

export type NatKind = "none" | "full-cone" | "port-restricted" | "symmetric";
const serverAt = { address: "198.51.100.1", port: 3478 };

export class End {
  readonly events: MediaEvent[] = [];
  readonly heard: { component: number; from: Endpoint; text: string }[] = [];
  readonly remotes: { component: number; remote: Endpoint }[] = [];
  readonly nat: StreamNat;
  gathered: GatheredNat | undefined;
  readonly #lab: Lab;

  constructor(lab: Lab, nat: (parts: Omit<ConstructorParameters<typeof StreamNat>[0], "ports" | "bind">) => StreamNat) {
    this.#lab = lab;
    this.nat = nat({
      stream: 1,
      connect: lab.connectRelay,
      clock: lab.clock,
      random: lab.random,
      emit: (event) => this.events.push(event),
      onData: (component, bytes, address, port) =>
        this.heard.push({ component, from: { address, port }, text: Buffer.from(bytes).toString("latin1") }),
      onRemote: (component, remote) => this.remotes.push({ component, remote }),
    });
  }

  async gather(choice: Partial<NatChoice> = {}): Promise<GatheredNat> {
    const { server } = this.#lab;
    const done = this.nat.gather({
      publicAddress: undefined,
      stun: server.at,
      turn: { server: server.at, ...server.user },
      ice: true,
      addresses: [],
      credentials: undefined,
      ...choice,
    });
    let result: GatheredNat | undefined;
    void done.then((g) => {
      result = g;
    });
    for (let i = 0; i < 300 && result === undefined; i++) await this.#lab.run(10);
    if (result === undefined) throw new Error("gathering did not end");
    this.gathered = result;
    return result;
  }

  get path(): string {
    const found = this.events.filter((e) => e.type === "path").at(-1);
    return found?.type === "path" ? `${found.name} ${found.way}` : "";
  }

  say(text: string, component: 1 | 2 = 1): void {
    const bytes = new Uint8Array(Buffer.from(`\x80${text}`, "latin1"));
    this.nat.send(component, bytes, bytes.length);
  }

  got(text: string, component = 1): boolean {
    return this.heard.some((h) => h.component === component && h.text === `\x80${text}`);
  }
}

export class Lab {
  readonly clock = new ManualClock();
  readonly network: SimulatedNetwork;
  readonly random: () => number;
  server!: TurnServer;
  /** Of relays by TCP; a test sets it. */
  connectRelay: ConnectRelay | undefined;

  constructor(seed = 1) {
    this.network = new SimulatedNetwork(this.clock, seed, { delayMs: 10 });
    this.random = seededRandom(seed + 1);
  }

  static async open(seed = 1): Promise<Lab> {
    const lab = new Lab(seed);
    lab.server = await TurnServer.open(lab.network.host(serverAt.address), serverAt);
    return lab;
  }

  /** A stream with that address; the NAT around it is named by its outside address. */
  async end(address: string, kind: NatKind, outside: string, further: readonly string[] = []): Promise<End> {
    if (kind !== "none") {
      const prefix = address.slice(0, address.lastIndexOf("."));
      const nat: Nat = {
        isInside: (a) => a.startsWith(`${prefix}.`),
        outside,
        timeoutMs: 30_000,
        restricted: kind !== "full-cone",
        symmetric: kind === "symmetric",
      };
      this.network.nats = [...this.network.nats, nat];
    }
    const bind = this.#bind(address, ...further);
    const ports = { rtp: await bind({ address, port: 11_780 }), rtcp: await bind({ address, port: 11_781 }) };
    return new End(this, (parts) => new StreamNat({ ...parts, bind, ports }));
  }

  /** Offer and answer: the first controls. */
  connect(a: End, b: End, more: { rtcpMux?: boolean; bothControl?: boolean; generation?: number } = {}): void {
    const generation = more.generation ?? 0;
    a.nat.configure(settings(a, b, true, generation, more.rtcpMux === true));
    b.nat.configure(settings(b, a, more.bothControl === true, generation, more.rtcpMux === true));
  }

  async run(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 10) {
      this.clock.advance(10);
      for (let i = 0; i < 12; i++) await Promise.resolve();
    }
  }

  #bind(...addresses: string[]): BindMediaSocket {
    const host = this.network.host(...addresses);
    return async (local) => {
      const socket = await host.bindDatagram(local);
      const media: MediaSocket = {
        local: socket.local,
        sendFailures: 0,
        onMessage: undefined,
        send: (bytes, size, address, port) => socket.send(bytes.slice(0, size), { address, port }),
        shield: () => {},
        close: () => socket.close(),
      };
      socket.onMessage = (bytes, from) => media.onMessage?.(bytes, from.address, from.port);
      return media;
    };
  }
}

export function settings(
  own: End,
  other: End,
  controlling: boolean,
  generation: number,
  rtcpMux: boolean,
): StreamSettings {
  const mine = own.gathered?.ice;
  const theirs = other.gathered?.ice;
  const at = other.gathered?.rtp ?? { address: "", port: 0 };
  return {
    remote: { ...at, rtcpPort: other.gathered?.rtcp.port ?? 0 },
    direction: "sendrecv",
    codec: "pcmu",
    payloadType: 0,
    ptimeMs: 20,
    receive: [],
    dtmf: undefined,
    rtcpMux,
    ice:
      mine === undefined || theirs === undefined
        ? undefined
        : {
            local: credentialsOf(mine, generation),
            remote: {
              credentials: credentialsOf(theirs, generation),
              candidates: theirs.candidates,
              lite: false,
            },
            controlling,
          },
  };
}
