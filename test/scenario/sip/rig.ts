/** User agents on a simulated network, and raw peers that say what a test tells them: for scenarios of the SIP core. */
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { type Log, silentLog } from "../../../src/base/log.ts";
import type { DatagramSocket, Network } from "../../../src/base/network.ts";
import type { LocalMedia, NegotiatedMedia } from "../../../src/sdp/media.ts";
import { Locator } from "../../../src/sip/location.ts";
import { SipRequest, SipResponse } from "../../../src/sip/message.ts";
import { parseMessage } from "../../../src/sip/parse.ts";
import type { Session } from "../../../src/sip/session.ts";
import type { SessionState } from "../../../src/sip/session-state.ts";
import { TransactionLayer } from "../../../src/sip/transactions.ts";
import { TransportLayer } from "../../../src/sip/transport.ts";
import { type Identity, UserAgent, type UserAgentOptions } from "../../../src/sip/user-agent.ts";
import { type Conditions, SimulatedNetwork, seededBytes } from "../../fake/network.ts";

export interface Phone {
  readonly address: string;
  readonly userAgent: UserAgent;
  readonly transactions: TransactionLayer;
  readonly identity: Identity;
  /** Sessions that came in, in order. */
  readonly incoming: Session[];
  readonly errors: unknown[];
  /** What it does with an INVITE: rings unless told otherwise. */
  act: (session: Session) => void;
}

export class Rig {
  readonly clock = new ManualClock();
  readonly network: SimulatedNetwork;
  readonly hosts = new Map<string, readonly string[]>();
  #seed: number;

  constructor(seed = 1, conditions: Partial<Conditions> = {}) {
    this.#seed = seed;
    this.network = new SimulatedNetwork(this.clock, seed, conditions);
  }

  async phone(
    address: string,
    name: string,
    options: Partial<UserAgentOptions> & { identity?: Partial<Identity>; log?: Log; network?: Network } = {},
  ): Promise<Phone> {
    this.#seed += 1;
    const { clock } = this;
    const errors: unknown[] = [];
    const log = options.log ?? silentLog;
    const parts = {
      network: options.network ?? this.network.host(address),
      clock,
      log,
      random: seededBytes(this.#seed),
    };
    const transport = new TransportLayer(parts);
    const listenAt = options.network === undefined ? address : "0.0.0.0";
    await transport.listen({ transport: "udp", address: listenAt, port: 5060 });
    await transport.listen({ transport: "tcp", address: listenAt, port: 5060 });
    const transactions = new TransactionLayer({ ...parts, transport });
    const resolver = {
      addresses: async (host: string) => {
        const found = this.hosts.get(host);
        if (found === undefined) throw new Error("not found");
        return found;
      },
    };
    const locator = new Locator({ resolver });
    const userAgent = new UserAgent(
      { ...parts, transport, transactions, locator, errors: (error) => errors.push(error) },
      { userAgent: `Test ${name}`, ...options },
    );
    transport.onConnectionLost = (flow) => userAgent.connectionLost(flow);
    const incoming: Session[] = [];
    const identity: Identity = {
      aor: `sip:${name}@${address}`,
      displayName: name,
      contactUser: name,
      route: [],
      ...options.identity,
    };
    const phone: Phone = {
      address,
      userAgent,
      transactions,
      identity,
      incoming,
      errors,
      act: (session) => session.ring(),
    };
    userAgent.onInvite.on((session) => {
      incoming.push(session);
      phone.act(session);
    });
    return phone;
  }

  async peer(address: string): Promise<Peer> {
    const socket = await this.network.host(address).bindDatagram({ address, port: 5060 });
    return new Peer(this, address, socket);
  }

  run(ms: number): Promise<void> {
    return this.clock.advanceAsync(ms);
  }

  /** First lines of what went over the wire, retransmissions included: "10.0.0.1>10.0.0.2 INVITE". */
  wire(): string[] {
    return this.network.transits
      .filter((t) => t.bytes.length > 4)
      .map((t) => {
        const line = Buffer.from(t.bytes).toString("utf8").split("\r\n")[0] ?? "";
        const what = line.startsWith("SIP/2.0") ? line.slice(8) : (line.split(" ")[0] ?? "");
        return `${t.from.address.split(".").at(-1)}>${t.to.address.split(".").at(-1)} ${what}`;
      });
  }
}

/** Somebody with a socket and no SIP stack. */
export class Peer {
  readonly address: string;
  readonly requests: SipRequest[] = [];
  readonly responses: SipResponse[] = [];
  onRequest: ((request: SipRequest) => void) | undefined;
  readonly #socket: DatagramSocket;
  readonly #rig: Rig;

