/**
 * The demo PBX: a registrar with digest and a few numbers that answer, made of the project's own SIP core. It is there
 * to be called by one phone on the same machine; it is no proxy, no conference and no voice mail.
 */
import { randomBytes } from "node:crypto";
import { systemClock } from "../../hal/driver/os/clock.ts";
import { type Log, silentLog } from "../../src/base/log.ts";
import { systemNetwork, systemRandom } from "../../src/net/network.ts";
import { SystemResolver } from "../../src/net/resolver.ts";
import type { LocalMedia } from "../../src/sdp/media.ts";
import { DigestServer } from "../../src/sip/digest-server.ts";
import { Locator } from "../../src/sip/location.ts";
import type { IncomingRequest } from "../../src/sip/out-of-dialog.ts";
import type { Session } from "../../src/sip/session.ts";
import { TransactionLayer } from "../../src/sip/transactions.ts";
import { TransportLayer } from "../../src/sip/transport.ts";
import { type Identity, UserAgent } from "../../src/sip/user-agent.ts";
import { loadSpeech, PbxMedia, type PbxSound } from "./pbx-media.ts";

const realm = "offhook.demo";
const mostBindings = 10;
const shortestSeconds = 10;
const longestSeconds = 3600;

/** How each number behaves. */
const numbers = {
  "600": "echo",
  "601": "speech",
  "602": "call back",
  "603": "busy",
  "604": "never answers",
  "605": "transfers to 600",
} as const;

interface Binding {
  readonly uri: string;
  untilMs: number;
}

export interface DemoPbxOptions {
  readonly address: string;
  readonly port: number;
  /** User name to password. */
  readonly users: Readonly<Record<string, string>>;
  readonly log?: Log;
}

export class DemoPbx {
  #options: DemoPbxOptions;
  #transport: TransportLayer;
  #userAgent: UserAgent;
  #digest: DigestServer;
  #bindings = new Map<string, Binding[]>();
  #calls = new Set<Session>();
  #speech = loadSpeech();
  #log: Log;

