/** Tones as files write them. */
import { describe, expect, it } from "vitest";
import { parseTone } from "../../../src/dsp/tone-text.ts";

describe("tones of a file", () => {
  it("AUD-20: parts of up to four frequencies, silence, once or for ever", () => {
    expect(parseTone("440+480/2000, 0/4000")).toEqual({
      ok: true,
      tone: {
        parts: [
          { hz: [440, 480], ms: 2000 },
          { hz: [], ms: 4000 },
        ],
        repeat: 0,
      },
    });
    expect(parseTone("!200/0")).toEqual({ ok: true, tone: { parts: [{ hz: [200], ms: 0 }], repeat: 1 } });
    expect(parseTone("!250/200,0/1000,200+300/500,200+500+800+1500/1000")).toMatchObject({ ok: true });
  });

  it.each([
    ["", '"" is not like 440+480/2000'],
    ["440", '"440" is not like'],
    ["440/-1", "is not like"],
    ["199/100", "199 Hz is not between 200 and 7000"],
    ["7001/100", "7001 Hz is not between"],
    ["300+400+500+600+700/100", "more than 4 frequencies"],
    ["300/30001", "30001 ms is more than 30000"],
    [Array.from({ length: 9 }, () => "300/1").join(","), "9 parts"],
    ["300/100,", '"" is not like'],
  ])("AUD-20: %s is refused, and why", (text, why) => {
    expect(parseTone(text)).toEqual({ ok: false, why: expect.stringContaining(why) });
  });
});
