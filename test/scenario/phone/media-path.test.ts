/** What a person is told when the sound of a call finds no way, or loses it (RFC 7675 §5.1, feature row NET-27). */
import { expect, it } from "vitest";
import { account, answers, PhoneRig } from "./rig.ts";

it("NET-27: a call whose far end is no longer reached says so for ten seconds, and goes on", async () => {
  const rig = new PhoneRig();
  const server = await rig.server();
  server.numbers.set("600", answers);
  const desk = await rig.desk("10.0.0.1", account("101", {}));
  desk.phone.dial("600");
  await rig.run(50);
  const before = desk.phone.view.notices;
  desk.phone.mediaEvent({ type: "path", stream: 1, name: "connected", way: "host to host" });
  expect(desk.phone.view.notices).toEqual(before);
  desk.phone.mediaEvent({ type: "path", stream: 1, name: "lost", way: "host to host" });
  // Without ICE in this call there is nothing to begin anew.
  expect(desk.phone.view.notices).toEqual([...before, "No way for the sound"]);
  await rig.run(11_000);
  expect(desk.phone.view.notices).toEqual(before);
  expect(desk.calls).toEqual(["*out talking"]);
  // Of a call that is over nothing is said.
  desk.phone.mediaEvent({ type: "path", stream: 9, name: "failed", way: "" });
  expect(desk.phone.view.notices).toEqual(before);
});
