/** A media worker that died: the new one is to be reached as the far end knows it. */
import { expect, test } from "vitest";
import { MediaMemory } from "../../../src/media/client-memory.ts";
import type { GatheredNat, NatChoice } from "../../../src/media/protocol.ts";

const choice: NatChoice = {
  publicAddress: undefined,
  stun: { address: "198.51.100.1", port: 3478 },
  turn: undefined,
  ice: true,
  addresses: [],
  credentials: undefined,
};

test("NET-27: a new worker gathers again, with the credentials that were offered", () => {
  const memory = new MediaMemory();
  const open = { type: "open-stream", stream: 1, address: "192.0.2.1", portMin: 11_780, portMax: 11_800 } as const;
  const gather = { type: "gather", stream: 1, nat: choice } as const;
  const at = { address: "203.0.113.1", port: 40_000 };
  const ice = { credentials: [{ ufrag: "abcd", pwd: "0123456789012345678901" }], candidates: [] };
  const gathered: GatheredNat = { rtp: at, rtcp: at, ice, problems: [] };
  memory.note(open);
  memory.opened(open, 11_784);
  memory.note(gather);
  memory.gathered(gather, gathered);
  expect(memory.streams).toMatchObject([
    { open: { port: 11_784 }, gather: { nat: { ...choice, credentials: ice.credentials } } },
  ]);
  memory.note({ type: "close-stream", stream: 1 });
  memory.gathered(gather, gathered);
  expect(memory.streams).toEqual([]);
});
