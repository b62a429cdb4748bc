/**
 * The web address of the phone: for now a page that shows how the phone does and changes nothing, only where the
 * command line asks for it. Log-in and settings are the administrator's pages, which have their place in src/web.
 */
import Fastify from "fastify";
import type { Model } from "../../board/model.ts";
import type { PhoneControl } from "../phone/state.ts";
import type { HostPort } from "./options.ts";

export interface WebParts {
  readonly phone: PhoneControl;
  readonly model: Model;
  readonly firmware: string;
}

export interface WebServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Rejects naming the address when it cannot be had. */
export async function openWeb(
  at: HostPort | undefined,
  { phone, model, firmware }: WebParts,
): Promise<WebServer | undefined> {
  if (at === undefined) return undefined;
  const app = Fastify({ forceCloseConnections: true, requestTimeout: 10_000 });
  app.get("/", async (_request, reply) => {
    reply.header("content-type", "text/plain; charset=utf-8").header("cache-control", "no-store");
    const accounts = phone.view.accounts.map(({ id, label, state }) => {
      return `account ${id} (${label}): ${state.name === "failed" ? `failed: ${state.why}` : state.name}`;
    });
    return [`Offhook ${model.name}, firmware ${firmware}`, ...accounts, `calls: ${phone.view.calls.length}`, ""].join(
      "\n",
    );
  });
  try {
    return { url: await app.listen({ host: at.host, port: at.port }), close: () => app.close() };
  } catch (cause) {
    const inUse = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
    const why = inUse ? "is in use by another program" : `cannot be had: ${String(cause)}`;
    throw new Error(`web: port ${at.port} of ${at.host} ${why}; choose another with --web HOST:PORT`, { cause });
  }
}
