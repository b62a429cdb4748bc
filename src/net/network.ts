/** The operating system's sockets behind the core's interfaces. */
import { randomFillSync } from "node:crypto";
import type { Network, Random } from "../base/network.ts";
import { bindDatagram, localAddressFor } from "./datagram.ts";
import { connectStream, listenStream } from "./stream.ts";

export const systemNetwork: Network = { bindDatagram, listenStream, connectStream, localAddressFor };

export const systemRandom: Random = (length) => randomFillSync(new Uint8Array(length));
