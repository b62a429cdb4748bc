/** What has just happened is said over a call, too. */
import { describe, expect, it } from "vitest";
import { call } from "../../fake/phone-control.ts";
import { models, rig } from "./kit.ts";

const talking = [call(1, { name: "talking", hold: "none", sinceMs: 0 })];
const text = "Sound lost, trying again";

describe.each(Object.entries(models))("UIX-01: news on the LCD of %s", (_, model) => {
  it("is shown over a call and a number for its time, with all soft keys, and then is gone", () => {
    const { ui, phone, clock } = rig(model, { calls: talking });
    const { softkeys } = ui.screen;
    const before = Buffer.from(ui.pixels.buffer, ui.pixels.byteOffset, ui.pixels.byteLength).toString("base64");
    phone.show({ news: { text, untilMs: clock.now() + 8000 } });
    clock.advance(1);
    expect(ui.screen.news).toBe(text);
    expect(ui.screen.lines).toContain(text);
    expect(ui.screen.softkeys).toEqual(softkeys);
    expect(Buffer.from(ui.pixels.buffer, ui.pixels.byteOffset, ui.pixels.byteLength).toString("base64")).not.toBe(
      before,
    );
    clock.advance(7900);
    expect(ui.screen.news).toBe(text);
    clock.advance(200);
    expect(ui.screen.news).toBe("");
    phone.show({ calls: [], news: { text, untilMs: clock.now() + 8000 } });
    clock.advance(1);
    // The idle screen says it by its own lines, for as long as it holds.
    expect([ui.screen.id, ui.screen.news]).toEqual(["idle", ""]);
    ui.close();
  });
});
