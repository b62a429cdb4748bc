/** The codecs of an account in both spellings (feature row AUD-01). */
import { describe, expect, test } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { codecsOf } from "../../../src/config/codec-list.ts";
import { Configuration } from "../../../src/config/configuration.ts";

function codecs(mac: string, common = ""): string[] {
  const config = new Configuration({ model: modelById("t46g"), onError: () => undefined });
  config.load("common", "common.cfg", common);
  config.load("mac", "mac.cfg", mac);
  return codecsOf(config, 1).map(({ name, payloadType }) => `${name}/${payloadType}`);
}

describe("codecs of an account", () => {
  test("AUD-01: without settings they are the guide's, in its order", () => {
    expect(codecs("")).toEqual(["pcmu/0", "pcma/8", "g729/18", "g722/9"]);
  });

  test("AUD-01: the named spelling switches, orders and numbers them", () => {
    expect(
      codecs(`account.1.codec.g722.priority = 0
account.1.codec.g729.enable = 0
account.1.codec.ilbc.enable = 1
account.1.codec.ilbc.priority = 9
account.1.codec.ilbc.rtpmap = 97`),
    ).toEqual(["g722/9", "pcmu/0", "pcma/8", "ilbc/97"]);
  });

  test("AUD-01: the numbered spelling does the same by payload_type", () => {
    expect(
      codecs(`account.1.codec.1.enable = 1
account.1.codec.1.payload_type = PCMA
account.1.codec.1.priority = 1
account.1.codec.2.enable = 0
account.1.codec.2.payload_type = PCMU
account.1.codec.3.enable = 1
account.1.codec.3.payload_type = G726-32
account.1.codec.3.priority = 3
account.1.codec.3.rtpmap = 112
account.1.codec.5.enable = 0
account.1.codec.5.payload_type = G729`),
    ).toEqual(["pcma/8", "g726_32/112", "g722/9"]);
  });

  test("AUD-01: a numbered entry without payload_type means the codec that has its place in the guide", () => {
    expect(codecs("account.1.codec.6.enable = 0\naccount.1.codec.5.enable = 0")).toEqual(["pcmu/0", "pcma/8"]);
  });

  test("AUD-01: where both spellings speak, the stronger layer wins, and the named one in the same layer", () => {
    const numbered = "account.1.codec.2.payload_type = PCMA\naccount.1.codec.2.enable = 0";
    const named = "account.1.codec.pcma.enable = 1";
    expect(codecs(numbered, named)).not.toContain("pcma/8");
    expect(codecs(named, numbered)).toContain("pcma/8");
    expect(codecs(`${named}\n${numbered}`)).toContain("pcma/8");
  });

  test("AUD-01: an unknown codec changes nothing, accounts are apart", () => {
    expect(
      codecs("account.1.codec.1.payload_type = SPEEX\naccount.1.codec.1.enable = 0\naccount.2.codec.pcmu.enable = 0"),
    ).toHaveLength(4);
  });

  test("AUD-01: %NULL% in the numbered spelling goes back to the built-in default", () => {
    expect(codecs("account.1.codec.2.enable = %NULL%", "account.1.codec.pcma.enable = 0")).toContain("pcma/8");
  });

  test("AUD-01: typed values and change events speak of the named spelling, whichever the file has", () => {
    const config = new Configuration({ model: modelById("t46g"), onError: () => undefined });
    const heard: string[] = [];
    config.onChange.on((names) => heard.push(...names));
    config.load(
      "mac",
      "mac.cfg",
      "#!version:1.0.0.1\naccount.2.codec.1.payload_type = PCMU\naccount.2.codec.1.priority = 7\n",
    );
    expect(config.number("account.2.codec.pcmu.priority")).toBe(7);
    expect(config.origin("account.2.codec.pcmu.priority")).toEqual({ layer: "mac", file: "mac.cfg", line: 3 });
    expect(heard).toContain("account.2.codec.pcmu.priority");
    config.set("mac", [{ name: "account.2.codec.1.payload_type", value: "PCMA" }]);
    expect([config.number("account.2.codec.pcmu.priority"), config.number("account.2.codec.pcma.priority")]).toEqual([
      1, 7,
    ]);
    config.clear("mac");
    expect(config.number("account.2.codec.pcma.priority")).toBe(2);
    expect(config.serialize("mac")).toBe("#!version:1.0.0.1\n");
  });

  test("AUD-01: of two numbered entries for one codec the later counts", () => {
    expect(
      codecs(
        "account.1.codec.1.payload_type = G722\naccount.1.codec.1.enable = 0\naccount.1.codec.9.payload_type = g722\naccount.1.codec.9.enable = 1\naccount.1.codec.9.priority = 0",
      ),
    ).toEqual(["g722/9", "pcmu/0", "pcma/8", "g729/18"]);
  });

  test("AUD-01: codecs that nobody knows, of accounts that do not exist, are kept and listed", () => {
    const config = new Configuration({ model: modelById("t46g"), onError: () => undefined });
    config.load("common", "common.cfg", "account.99.codec.foo.enable = 1\naccount.1.codec.foo.enable = 1\n");
    expect(config.effective().map(({ name, layer }) => [name, layer])).toEqual([
      ["account.1.codec.foo.enable", "common"],
      ["account.99.codec.foo.enable", "common"],
    ]);
  });

  test("AUD-01: all can be switched off", () => {
    expect(
      codecs(["pcmu", "pcma", "g729", "g722"].map((name) => `account.1.codec.${name}.enable = 0`).join("\n")),
    ).toEqual([]);
  });
});
