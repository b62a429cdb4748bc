/**
 * A page of plain text that shows how the phone does and changes nothing, only where the command line asks for it.
 * Log-in and settings are the administrator's pages, which this is not.
 */
import Fastify from "fastify";
import type { PhoneControl } from "../../phone/state.ts";

/** What the page shows. */
export interface StatusPort {
  readonly phone: Pick<PhoneControl, "view">;
  /** For people: "SIP-T46G". */
  readonly model: string;
  readonly firmware: string;
}

export interface StatusServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Rejects with a message that names the address when it cannot be had. */
export async function openStatusServer(
  { phone, model, firmware }: StatusPort,
  at: { readonly host: string; readonly port: number },
): Promise<StatusServer> {
  const app = Fastify({ forceCloseConnections: true, requestTimeout: 10_000 });
  app.get("/", async (_request, reply) => {
    reply.header("content-type", "text/plain; charset=utf-8").header("cache-control", "no-store");
    const accounts = phone.view.accounts.map(({ id, label, state }) => {
      return `account ${id} (${label}): ${state.name === "failed" ? `failed: ${state.why}` : state.name}`;
    });
    const notices = phone.view.notices.map((notice) => `notice: ${notice}`);
    const calls = `calls: ${phone.view.calls.length}`;
    return [`Offhook ${model}, firmware ${firmware}`, ...accounts, ...notices, calls, ""].join("\n");
  });
  try {
    return { url: await app.listen({ host: at.host, port: at.port }), close: () => app.close() };
  } catch (cause) {
    const inUse = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
    const why = inUse ? "is in use by another program" : `cannot be had: ${String(cause)}`;
    throw new Error(`web: port ${at.port} of ${at.host} ${why}; choose another with --web HOST:PORT`, { cause });
  }
}
