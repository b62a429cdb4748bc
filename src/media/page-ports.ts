/** The sockets of a page: RTP or, on a channel, group paging to or from a multicast group, and none for RTCP, which pages do not have (feature rows CAL-81, CAL-82). */
import { GroupPageSocket } from "./group-page-socket.ts";
import type { PortPair } from "./port-pair.ts";
import type { PageChoice } from "./protocol.ts";
import type { BindMediaSocket, MediaSocket } from "./socket.ts";

/** Routers that a page may pass: it is for one site. */
const pageTtl = 8;

/** @param address local, of the interface that the page goes by. Rejects as `BindMediaSocket` does. */
export async function bindPagePorts(bind: BindMediaSocket, address: string, page: PageChoice): Promise<PortPair> {
  const { address: group, port } = page.group;
  const rtp =
    page.role === "listen"
      ? await bind({ address, port }, { join: group })
      : await bind({ address, port: 0 }, { ttl: pageTtl });
  const { channel = 0, callerId = "" } = page;
  return {
    rtp: channel > 0 ? new GroupPageSocket(rtp, channel, callerId) : rtp,
    rtcp: new NoSocket({ address, port: 0 }),
  };
}

class NoSocket implements MediaSocket {
  readonly local: MediaSocket["local"];
  readonly sendFailures = 0;
  onMessage: MediaSocket["onMessage"];

  constructor(local: MediaSocket["local"]) {
    this.local = local;
  }

  send(): void {}

  shield(): void {}

  close(): void {}
}
