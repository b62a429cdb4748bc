/** Layers, types, reports and change events of the configuration. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { Configuration, layers } from "../../../src/config/configuration.ts";
import type { Entry } from "../../../src/config/file.ts";
import { describeProblem } from "../../../src/config/problem.ts";

function configurationOf(model = "t46g", texts: Partial<Record<(typeof layers)[number], string>> = {}): Configuration {
  const config = new Configuration({
    model: modelById(model),
    onError: (error) => {
      throw error;
    },
  });
  for (const layer of layers)
    if (texts[layer] !== undefined) config.load(layer, `${layer}.cfg`, `#!version:1.0.0.1\n${texts[layer]}`);
  return config;
}

const reports = (config: Configuration) => config.problems.map(describeProblem);

describe("layers", () => {
  test("XCT-01: the built-in default yields to the common file, that to the MAC file, that to what people changed", () => {
    const config = configurationOf();
    const name = "account.1.label";
    expect([config.text(name), config.origin(name), config.isSet(name)]).toEqual([
      "",
      { layer: "default", file: "", line: 0 },
      false,
    ]);
    for (const layer of layers) {
      config.set(layer, [{ name, value: layer }]);
      expect(config.text(name)).toBe(layer);
      expect(config.origin(name).layer).toBe(layer);
    }
    config.set("common", [{ name, value: "changed below" }]);
    expect(config.text(name)).toBe("local");
  });

  test("XCT-01: of two files of one layer the later wins, and what it does not say stays", () => {
    const config = configurationOf();
    config.load("mac", "one.cfg", "#!version:1.0.0.1\naccount.1.label = one\naccount.1.user_name = 100\n");
    config.load("mac", "two.cfg", "#!version:1.0.0.1\naccount.1.label = two\n");
    expect([config.text("account.1.label"), config.text("account.1.user_name")]).toEqual(["two", "100"]);
    expect(config.origin("account.1.label")).toEqual({ layer: "mac", file: "two.cfg", line: 2 });
  });

  test("XCT-08: blank leaves a value as it is, %NULL% goes back to the built-in default, absence keeps", () => {
    const config = configurationOf("t46g", { common: "voice.ring_vol = 3\nvoice.vad = 1\naccount.1.label = Desk\n" });
    config.load("mac", "mac.cfg", "#!version:1.0.0.1\nvoice.ring_vol = %NULL%\nvoice.vad =\n");
    expect(config.number("voice.ring_vol")).toBe(8);
    expect(config.origin("voice.ring_vol").layer).toBe("default");
    expect(config.flag("voice.vad")).toBe(true);
    expect(config.text("account.1.label")).toBe("Desk");
    expect(config.problems.filter((problem) => problem.level !== "note")).toEqual([]);
  });

  test("XCT-08: clearing a layer shows the ones below again", () => {
    const config = configurationOf("t46g", {
      common: "voice.ring_vol = 3\n",
      local: "voice.ring_vol = 5\naccount.1.label = x\n",
    });
    config.clear("local", ["static.voice.ring_vol"]);
    expect([config.number("voice.ring_vol"), config.text("account.1.label")]).toEqual([3, "x"]);
    config.clear("local");
    expect(config.text("account.1.label")).toBe("");
    expect(config.entries("local")).toEqual([]);
  });

  test("PRV-08: all spellings of a parameter are one value", () => {
    const config = configurationOf("t46g", {
      mac: "static.network.qos.rtptos = 40\naccount.2.sip_server_host = pbx.example\n",
    });
    for (const name of ["network.qos.audiotos", "static.network.qos.audiotos", "network.qos.rtptos"])
      expect(config.number(name)).toBe(40);
    expect(config.text("account.2.sip_server.1.address")).toBe("pbx.example");
    expect(config.canonicalName("static.network.qos.rtptos")).toBe("network.qos.audiotos");
  });

  test("everything that is set can be listed with where it comes from, in the order of names", () => {
    const config = configurationOf("t46g", {
      common: "account.10.label = b\naccount.2.label = a\n",
      mac: "new.thing = 1\n",
    });
    expect(config.effective()).toEqual([
      { name: "account.2.label", value: "a", layer: "common", file: "common.cfg", line: 3 },
      { name: "account.10.label", value: "b", layer: "common", file: "common.cfg", line: 2 },
      { name: "new.thing", value: "1", layer: "mac", file: "mac.cfg", line: 2 },
    ]);
  });
});

describe("reports", () => {
  test("XCT-04: a value out of range is moved to the nearest, and the report names file, line, name, value and the range", () => {
    const config = configurationOf("t46g", { mac: "sip.listen_port = 99999\nsip.timer_t1 = 0.1\n" });
    expect(config.number("sip.listen_port")).toBe(65535);
    expect(config.number("sip.timer_t1")).toBe(0.5);
    expect(reports(config)).toEqual([
      "mac.cfg:2: sip.listen_port = 99999: is outside 1024 to 65535; 65535 is used",
      "mac.cfg:3: sip.timer_t1 = 0.1: is outside 0.5 to 10; 0.5 is used",
    ]);
  });

  test("a value of the wrong sort is reported, and the value before it stays", () => {
    const config = configurationOf("t46g", {
      mac: "account.1.enable = 1\naccount.1.enable = maybe\nvoice.ring_vol = loud\n",
    });
    expect([config.flag("account.1.enable"), config.number("voice.ring_vol")]).toEqual([true, 8]);
    expect(reports(config)).toEqual([
      "mac.cfg:3: account.1.enable = maybe: wants 0 (off) or 1 (on); ignored",
      "mac.cfg:4: voice.ring_vol = loud: wants a number, 0 to 15; ignored",
    ]);
  });

  test("of two lines for one parameter the later counts, and that is noted, whatever the spelling", () => {
    const config = configurationOf("t46g", {
      mac: "account.1.label = a\nfeatures.pound_key.mode = 1\naccount.1.label = b\nstatic.features.key_as_send = 2\n",
    });
    expect([config.text("account.1.label"), config.number("features.key_as_send")]).toEqual(["b", 2]);
    expect(reports(config)).toEqual([
      "mac.cfg:4: account.1.label = b: line 2 set it already; this later line counts",
      "mac.cfg:5: static.features.key_as_send = 2: line 3 set it already as features.pound_key.mode; this later line counts",
    ]);
  });

  test("PRV-01: unknown names are kept and reported once each", () => {
    const config = configurationOf("t46g", { mac: "later.thing = 1\nstatic.later.thing = 2\nother.thing = x\n" });
    expect(config.entries("mac").map(({ name, value }) => [name, value])).toEqual([
      ["later.thing", "2"],
      ["other.thing", "x"],
    ]);
    expect(reports(config).filter((report) => report.includes("no such parameter"))).toHaveLength(2);
  });

  test("PRV-01: the report of an unknown name says which known one is near", () => {
    const config = configurationOf("t46g", {
      mac: "account.3.usr_name = 1\nstatic.network.port.min_rtport = 1\nvoice.jib.adpative = 1\nacount.1.sip_server_hots = x\nquite.another.thing = 1\n",
    });
    expect(config.problems.map(({ why }) => /\(is (.*) meant\?\)/.exec(why)?.[1])).toEqual([
      "account.3.user_name",
      "network.port.min_rtpport",
      "voice.jib.adaptive",
      "account.1.sip_server_host",
      undefined,
    ]);
  });

  test("PRV-01: a full-size file of rubbish does not hold up the start", () => {
    const config = configurationOf();
    const lines = Array.from({ length: 40_000 }, (_, n) => `rubbish.of.${n}=1`);
    const started = performance.now();
    config.load("mac", "rubbish.cfg", lines.join("\n"));
    expect(performance.now() - started).toBeLessThan(3000);
    expect(config.problems).toHaveLength(5000);
  });

  test("PRV-01: a parameter that nothing applies is kept and noted once, with the reason where there is one", () => {
    const config = configurationOf("t46g", {
      mac: "bw.enable = 1\nnetwork.pc_port.enable = 0\naccount.1.label = x\nbw.enable = 1\n",
    });
    expect(config.text("bw.enable")).toBe("1");
    expect(config.problems.map(({ level, line, why }) => [level, line, why])).toEqual([
      ["note", 2, "kept; nothing in this version applies it yet"],
      ["note", 3, "kept, without effect: the board has one network port"],
      ["note", 5, "line 2 set it already; this later line counts"],
    ]);
  });

  test("XCT-04: accounts above the model's count are ignored, and said once for each", () => {
    const config = configurationOf("t21p_e2", {
      common: "account.2.label = ok\naccount.3.label = x\naccount.3.enable = 1\naccount.4.enable = 1\n",
    });
    expect(config.text("account.2.label")).toBe("ok");
    expect(reports(config)).toEqual([
      "common.cfg:3: account.3.label = x: account.3 does not exist on a SIP-T21P_E2, which has 2 accounts; ignored, as all other lines for it",
      "common.cfg:5: account.4.enable = 1: account.4 does not exist on a SIP-T21P_E2, which has 2 accounts; ignored, as all other lines for it",
    ]);
    expect(config.entries("common")).toHaveLength(1);
  });

  test("SEC-17: no report shows a password, of known parameters or unknown ones", () => {
    const long = "geheim".repeat(40);
    const config = configurationOf("t46g", {
      mac: `account.1.password = ${long}\nxyz.password = geheim\nxyz.pin = geheim\n`,
    });
    expect(config.text("account.1.password")).toBe("");
    expect(config.problems).toHaveLength(3);
    expect(reports(config).join()).not.toContain("geheim");
  });

  test("a file that is read again is reported anew, not twice", () => {
    const config = configurationOf("t46g", { mac: "voice.ring_vol = 99\n" });
    config.load("mac", "mac.cfg", "#!version:1.0.0.1\nvoice.ring_vol = 98\n");
    expect(reports(config)).toEqual(["mac.cfg:2: voice.ring_vol = 98: is outside 0 to 15; 15 is used"]);
  });

  test("what a form or a menu sets is returned as reports, without line", () => {
    const config = configurationOf();
    const problems = config.set("local", [{ name: "voice.ring_vol", value: "16", file: "web" }]);
    expect(problems.map(describeProblem)).toEqual(["web: voice.ring_vol = 16: is outside 0 to 15; 15 is used"]);
    expect(config.set("local", [{ name: "no name", value: "1" }])).toMatchObject([{ level: "error", name: "no name" }]);
    expect(config.set("local", [{ name: "x.y", value: "a\nvoice.vad = 1" }])).toMatchObject([{ level: "error" }]);
    expect(config.serialize("local")).toBe("#!version:1.0.0.1\nvoice.ring_vol = 15\n");
  });

  test("a person who is wrong all day does not fill the memory", () => {
    const config = configurationOf();
    for (let i = 0; i < 6000; i += 1) config.set("local", [{ name: "voice.vad", value: "x", file: "web" }]);
    expect(config.problems).toHaveLength(5000);
  });
});

describe("typed values", () => {
  test("lists are split and trimmed", () => {
    const config = configurationOf("t46g", { mac: "phone_setting.emergency.number = 112, 911 ,,110\n" });
    expect(config.list("phone_setting.emergency.number")).toEqual(["112", "911", "110"]);
  });

  test("numbers that may be blank are undefined then", () => {
    const config = configurationOf();
    expect(config.optionalNumber("local_time.offset_time")).toBeUndefined();
    config.set("mac", [{ name: "local_time.offset_time", value: "-60" }]);
    expect(config.optionalNumber("local_time.offset_time")).toBe(-60);
  });

  test.each<[string, (config: Configuration) => unknown]>([
    ["an unknown name", (config) => config.text("no.such")],
    ["a name without its index", (config) => config.text("account.X.label")],
    ["an index beyond the model", (config) => config.text("account.17.label")],
    ["a flag that is none", (config) => config.flag("voice.ring_vol")],
    ["a number that is none", (config) => config.number("local_time.ntp_server1")],
    ["a number that is blank", (config) => config.number("local_time.offset_time")],
    ["a list that is none", (config) => config.list("account.1.label")],
  ])("asking for %s is a bug", (_, ask) => {
    expect(() => ask(configurationOf())).toThrow(TypeError);
  });
});

describe("changes", () => {
  function listen(config: Configuration): string[][] {
    const heard: string[][] = [];
    config.onChange.on((names) => heard.push([...names].sort()));
    return heard;
  }

  test("one event names every parameter whose value in force changed, in the plain spelling with its indexes", () => {
    const config = configurationOf();
    const heard = listen(config);
    config.set("mac", [
      { name: "static.network.qos.rtptos", value: "1" },
      { name: "account.2.sip_server_host", value: "x.example" },
      { name: "unknown.thing", value: "1" },
    ]);
    expect(heard).toEqual([["account.2.sip_server.1.address", "network.qos.audiotos"]]);
  });

  test("what a stronger layer hides, what says the same, and what is refused changes nothing", () => {
    const config = configurationOf("t46g", { local: "voice.ring_vol = 5\n" });
    const heard = listen(config);
    config.set("common", [{ name: "voice.ring_vol", value: "3" }]);
    config.set("mac", [{ name: "voice.vad", value: "0" }]);
    config.set("mac", [{ name: "voice.cng", value: "maybe" }]);
    expect(heard).toEqual([]);
    config.clear("local");
    expect(heard).toEqual([["voice.ring_vol"]]);
  });

  test("listeners see the new values already", () => {
    const config = configurationOf();
    let seen = 0;
    config.onChange.on(() => {
      seen = config.number("voice.ring_vol");
    });
    config.set("mac", [{ name: "voice.ring_vol", value: "2" }]);
    expect(seen).toBe(2);
  });
});

describe("any input", () => {
  const knownNames = [
    "account.1.label",
    "static.account.1.enable",
    "voice.ring_vol",
    "linekey.3.type",
    "sip.timer_t1",
    "bw.enable",
  ];
  const entry: fc.Arbitrary<Entry> = fc.record({
    name: fc.oneof(fc.constantFrom(...knownNames), fc.stringMatching(/^[a-z]{1,3}\.[a-z0-9]{1,3}$/), fc.string()),
    value: fc.oneof(
      fc.constantFrom("", "%NULL%", "0", "1", "7", "-1", "99999", "1.5", "maybe"),
      fc.string({ unit: "grapheme" }),
    ),
  });

  test("PRV-01: a layer that is written and read back is the same layer, with the same values in force", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), (entries) => {
        const config = configurationOf();
        config.set("local", entries);
        const text = config.serialize("local");
        const again = configurationOf();
        const problems = again.load("local", "x.cfg", text);
        expect(problems.filter((problem) => problem.level !== "note")).toEqual([]);
        expect(again.serialize("local")).toBe(text);
        const values = (of: Configuration) => of.effective().map(({ name, value, layer }) => [name, value, layer]);
        expect(values(again)).toEqual(values(config));
      }),
      { numRuns: 300 },
    );
  });

  test("XCT-04: whatever is read, every number is in its range and every flag is a flag", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(entry, { maxLength: 20 }), (bytes, entries) => {
        const config = configurationOf();
        config.load("common", "random.cfg", bytes);
        config.set("mac", entries);
        const volume = config.number("voice.ring_vol");
        expect(volume).toBeGreaterThanOrEqual(0);
        expect(volume).toBeLessThanOrEqual(15);
        expect(config.number("sip.timer_t1")).toBeGreaterThanOrEqual(0.5);
        expect([true, false]).toContain(config.flag("account.1.enable"));
      }),
      { numRuns: 300 },
    );
  });
});