  constructor(options: DemoPbxOptions) {
    const { log = silentLog } = options;
    const parts = { network: systemNetwork, clock: systemClock, log, random: systemRandom };
    this.#options = options;
    this.#log = log;
    this.#transport = new TransportLayer(parts);
    const transactions = new TransactionLayer({ ...parts, transport: this.#transport });
    this.#digest = new DigestServer({ clock: systemClock, random: systemRandom }, { realm });
    this.#userAgent = new UserAgent(
      {
        ...parts,
        transport: this.#transport,
        transactions,
        locator: new Locator({ resolver: new SystemResolver() }),
        errors: (error) => log.error({}, String(error)),
      },
      { userAgent: "Offhook demo PBX", allow: ["REGISTER"] },
    );
    this.#userAgent.onInvite.on((session) => void this.#invited(session));
    this.#userAgent.onRequest.on((request) => {
      if (request.request.method === "REGISTER") this.#register(request);
    });
  }

  async open(): Promise<void> {
    const { address, port } = this.#options;
    await this.#transport.listen({ transport: "udp", address, port });
    await this.#transport.listen({ transport: "tcp", address, port });
  }

  get port(): number {
    return this.#options.port;
  }

  /** Contacts of a user, as registered now. */
  contacts(user: string): readonly string[] {
    return this.#alive(user).map((b) => b.uri);
  }

  async close(): Promise<void> {
    for (const call of this.#calls) call.hangUp();
    await this.#userAgent.close();
    await this.#transport.close();
  }

  #alive(user: string): Binding[] {
    const alive = (this.#bindings.get(user) ?? []).filter((b) => b.untilMs > systemClock.now());
    this.#bindings.set(user, alive);
    return alive;
  }

  #register(incoming: IncomingRequest): void {
    const { request } = incoming;
    const user = request.to.parsedUri?.user ?? "";
    const password = Object.hasOwn(this.#options.users, user) ? this.#options.users[user] : undefined;
    const verdict = this.#digest.check(request.headers("Authorization"), request, (name) =>
      name === user ? password : undefined,
    );
    if (!verdict.ok) {
      if (verdict.reason === "malformed") incoming.respond(400, verdict.why);
      else
        incoming.respond(401, undefined, (response) => {
          for (const challenge of this.#digest.challenges(verdict.reason === "stale"))
            response.addHeader("WWW-Authenticate", challenge);
        });
      return;
    }
    const asked = request.expires ?? longestSeconds;
    let bindings = this.#alive(user);
    if (request.contactIsStar) bindings = [];
    for (const contact of request.contacts) {
      const seconds = Math.min(Number(contact.params.get("expires") ?? asked), longestSeconds);
      if (seconds > 0 && seconds < shortestSeconds) {
        incoming.respond(423, undefined, (response) => response.setHeader("Min-Expires", String(shortestSeconds)));
        return;
      }
      bindings = bindings.filter((b) => b.uri !== contact.uri);
      if (seconds > 0) bindings.push({ uri: contact.uri, untilMs: systemClock.now() + 1000 * seconds });
    }
    this.#bindings.set(user, bindings.slice(-mostBindings));
    this.#log.info({ user }, `${user} registered ${bindings.map((b) => b.uri).join(", ") || "nothing"}`);
    incoming.respond(200, undefined, (response) => {
      for (const { uri, untilMs } of this.#alive(user))
        response.addHeader("Contact", `<${uri}>;expires=${Math.ceil((untilMs - systemClock.now()) / 1000)}`);
    });
  }

  async #invited(session: Session): Promise<void> {
    const number = session.request.requestUri?.user ?? "";
    const does = Object.hasOwn(numbers, number) ? numbers[number as keyof typeof numbers] : undefined;
    this.#log.info({}, `${session.remote.uri} calls ${number}: ${does ?? "not found"}`);
    switch (does) {
      case "echo":
        await this.#answer(session, { type: "echo" });
        return;
      case "speech":
        await this.#answer(session, { type: "speech", samples: this.#speech });
        return;
      case "busy":
        session.reject(486);
        return;
      case "never answers":
        session.ring();
        return;
      case "call back":
        session.reject(480, "Calling You Back");
        systemClock.after(1500, () => void this.#callBack(session.remote.uri));
        return;
      case "transfers to 600":
        await this.#answer(session, { type: "speech", samples: this.#speech });
        systemClock.after(3000, () => this.#transfer(session));
        return;
      default:
        session.reject(404);
    }
  }

  async #answer(session: Session, sound: PbxSound): Promise<PbxMedia | undefined> {
    session.ring();
    const media = await this.#attach(session, sound);
    if (session.state.name === "incoming") session.answer(this.#describe(media));
    return media;
  }

  /** A blind transfer (RFC 3515): the caller calls 600 itself, and this call ends when it says that it succeeded. */
  #transfer(session: Session): void {
    if (session.state.name !== "established") return;
    const { address, port } = this.#options;
    const transfer = session.transfer(`sip:600@${address}:${port}`);
    transfer.onState.on((state) => {
      this.#log.info({ state }, `transfer to 600: ${state.name}`);
      if (state.name === "succeeded") session.hangUp();
    });
  }

  async #callBack(aor: string): Promise<void> {
    const user = /^sips?:([^@;]*)@/.exec(aor)?.[1] ?? "";
    const contact = this.contacts(user)[0];
    if (contact === undefined) {
      this.#log.warn({ user }, `cannot call ${user} back: not registered`);
      return;
    }
    const media = await PbxMedia.open(this.#options.address);
    media.play({ type: "speech", samples: this.#speech });
    const session = this.#userAgent.invite({ identity: this.#identity(), to: contact, media: this.#describe(media) });
    this.#follow(session, media);
  }

  async #attach(session: Session, sound: PbxSound): Promise<PbxMedia> {
    const media = await PbxMedia.open(this.#options.address);
    media.play(sound);
    this.#follow(session, media);
    return media;
  }

  #follow(session: Session, media: PbxMedia): void {
    this.#calls.add(session);
    session.onMedia.on((negotiated) => media.configure(negotiated));
    const watch = () => {
      if (session.state.name !== "terminated") return;
      if (this.#calls.delete(session)) media.close();
    };
    session.onState.on(watch);
    watch();
  }

  #identity(): Identity {
    const { address, port } = this.#options;
    return { aor: `sip:602@${address}:${port}`, displayName: "Demo PBX", contactUser: "602", route: [] };
  }

  #describe(media: PbxMedia): LocalMedia {
    return {
      address: this.#options.address,
      port: media.port,
      codecs: [
        { name: "g722", payloadType: 9 },
        { name: "pcmu", payloadType: 0 },
        { name: "pcma", payloadType: 8 },
      ],
      dtmfType: 101,
      ptimeMs: 20,
      hold: false,
    };
  }
}

/** A password for one run of the demo. */
export function demoPassword(): string {
  return randomBytes(9).toString("base64url");
}
