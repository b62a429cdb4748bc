/** Whole phones without a thread, a screen or a sound card: `Phone` over a real SIP stack on a simulated network. */
import { modelById } from "../../../board/models/index.ts";
import type { Clock, Timer } from "../../../hal/clock.ts";
import type { Digit } from "../../../hal/keypad.ts";
import type { Log } from "../../../src/base/log.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { CallLog } from "../../../src/directory/call-log.ts";
import { ringMelodies, standardTones } from "../../../src/dsp/tones.ts";
import { Phone } from "../../../src/phone/phone.ts";
import type { Recordings } from "../../../src/phone/recording.ts";
import type { CallPhase } from "../../../src/phone/state.ts";
import { Locator } from "../../../src/sip/location.ts";
import type { NotifierSubscription } from "../../../src/sip/notifier.ts";
import type { Session } from "../../../src/sip/session.ts";
import { TransactionLayer } from "../../../src/sip/transactions.ts";
import { TransportLayer } from "../../../src/sip/transport.ts";
import { UserAgent } from "../../../src/sip/user-agent.ts";
import { seededBytes } from "../../fake/network.ts";
import { FakePhoneMedia } from "../../fake/phone-media.ts";
import { media as peerMedia, Rig } from "../sip/rig.ts";

/** Counts what waits, so that a leak is seen. */
class CountingClock implements Clock {
  live = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  epochMs(): number {
    return this.#clock.epochMs();
  }

  after(ms: number, run: () => void): Timer {
    this.live++;
    let waiting = true;
    const over = () => {
      if (waiting) this.live--;
      waiting = false;
    };
    const timer = this.#clock.after(ms, () => {
      over();
      run();
    });
    return {
      cancel() {
        over();
        timer.cancel();
      },
    };
  }
}

export class Desk {
  readonly phone: Phone;
  readonly media = new FakePhoneMedia();
  readonly config: Configuration;
  readonly userAgent: UserAgent;
  readonly clock: CountingClock;
  address: string;
  /** What a person chose and is to survive a restart. */
  readonly kept: [name: string, value: string][] = [];
  readonly log: string[] = [];
  readonly errors: unknown[] = [];
  readonly #transport: TransportLayer;
  readonly #further: readonly string[];