  constructor(rig: Rig, address: string, socket: DatagramSocket) {
    this.#rig = rig;
    this.address = address;
    this.#socket = socket;
    socket.onMessage = (bytes) => {
      const parsed = parseMessage(bytes);
      if (!parsed.ok) throw new Error(`the peer got what it cannot parse: ${parsed.why}`);
      if (parsed.message instanceof SipRequest) {
        this.requests.push(parsed.message);
        this.onRequest?.(parsed.message);
      } else this.responses.push(parsed.message);
    };
  }

  /** The last request of that method. */
  last(method: string): SipRequest {
    const found = this.requests.filter((r) => r.method === method).at(-1);
    if (found === undefined) throw new Error(`no ${method} came; only ${this.requests.map((r) => r.method).join(" ")}`);
    return found;
  }

  count(method: string): number {
    return this.requests.filter((r) => r.method === method).length;
  }

  /** Answers a request as a callee would, with tag and Contact of that branch. */
  respond(
    request: SipRequest,
    status: number,
    options: { tag?: string; sdp?: string; headers?: [string, string][] } = {},
  ) {
    const tag = options.tag ?? "peer-tag";
    const response = SipResponse.to(request, status, undefined, status > 100 && tag !== "" ? tag : undefined);
    if (status < 300 && status > 100) response.addHeader("Contact", `<sip:${tag || "peer"}@${this.address}>`);
    for (const [name, value] of options.headers ?? []) response.addHeader(name, value);
    if (options.sdp !== undefined) response.setBody("application/sdp", options.sdp);
    this.send(response, { address: request.via?.host ?? "", port: request.via?.port ?? 5060 });
  }

  send(message: SipRequest | SipResponse | string, to: { address: string; port: number }): void {
    const bytes = typeof message === "string" ? Buffer.from(message) : message.toBytes();
    this.#socket.send(bytes, to);
  }

  /** A request of its own, with all headers that every request needs. */
  request(
    method: string,
    to: string,
    options: {
      callId?: string;
      cseq?: number;
      from?: string;
      toTag?: string;
      headers?: [string, string][];
      sdp?: string;
      branch?: string;
    } = {},
  ): SipRequest {
    const request = new SipRequest(method, `sip:phone@${to}`);
    const sequence = options.cseq ?? 1;
    request
      .addHeader(
        "Via",
        `SIP/2.0/UDP ${this.address}:5060;branch=${options.branch ?? `z9hG4bK${this.#rig.clock.now()}-${method}-${sequence}`}`,
      )
      .addHeader("Max-Forwards", "70")
      .addHeader("From", options.from ?? `<sip:peer@${this.address}>;tag=from-peer`)
      .addHeader("To", `<sip:phone@${to}>${options.toTag === undefined ? "" : `;tag=${options.toTag}`}`)
      .addHeader("Call-ID", options.callId ?? "call-of-peer")
      .addHeader("CSeq", `${sequence} ${method}`);
    if (method === "INVITE" && options.headers?.some(([name]) => name === "Contact") !== true)
      request.addHeader("Contact", `<sip:peer@${this.address}>`);
    for (const [name, value] of options.headers ?? []) if (value !== "") request.addHeader(name, value);
    if (options.sdp !== undefined) request.setBody("application/sdp", options.sdp);
    this.send(request, { address: to, port: 5060 });
    return request;
  }
}

/** What a session told, in order: "proceeding 180", "established", "media sendrecv". */
export function follow(session: Session): string[] {
  const seen: string[] = [];
  session.onState.on((state) => seen.push(describe(state)));
  session.onMedia.on((media: NegotiatedMedia) =>
    seen.push(`media ${media.direction}${media.remoteHold ? " held" : ""}`),
  );
  return seen;
}

export function describe(state: SessionState): string {
  switch (state.name) {
    case "proceeding":
      return `proceeding ${state.status}`;
    case "terminated":
      return `terminated ${state.by} ${state.status}${state.elsewhere ? " elsewhere" : ""}`;
    default:
      return state.name;
  }
}

export function media(address: string, port = 4000): LocalMedia {
  return {
    address,
    port,
    codecs: [
      { name: "pcmu", payloadType: 0 },
      { name: "pcma", payloadType: 8 },
    ],
    dtmfType: 101,
    ptimeMs: 20,
    hold: false,
  };
}

/** A description as some other phone would write it. */
export function sdp(address: string, direction = "sendrecv", port = 5004): string {
  return [
    "v=0",
    `o=- 1 1 IN IP4 ${address}`,
    "s=-",
    `c=IN IP4 ${address}`,
    "t=0 0",
    `m=audio ${port} RTP/AVP 0 101`,
    "a=rtpmap:0 PCMU/8000",
    "a=rtpmap:101 telephone-event/8000",
    `a=${direction}`,
    "",
  ].join("\r\n");
}
