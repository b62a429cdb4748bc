import { describe, expect, it } from "vitest";
import { seededRandom } from "../../fake/network.ts";
import { type Desk, open, PhoneRig } from "./rig.ts";

const digits = "0123456789*#";

/** Everything that a person can do, some of it senseless at the moment. */
function act({ phone }: Desk, pick: (n: number) => number, others: readonly string[]): string {
  const some = () => phone.view.calls[pick(phone.view.calls.length)]?.id;
  const to = `sip:x@${others[pick(others.length)]}`;
  const deeds: [string, () => void][] = [
    ["lift", () => phone.handset(true)],
    ["put down", () => phone.handset(false)],
    ["digit", () => phone.digit((digits[pick(12)] ?? "0") as "0", true)],
    ["text", () => phone.text("a@b")],
    ["backspace", () => phone.backspace()],
    ["send", () => phone.send()],
    ["cancel", () => phone.cancel()],
    ["dial", () => phone.dial(to)],
    ["dial", () => phone.dial(to)],
    ["line key", () => phone.lineKey(1 + pick(3))],
    ["answer", () => phone.answer(pick(2) === 0 ? undefined : some())],
    ["answer", () => phone.answer()],
    ["reject", () => phone.reject()],
    ["silence", () => phone.silence()],
    ["hang up", () => phone.hangUp(some())],
    ["hold", () => phone.hold()],
    ["resume", () => phone.resume(some())],
    ["swap", () => phone.swap()],
    ["new call", () => phone.newCall()],
    ["select", () => phone.selectCall(some() ?? 0)],
    ["transfer", () => phone.transfer()],
    ["transfer", () => phone.transfer()],
    ["conference", () => phone.conference()],
    ["split", () => phone.split()],
    ["forward", () => phone.forward()],
    ["number", () => phone.text(to)],
    ["redial", () => phone.redial()],
    ["mute", () => phone.toggleMute()],
    ["volume", () => phone.changeVolume(pick(5) - 2)],
    ["speaker", () => phone.speakerKey()],
    ["headset", () => phone.headsetKey()],
    ["plug", () => phone.plug("headset", pick(2) === 0)],
    ["receiving", () => phone.mediaEvent({ type: "receiving", stream: some() ?? 0, on: pick(2) === 0 })],
  ];
  const [name, run] = deeds[pick(deeds.length)] ?? ["", () => {}];
  run();
  return name;
}

/** What must be true of a phone at any moment. */
function check(desk: Desk): void {
  const { view } = desk.phone;
  const current = view.calls.filter((c) => c.current);
  expect(current.length, "a current call where there are calls, and one only").toBe(view.calls.length === 0 ? 0 : 1);
  expect(desk.media.path, "the path that is shown").toBe(view.path);
  const heard = view.calls.filter((c) => desk.media.focus.includes(c.id));
  expect(desk.media.focus.length, "calls are heard that exist").toBe(heard.length);
  const joined = view.calls.filter((c) => c.conference);
  expect([0, 2], "two calls are joined or none").toContain(joined.length);
  expect(heard.length, "one call is heard, or both of a conference").toBeLessThanOrEqual(
    heard.every((c) => c.conference) ? 2 : 1,
  );
  const running = view.calls.filter(
    (c) => c.phase.name === "talking" && (c.phase.hold === "none" || c.phase.hold === "remote"),
  );
  // A call whose far end sent us on waits for its end beside the call that took its place.
  const apart = running.filter((c) => !c.conference && c.transfer?.name !== "sent on");
  expect(apart.length, "one call runs at most, the others are held").toBeLessThanOrEqual(
    running.some((c) => c.conference) ? 0 : 1,
  );
  if (apart[0] !== undefined && view.dial === undefined)
    expect([view.path === "none", desk.media.focus], "who talks is heard").toEqual([false, [apart[0].id]]);
  if (desk.rings) expect(view.calls.some((c) => c.phase.name === "incoming")).toBe(true);
  if (desk.rings) expect(view.path, "no ringing into an open ear").toBe("none");
  // The tone of a key ends by itself.
  if (view.calls.length === 0 && view.dial === undefined)
    expect([view.path, desk.ear === "key" ? "none" : desk.ear, desk.rings], "silence when idle").toEqual([
      "none",
      "none",
      false,
    ]);
  expect(desk.media.streams.size).toBeLessThanOrEqual(view.calls.length);
}

describe("three phones under random keys", () => {
  const base = Number(process.env["SEED"] ?? Math.floor(Math.random() * 1e6));
  it.each(Array.from({ length: 6 }, (_, i) => base + i))(
    "design: seed %i: never a state that makes no sense",
    async (seed) => {
      const random = seededRandom(seed);
      const pick = (n: number) => Math.floor(random() * n);
      const rig = new PhoneRig(seed, { delayMs: 5, jitterMs: 30, loss: 0.02 });
      const addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
      const desks: Desk[] = [];
      for (const address of addresses) desks.push(await rig.desk(address, open));
      const done: string[] = [];
      try {
        for (let i = 0; i < 150; i++) {
          const at = pick(3);
          const desk = desks[at];
          if (desk === undefined) continue;
          done.push(
            `${at}: ${act(
              desk,
              pick,
              addresses.filter((a) => a !== desk.address),
            )}`,
          );
          await rig.run(pick(4) === 0 ? pick(4000) : pick(60));
          for (const d of desks) check(d);
        }
        for (const desk of desks) {
          desk.phone.handset(false);
          for (let i = 0; i < 20; i++) desk.phone.cancel();
        }
        await rig.run(400_000);
        for (const desk of desks) {
          check(desk);
          const left = { calls: desk.calls, sessions: desk.userAgent.sessions, streams: desk.media.streams.size };
          expect(left).toEqual({ calls: [], sessions: 0, streams: 0 });
          expect([desk.clock.live, desk.errors]).toEqual([0, []]);
          expect(desk.log.filter((line) => line.includes("is not open") || line.startsWith("error"))).toEqual([]);
        }
      } catch (error) {
        throw new Error(`seed ${seed}, after ${done.slice(-12).join(", ")}: ${String(error)}`, { cause: error });
      }
    },
  );
});
