import { describe, expect, it } from "vitest";
import { asksForHelp, parseOptions, usage } from "../../../src/thread/options.ts";

describe("command line", () => {
  it("design: without options it is board sim with its panel on loopback", () => {
    expect(parseOptions([])).toEqual({
      board: "sim",
      model: undefined,
      data: "./data",
      recordings: "data/recordings",
      configs: [],
      bind: undefined,
      panel: { host: "127.0.0.1", port: 7080 },
      web: undefined,
      audio: {},
      mac: undefined,
    });
  });

  it("design: every option is taken as written", () => {
    const args = "--board desktop --model cp860 --data /d --config a --config b --bind 192.0.2.7 --panel [::1]:1";
    const more = "--web localhost:8080 --mic m.wav --mic-once --speaker s.wav --capture hw:1 --playback hw:2";
    expect(parseOptions([...args.split(" "), ...more.split(" "), "--mac", "00-15-65-AA-BB-CC"])).toEqual({
      board: "desktop",
      model: "cp860",
      data: "/d",
      recordings: "/d/recordings",
      configs: ["a", "b"],
      bind: "192.0.2.7",
      panel: { host: "::1", port: 1 },
      web: { host: "localhost", port: 8080 },
      audio: { mic: "m.wav", micOnce: true, speaker: "s.wav", capture: "hw:1", playback: "hw:2" },
      mac: "00:15:65:aa:bb:cc",
    });
  });

  it.each([
    [["--frob"], "--frob"],
    [["--frob=1"], "--frob"],
    [["stray"], "stray"],
    [["--data"], "--data"],
    [["--panel", "127.0.0.1"], "--panel 127.0.0.1: write HOST:PORT"],
    [["--panel", "::1:7080"], "--panel ::1:7080"],
    [["--panel", "h:65536"], "--panel h:65536"],
    [["--web", ":80"], "--web :80"],
    [["--bind", "::"], "--bind ::"],
    [["--bind", "phone.example"], "--bind phone.example"],
    [["--mac", "00:15:65:aa:bb"], "--mac 00:15:65:aa:bb"],
  ])("design: %j is refused by name", (args, words) => {
    expect(() => parseOptions(args)).toThrow(words);
  });

  it("design: --help is asked for anywhere, and the text names each option", () => {
    expect([asksForHelp(["--board", "sim", "--help"]), asksForHelp(["-h"]), asksForHelp(["--mic"])]).toEqual([
      true,
      true,
      false,
    ]);
    for (const option of ["bind", "capture", "playback", "mic-once", "speaker"]) expect(usage).toContain(`--${option}`);
  });
});
