/** The media engine: two and more phones on a simulated network, judged by what is heard. */
import { describe, expect, test } from "vitest";
import { MediaLab } from "./phones.ts";
import { amplitudeAt, sine } from "./sound.ts";

describe("a call", () => {
  for (const [codec, payloadType] of [
    ["pcmu", 0],
    ["pcma", 8],
    ["g722", 9],
  ] as const)
    test(`AUD-01: ${codec}: a tone spoken here is heard there at its level and pitch, and the other way`, async () => {
      const lab = new MediaLab();
      const [a, b] = [await lab.phone(), await lab.phone()];
      await lab.connect(a, 1, b, 7, { codec, payloadType });
      a.engine.setFocus([1]);
      b.engine.setFocus([7]);
      a.audio.setMicrophone(sine(700, 1), true);
      b.audio.setMicrophone(sine(1100, 1), true);
      lab.clock.advance(3000);
      const atB = b.audio.heard(1);
      expect(amplitudeAt(atB, 700)).toBeGreaterThan(0.225);
      expect(amplitudeAt(atB, 700)).toBeLessThan(0.275);
      expect(amplitudeAt(atB, 1100)).toBeLessThan(0.005);
      expect(amplitudeAt(a.audio.heard(1), 1100)).toBeGreaterThan(0.225);
      expect(b.stream(7).packetsReceived).toBeGreaterThan(140);
    });
});
