import { describe, expect, it } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import type { HttpClient } from "../../../src/base/http.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { filledIn, type Moment, type MomentFacts, momentNames, variablesOf } from "../../../src/phone/action-url.ts";
import { ActionUrls } from "../../../src/phone/action-urls.ts";
import { LoudLog } from "../sip/transaction-peers.ts";

const facts: MomentFacts = {
  mac: "00:15:65:AB:cd:01",
  ip: "192.0.2.7",
  model: "T46G",
  firmware: "0.1.0",
  aor: "sip:101@pbx.example.org:5070",
  displayName: "Anna & Co",
};
const incoming: Moment = {
  name: "incoming_call",
  account: 1,
  call: { direction: "in", remote: "sip:102@pbx.example.org", remoteName: "Bob Ü", remoteNumber: "102", callId: "a@b" },
};

describe("variables of action URLs", () => {
  it("API-07: every variable is replaced and percent-encoded", () => {
    const fill = (template: string, moment: Moment = incoming) => filledIn(template, variablesOf(moment, facts));
    expect(fill("http://h/?$mac&$ip&$model&$firmware")).toBe("http://h/?001565abcd01&192.0.2.7&T46G&0.1.0");
    expect(fill("$active_url|$active_user|$active_host")).toBe(
      "sip%3A101%40pbx.example.org%3A5070|101|pbx.example.org%3A5070",
    );
    expect(fill("$local|$remote")).toBe("sip%3A101%40pbx.example.org%3A5070|sip%3A102%40pbx.example.org");
    expect(fill("$display_local|$display_remote|$call_id")).toBe("Anna%20%26%20Co|Bob%20%C3%9C|a%40b");
    expect(fill("$callerID>$calledNumber")).toBe("102>101");
    expect(fill("$callerID>$calledNumber", { ...incoming, call: { ...call(), direction: "out" } })).toBe("101>102");
  });

  it("API-07: what is of no call is empty, and what is no variable stays", () => {
    const variables = variablesOf({ name: "registered", account: 1 }, facts);
    expect(filledIn("http://h/$remote/$call_id/$callerID?a=$nothing&b=$", variables)).toBe(
      "http://h///?a=$nothing&b=$",
    );
    expect(filledIn("$active_user", variablesOf({ name: "registered", account: 1 }, { ...facts, aor: "" }))).toBe("");
  });

  it("API-07: a name that is no whole text of Unicode still makes an address", () => {
    const moment = { ...incoming, call: { ...call(), remoteName: "x\ud83d" } };
    expect(filledIn("$display_remote", variablesOf(moment, facts))).toBe("x%EF%BF%BD");
  });

  it("API-06: every moment has its parameter", () => {
    const config = configuration({});
    for (const name of momentNames) expect(config.text(`action_url.${name}`)).toBe("");
  });
});

function call() {
  return { direction: "in", remote: "sip:102@h", remoteName: "Bob", remoteNumber: "102", callId: "c" } as const;
}

function configuration(settings: Record<string, string>) {
  const config = new Configuration({
    model: modelById("t46g"),
    onError: (error) => {
      throw error;
    },
  });
  config.set(
    "mac",
    Object.entries(settings).map(([name, value]) => ({ name, value })),
  );
  return config;
}

/** Requests wait until they are answered. */
class SlowServer implements HttpClient {
  readonly asked: string[] = [];
  readonly waiting: { answer: (status: number) => void; fail: (error: Error) => void }[] = [];

  get(address: string): Promise<number> {
    this.asked.push(address);
    return new Promise((answer, fail) => void this.waiting.push({ answer, fail }));
  }
}

function actions(settings: Record<string, string>) {
  const http = new SlowServer();
  const log = new LoudLog();
  const clock = new ManualClock();
  const urls = new ActionUrls({ http, clock, log, settings: configuration(settings), facts: () => facts });
  const settle = async () => {
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  return { http, log, clock, urls, settle };
}

describe("fetching them", () => {
  it("API-06: the address of the moment is fetched, others are not, and none where none is set", async () => {
    const { http, urls } = actions({ "action_url.incoming_call": "http://h/in?$callerID" });
    urls.tell(incoming);
    urls.tell({ ...incoming, name: "missed_call" });
    expect(http.asked).toEqual(["http://h/in?102"]);
  });

  it("API-06: four at a time; the rest waits for its turn, beyond 64 it is left out", async () => {
    const { http, urls, settle } = actions({ "action_url.mute": "http://h/" });
    for (let i = 0; i < 100; i++) urls.tell({ name: "mute", account: 1 });
    expect(http.asked).toHaveLength(4);
    http.waiting[0]?.answer(200);
    await settle();
    expect(http.asked).toHaveLength(5);
    for (let i = 1; i < http.waiting.length; i++) {
      http.waiting[i]?.answer(200);
      await settle();
    }
    expect(http.asked).toHaveLength(68);
  });

  it("API-06: what fails is logged with its name and reason, and the next is fetched", async () => {
    const { http, log, urls, settle } = actions({ "action_url.mute": "http://h/" });
    urls.tell({ name: "mute", account: 1 });
    urls.tell({ name: "mute", account: 1 });
    http.waiting[0]?.fail(new Error("cannot fetch http://h/: refused"));
    http.waiting[1]?.answer(500);
    await settle();
    expect(log.lines.filter((line) => line.includes("action_url.mute"))).toEqual([
      expect.stringContaining("cannot fetch http://h/: refused"),
      expect.stringContaining("the server answers 500"),
    ]);
    urls.tell({ name: "mute", account: 1 });
    expect(http.asked).toHaveLength(3);
  });

  it("API-06: the end of the program waits for the last words, but not for ever", async () => {
    const { http, clock, urls, settle } = actions({ "action_url.mute": "http://h/" });
    await urls.close(2000);
    urls.tell({ name: "mute", account: 1 });
    let closed = 0;
    void urls.close(2000).then(() => closed++);
    await settle();
    expect(closed).toBe(0);
    clock.advance(2000);
    await settle();
    expect(closed).toBe(1);
    void urls.close(2000).then(() => closed++);
    http.waiting[0]?.answer(200);
    await settle();
    await settle();
    expect(closed).toBe(2);
  });
});
