/** The scenes of the golden pictures: what the phone does and what the person opened. */
import type { Key } from "../../../hal/keypad.ts";
import type { HistoryEntry, PhoneView } from "../../../src/phone/state.ts";
import { account, call } from "../../fake/phone-control.ts";
import { sunday } from "./kit.ts";

export interface Scene {
  readonly name: string;
  readonly view: Partial<PhoneView>;
  readonly keys?: readonly Key[];
  readonly history?: readonly HistoryEntry[];
  /** Time that passes before the picture is taken, ms. */
  readonly afterMs?: number;
}

const accounts = [
  account(1, "Alice 101"),
  account(2, "Reception"),
  account(3, "Sales", { name: "registering" }),
  account(4, "Warehouse North", { name: "failed", why: "403 Forbidden by pbx.example" }),
];
const two = accounts.slice(0, 2);

const remote = { name: "Bob Baker", number: "102" };
const long = {
  name: "Bartholomew Featherstonehaugh-Cholmondeley",
  number: "sip:bartholomew.featherstonehaugh@pbx.example.com",
};

function placed(minutesAgo: number, kind: HistoryEntry["kind"], name: string, number: string): HistoryEntry {
  const talkedMs = kind === "missed" ? 0 : 95_000;
  return {
    kind,
    account: 1,
    remote: { name, number },
    target: number,
    atEpochMs: sunday - minutesAgo * 60_000,
    talkedMs,
  };
}

const history: HistoryEntry[] = [
  placed(5, "placed", "Bob Baker", "102"),
  placed(44, "missed", "", "+44 20 7946 0958"),
  placed(130, "received", "Zo\u00eb M\u00fcller", "205"),
  placed(1300, "rejected", "Call centre", "0900123456"),
  placed(1500, "placed", "\u0412\u0430\u0441\u0438\u043b\u0438\u0439", "311"),
  placed(1600, "missed", "\u5f35\u5049", "888"),
  placed(3000, "placed", "Echo test", "600"),
  placed(9000, "received", long.name, long.number),
];