  /** @param later further addresses that the machine may get; it has those of IPv6 from the start */
  constructor(
    rig: PhoneRig,
    address: string,
    settings: Readonly<Record<string, string | number>>,
    model: string,
    later: readonly string[] = [],
    recordings?: Recordings,
  ) {
    const errors = (error: unknown) => void this.errors.push(error);
    this.address = address;
    this.#further = later.filter((one) => one.includes(":"));
    this.clock = new CountingClock(rig.clock);
    const log = this.#keepLog();
    const parts = {
      network: rig.network.host(address, ...later),
      clock: this.clock,
      log,
      random: seededBytes(rig.seed()),
    };
    this.#transport = new TransportLayer(parts);
    const transactions = new TransactionLayer({ ...parts, transport: this.#transport });
    const locator = new Locator({
      resolver: {
        addresses: async (host) => {
          const found = rig.hosts.get(host);
          if (found === undefined) throw new Error(`${host} does not exist`);
          return found;
        },
      },
    });
    this.userAgent = new UserAgent(
      { ...parts, transport: this.#transport, transactions, locator, errors },
      { userAgent: "Offhook test" },
    );
    this.config = new Configuration({ model: modelById(model), onError: errors });
    this.config.set(
      "mac",
      Object.entries(settings).map(([name, value]) => ({ name, value: String(value) })),
    );
    const callLog = new CallLog({ load: () => undefined, save: () => {} }, log);
    this.phone = new Phone({
      clock: this.clock,
      log,
      media: this.media,
      settings: this.config,
      callLog,
      userAgent: this.userAgent,
      locator,
      address,
      name: "offhook",
      count: modelById(model).accounts,
      conferenceParties: modelById(model).conferenceParties,
      further: this.#further,
      recordings,
      keep: (name, value) => {
        this.kept.push([name, value]);
        this.config.set("local", [{ name, value }]);
      },
      errors,
    });
    this.config.onChange.on((names) => void this.phone.configured(names).catch(errors));
  }

  async open(): Promise<void> {
    for (const address of this.#further) await this.#transport.listen({ transport: "udp", address, port: 5060 });
    await this.#transport.listen({ transport: "udp", address: this.address, port: 5060 });
    await this.#transport.listen({ transport: "tcp", address: this.address, port: 5060 });
    this.phone.open();
  }

  /** The machine gets another address in place of its own, as the program follows it. */
  async move(to: string): Promise<void> {
    const from = this.address;
    await this.#transport.move(from, to);
    this.address = to;
    this.phone.moved(from, to);
  }

  /** As the program does it at its end. */
  async close(): Promise<void> {
    await this.phone.close();
    await this.userAgent.close();
    await this.#transport.close();
  }

  /** Reads a changed file, as provisioning would. */
  provision(settings: Readonly<Record<string, string | number>>): void {
    const entries = Object.entries(settings).map(([name, value]) => ({ name, value: String(value) }));
    this.config.set("mac", entries);
  }

  press(digits: string): void {
    for (const digit of digits) {
      this.phone.digit(digit as Digit, true);
      this.phone.digit(digit as Digit, false);
    }
  }

  /** Calls as a person sees them, the current one starred: "*out talking", "in incoming", "*out ended failed Busy". */
  get calls(): string[] {
    return this.phone.view.calls.map((c) => `${c.current ? "*" : ""}${c.direction} ${phase(c.phase)}`);
  }

  /** What the ear hears of our own tones. */
  get ear(): string {
    const tone = this.media.tones.get("ear");
    if (tone === undefined) return "none";
    return Object.entries(standardTones).find(([, known]) => known === tone)?.[0] ?? "key";
  }

  get rings(): boolean {
    return this.media.tones.get("ringer") === ringMelodies["Bell"];
  }

  /** The call log, newest first: "placed 102 0". */
  get history(): string[] {
    return this.phone.history.map((e) => `${e.kind} ${e.remote.number} ${Math.round(e.talkedMs / 1000)}`);
  }

  get account(): string {
    const [account] = this.phone.view.accounts;
    if (account === undefined) return "none";
    return account.state.name === "failed" ? `failed: ${account.state.why}` : account.state.name;
  }

  /** Direction and destination of the one stream that is open. */
  get stream(): string {
    const streams = [...this.media.streams.values()];
    if (streams.length !== 1) return `${streams.length} streams`;
    const settings = streams[0]?.settings;
    return settings === undefined ? "not configured" : `${settings.direction} ${settings.remote.address}`;
  }

  #keepLog(): Log {
    const line = (level: string) => (_facts: object, message: string) => void this.log.push(`${level}: ${message}`);
    const log: Log = {
      debug: () => {},
      info: line("info"),
      warn: line("warn"),
      error: line("error"),
      child: () => log,
    };
    return log;
  }
}

function phase(phase: CallPhase): string {
  switch (phase.name) {
    case "talking":
      return phase.hold === "none" ? "talking" : `talking held ${phase.hold}`;
    case "ringback":
      return phase.early ? "ringback early" : "ringback";
    case "ended":
      return `ended ${phase.by} ${phase.why}`;
    case "incoming":
    case "connecting":
      return phase.name;
    default:
      return phase satisfies never;
  }
}

/** Who may be called, and by whom, without a server. */
export const open = { "features.direct_ip_call_enable": 1, "account.1.sip_trust_ctrl": 0 } as const;

export const serverAddress = "10.0.0.9";

/** Account 1 at the rig's server. */
export function account(user: string, more: Readonly<Record<string, string | number>> = {}) {
  return {
    "account.1.enable": 1,
    "account.1.user_name": user,
    "account.1.display_name": `User ${user}`,
    "account.1.password": "secret",
    "account.1.sip_server.1.address": serverAddress,
    "account.1.sip_server.1.expires": 3600,
    "account.1.sip_trust_ctrl": 0,
    ...more,
  };
}

/** A server: it registers everybody, and answers calls as it is told, by the number. */
export interface Server {
  readonly registers: { readonly user: string; readonly expires: number }[];
  readonly numbers: Map<string, (session: Session) => void>;
  /** undefined: it grants what is asked for. */
  refuse: number | undefined;
  /** Calls somebody. */
  call(to: string): Session;
  /** Somebody wants to be told of something. */
  onSubscribe(listener: (subscription: NotifierSubscription) => void): void;
}

export class PhoneRig extends Rig {
  #seed = 1000;

  seed(): number {
    return this.#seed++;
  }

  async desk(
    address: string,
    settings: Readonly<Record<string, string | number>> = open,
    model = "t46g",
    later: readonly string[] = [],
    recordings?: Recordings,
  ): Promise<Desk> {
    const desk = new Desk(this, address, settings, model, later, recordings);
    await desk.open();
    await this.run(200);
    return desk;
  }

  /** Two phones that call each other by address. */
  async pair(settings: Readonly<Record<string, string | number>> = open): Promise<{ alice: Desk; bob: Desk }> {
    return { alice: await this.desk("10.0.0.1", settings), bob: await this.desk("10.0.0.2", settings) };
  }

  async server(): Promise<Server> {
    const host = await this.phone(serverAddress, "pbx", { allow: ["REGISTER"] });
    const server: Server = {
      registers: [],
      numbers: new Map(),
      refuse: undefined,
      onSubscribe: (listener) => void host.userAgent.onSubscribe.on(listener),
      call: (to) => host.userAgent.invite({ identity: host.identity, to, media: peerMedia(serverAddress) }),
    };
    host.act = (session) => {
      const act = server.numbers.get(session.request.requestUri?.user ?? "");
      if (act === undefined) session.reject(404);
      else act(session);
    };
    host.userAgent.onRequest.on((incoming) => {
      const { request } = incoming;
      if (request.method !== "REGISTER") return;
      const contact = request.contacts[0];
      const expires = request.expires ?? Number(contact?.params.get("expires") ?? 3600);
      server.registers.push({ user: request.to.parsedUri?.user ?? "", expires });
      if (server.refuse !== undefined) incoming.respond(server.refuse);
      else
        incoming.respond(200, "OK", (response) => {
          if (expires > 0 && contact !== undefined)
            response.addHeader("Contact", `<${contact.uri}>;expires=${expires}`);
        });
    });
    return server;
  }
}

/** Answers with our own description. */
export const answers = (session: Session) => session.answer(peerMedia(serverAddress));
