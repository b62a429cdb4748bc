/** Codecs of an account as offered: order, payload types, parameters, and what cannot be had. */
import { describe, expect, it } from "vitest";
import { t46g } from "../../../board/models/t46g.ts";
import { codecs } from "../../../src/codec/index.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { accountCodecs } from "../../../src/phone/codecs.ts";

function settings(rows: Readonly<Record<string, string>>): Configuration {
  const config = new Configuration({
    model: t46g,
    onError: (error) => {
      throw error;
    },
  });
  config.set(
    "mac",
    Object.entries(rows).map(([name, value]) => ({ name, value })),
  );
  return config;
}

const off = Object.fromEntries(["pcmu", "pcma", "g729", "g722"].map((name) => [`account.1.codec.${name}.enable`, "0"]));

function offered(rows: Readonly<Record<string, string>>) {
  return accountCodecs(settings({ ...off, ...rows }), 1);
}

describe("codecs of an account", () => {
  it("AUD-01: enabled ones in their order, each with its payload type and parameters", () => {
    const { usable } = offered({
      "account.1.codec.pcma.enable": "1",
      "account.1.codec.pcma.priority": "2",
      "account.1.codec.opus.enable": "1",
      "account.1.codec.opus.priority": "1",
      "account.1.codec.opus.rtpmap": "98",
      "account.1.codec.opus.para": "maxaveragebitrate=20000;useinbandfec=1",
      "account.1.codec.l16.enable": "1",
      "account.1.codec.l16.priority": "3",
    });
    expect(usable).toEqual([
      { name: "opus", payloadType: 98, parameters: { maxaveragebitrate: "20000", useinbandfec: "1" } },
      { name: "pcma", payloadType: 8, parameters: {} },
      { name: "l16-16000", payloadType: 108, parameters: {} },
    ]);
  });

  it("AUD-01: in the numbered spelling Opus is chosen by its payload_type", () => {
    const { usable } = offered({
      "account.1.codec.1.enable": "1",
      "account.1.codec.1.payload_type": "opus",
      "account.1.codec.1.priority": "1",
      "account.1.codec.1.rtpmap": "120",
    });
    expect(usable.map(({ name, payloadType }) => [name, payloadType])).toEqual([["opus", 120]]);
  });

  it("AUD-01: a static type stays what it is, a dynamic codec keeps off the static ones", () => {
    const { usable } = offered({
      "account.1.codec.g722.enable": "1",
      "account.1.codec.g722.rtpmap": "99",
      "account.1.codec.opus.enable": "1",
      "account.1.codec.opus.rtpmap": "8",
    });
    expect(new Map(usable.map(({ name, payloadType }) => [name, payloadType]))).toEqual(
      new Map([
        ["opus", 96],
        ["g722", 9],
      ]),
    );
  });

  it("AUD-01: the two rates of iLBC are one codec in two modes, of which the preferred is offered", () => {
    const rows = { "account.1.codec.ilbc_15_2.enable": "1", "account.1.codec.ilbc_13_3.enable": "1" };
    const { usable } = offered({
      ...rows,
      "account.1.codec.ilbc_15_2.priority": "1",
      "account.1.codec.ilbc_13_3.priority": "2",
    });
    expect(usable).toEqual([{ name: "ilbc", payloadType: 106, parameters: { mode: "20" } }]);
  });

  it("AUD-02: G.726 is packed as AAL2 does where that is set", () => {
    const rows = { "account.1.codec.g726_32.enable": "1" };
    expect(offered(rows).usable[0]?.name).toBe("g726-32");
    expect(offered({ ...rows, "voice.g726.aal2.enable": "1" }).usable[0]?.name).toBe("aal2-g726-32");
  });

  it("AUD-01: what was asked for and cannot be had is named with the reason; what is on by default is not", () => {
    const { unusable } = offered({ "account.1.codec.g723_53.enable": "1" });
    expect(unusable).toEqual([{ name: "g723_53", why: "this phone does not have it" }]);
    expect(accountCodecs(settings({}), 1).unusable).toEqual([]);
  });

  it("AUD-01: an account that is left with no codec at all still calls in G.711", () => {
    expect(offered({ "account.1.codec.g723_53.enable": "1" }).usable.map((c) => c.name)).toEqual(["pcma", "pcmu"]);
  });

  it("AUD-01: every codec of the phone that is not missing can be made, both ways", () => {
    for (const codec of Object.values(codecs)) {
      if (codec.missing !== undefined) continue;
      const samples = codec.samplesPerMs * codec.packetMs(20);
      const room = new Uint8Array(Math.ceil(codec.bytesPerMs * 60));
      const size = codec.createEncoder().encode(new Int16Array(samples), room);
      const decoder = codec.createDecoder();
      expect(decoder.packetSamples(room, size), codec.name).toBe(samples);
      expect(decoder.decode(room, new Int16Array(1920), size), codec.name).toBe(samples);
    }
  });
});