export const scenes: readonly Scene[] = [
  { name: "idle", view: { accounts: two } },
  {
    name: "idle-busy",
    view: {
      accounts,
      missedCalls: 2,
      dnd: true,
      headsetPlugged: true,
      notices: ["Microphone hw:0,0 is absent"],
    },
  },
  {
    name: "idle-no-network",
    view: { accounts: [account(1, "Alice 101", { name: "failed", why: "no answer" })], networkUp: false },
  },
  { name: "idle-no-account", view: { accounts: [] } },
  { name: "predial", view: { accounts: two, dial: { digits: "0207946", account: 1, path: "none", purpose: "call" } } },
  {
    name: "dialing",
    view: {
      accounts: two,
      path: "handset",
      handsetLifted: true,
      dial: { digits: "", account: 1, path: "handset", purpose: "call" },
    },
  },
  {
    name: "dialing-long",
    view: {
      accounts: two,
      path: "speaker",
      dial: { digits: "sip:service.desk@support.example.com", account: 2, path: "speaker", purpose: "call" },
    },
  },
  {
    name: "dialing-second",
    view: {
      accounts: two,
      path: "handset",
      calls: [call(1, { name: "talking", hold: "local", sinceMs: -65_000 }, { remote })],
      dial: { digits: "600", account: 1, path: "handset", purpose: "call" },
    },
  },
  {
    name: "connecting",
    view: {
      accounts: two,
      path: "speaker",
      calls: [call(1, { name: "connecting", sinceMs: 0 }, { remote: { name: "", number: "600" } })],
    },
  },
  {
    name: "ringback",
    view: {
      accounts: two,
      path: "handset",
      calls: [call(1, { name: "ringback", early: false, sinceMs: 0 }, { remote })],
    },
  },
  { name: "incoming", view: { accounts: two, calls: [call(1, { name: "incoming", sinceMs: 0 }, { remote })] } },
  {
    name: "incoming-long",
    view: { accounts, calls: [call(1, { name: "incoming", sinceMs: 0 }, { remote: long, account: 2 })] },
  },
  {
    name: "incoming-chinese",
    view: {
      accounts: two,
      calls: [
        call(
          1,
          { name: "incoming", sinceMs: 0 },
          { remote: { name: "\u738b\u5c0f\u660e \u5317\u4eac", number: "8601" } },
        ),
      ],
    },
  },
  {
    name: "talking",
    view: {
      accounts: two,
      path: "handset",
      calls: [call(1, { name: "talking", hold: "none", sinceMs: -83_000 }, { remote, codec: "G722" })],
    },
  },
  {
    name: "talking-news",
    view: {
      path: "handset",
      handsetLifted: true,
      mute: true,
      news: { text: "Sound lost, trying again", untilMs: 60_000 },
      calls: [call(1, { name: "talking", hold: "none", sinceMs: -83_000 }, { remote, codec: "G722" })],
    },
  },
  {
    name: "talking-news-long",
    view: {
      path: "speaker",
      news: { text: "Office: sip1.example.com does not answer, using sip2.example.com", untilMs: 60_000 },
      calls: [
        call(1, { name: "talking", hold: "local", sinceMs: -180_000 }, { remote, current: false }),
        call(2, { name: "talking", hold: "none", sinceMs: -9_000 }, { remote }),
      ],
    },
  },
  {
    name: "talking-group",
    view: {
      accounts: two,
      handsetLifted: true,
      path: "handset",
      second: "speaker",
      volume: 11,
      volumeOf: "group",
      volumeShownUntilMs: 60_000,
      calls: [call(1, { name: "talking", hold: "none", sinceMs: -9_000 }, { remote })],
    },
  },
  {
    name: "talking-muted",
    view: {
      accounts: two,
      path: "speaker",
      mute: true,
      volume: 11,
      volumeOf: "speaker",
      volumeShownUntilMs: 60_000,
      calls: [
        call(
          1,
          { name: "talking", hold: "none", sinceMs: -3_723_000 },
          {
            remote: {
              name: "\u0414\u043c\u0438\u0442\u0440\u0438\u0439 \u0418\u0432\u0430\u043d\u043e\u0432",
              number: "+7 495 1234567",
            },
          },
        ),
      ],
    },
  },
  {
    name: "talking-held",
    view: {
      accounts: two,
      path: "headset",
      calls: [call(1, { name: "talking", hold: "local", sinceMs: -83_000 }, { remote })],
    },
  },
  {
    name: "talking-held-remote",
    view: {
      accounts: two,
      path: "handset",
      calls: [call(1, { name: "talking", hold: "remote", sinceMs: -83_000 }, { remote })],
    },
  },
  { name: "idle-mail", view: { accounts: two, voiceMail: { waiting: 3, number: "*97", account: 1 } } },
  {
    name: "transfer",
    view: {
      accounts: two,
      path: "handset",
      calls: [call(1, { name: "talking", hold: "local", sinceMs: -65_000 }, { remote })],
      dial: { digits: "205", account: 1, path: "handset", purpose: "transfer" },
    },
  },
  {
    name: "transferring",
    view: {
      accounts: two,
      path: "handset",
      forward: { always: "600", busy: "", noAnswer: "" },
      calls: [
        call(
          1,
          { name: "talking", hold: "local", sinceMs: -65_000 },
          { remote, transfer: { name: "transferring", to: "205" } },
        ),
      ],
    },
  },
  {
    name: "conference",
    view: {
      accounts: two,
      path: "speaker",
      calls: [
        call(1, { name: "talking", hold: "none", sinceMs: -65_000 }, { remote, current: false, conference: true }),
        call(
          2,
          { name: "talking", hold: "none", sinceMs: -9_000 },
          { remote: { name: "Zo\u00eb M\u00fcller", number: "205" }, conference: true },
        ),
      ],
    },
  },
  {
    name: "conference-people",
    keys: ["soft3", "down"],
    view: {
      conferenceRoom: true,
      accounts: two,
      path: "speaker",
      calls: [
        call(
          1,
          { name: "talking", hold: "none", sinceMs: -65_000 },
          { remote, current: false, conference: true, levelDb: 6 },
        ),
        call(
          2,
          { name: "talking", hold: "none", sinceMs: -9_000 },
          { remote: { name: "Zo\u00eb M\u00fcller", number: "205" }, conference: true, peerMuted: true },
        ),
        call(
          3,
          { name: "talking", hold: "remote", sinceMs: -4_000 },
          { remote: { name: "", number: "206" }, current: false, conference: true },
        ),
      ],
    },
  },
  {
    name: "conference-server",
    view: {
      accounts: two,
      path: "speaker",
      calls: [
        call(
          1,
          { name: "talking", hold: "none", sinceMs: -65_000 },
          { remote: { name: "Weekly (3)", number: "conf" }, people: [remote, { name: "", number: "205" }] },
        ),
      ],
    },
  },
  {
    name: "conference-server-people",
    keys: ["soft1"],
    view: {
      accounts: two,
      path: "speaker",
      calls: [
        call(
          1,
          { name: "talking", hold: "none", sinceMs: -65_000 },
          { remote: { name: "Weekly (3)", number: "conf" }, people: [remote, { name: "", number: "205" }] },
        ),
      ],
    },
  },
  {
    name: "talking-two",
    view: {
      accounts: two,
      path: "handset",
      calls: [
        call(1, { name: "talking", hold: "local", sinceMs: -180_000 }, { remote, current: false }),
        call(
          2,
          { name: "talking", hold: "none", sinceMs: -9_000 },
          { remote: { name: "Zo\u00eb M\u00fcller", number: "205" }, account: 2 },
        ),
      ],
    },
  },
  {
    name: "talking-incoming",
    view: {
      accounts: two,
      path: "handset",
      calls: [
        call(1, { name: "talking", hold: "none", sinceMs: -83_000 }, { remote, current: false }),
        call(
          2,
          { name: "incoming", sinceMs: 0 },
          { remote: { name: "Zo\u00eb M\u00fcller", number: "205" }, account: 2 },
        ),
      ],
    },
  },
  {
    name: "ended",
    view: {
      accounts: two,
      path: "handset",
      calls: [call(1, { name: "ended", by: "remote", why: "", sinceMs: 0, talkedMs: 83_000 }, { remote })],
    },
  },
  {
    name: "ended-busy",
    view: {
      accounts: two,
      path: "speaker",
      calls: [
        call(
          1,
          { name: "ended", by: "failed", why: "Busy", sinceMs: 0, talkedMs: 0 },
          { remote: { name: "", number: "603" } },
        ),
      ],
    },
  },
  { name: "history", view: { accounts: two }, history, keys: ["soft1", "down", "down"] },
  { name: "history-details", view: { accounts: two }, history, keys: ["soft1", "down", "down", "soft2"] },
  { name: "history-empty", view: { accounts: two }, keys: ["soft1"] },
  { name: "menu", view: { accounts: two }, keys: ["soft4", "down"] },
  { name: "menu-features", view: { accounts: two, dnd: true }, keys: ["soft4", "3"] },
  { name: "status", view: { accounts }, keys: ["ok"] },
  { name: "message", view: { accounts: two }, keys: ["message"] },
];
