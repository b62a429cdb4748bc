/** The panel of a simulated phone: its page, its JSON calls and its WebSocket on one HTTP port. No TLS, no log-in. */
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import Fastify, { type FastifyInstance } from "fastify";
import { reasonOf } from "../../base/error.ts";
import { refusal } from "./guard.ts";
import { Live } from "./live.ts";
import { PanelError } from "./panel-error.ts";
import type { PanelPort } from "./panel-port.ts";
import { addRoutes } from "./routes.ts";

export interface PanelAddress {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

const mostJsonBytes = 65_536;
/** Beside this module once everything is built. */
const builtPage = fileURLToPath(new URL("../page/panel", import.meta.url));
/** The page is ours alone: nothing of it comes from elsewhere, and nobody frames it. */
const contentPolicy =
  "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

export class PanelServer {
  readonly #address: PanelAddress;
  readonly #app: FastifyInstance;
  readonly #live: Live;
  #url = "";

  /** @param pageFolder where the built page is. */
  constructor(port: PanelPort, address: PanelAddress, pageFolder: string = builtPage) {
    this.#address = address;
    this.#live = new Live(port, address.host);
    this.#app = Fastify({ bodyLimit: mostJsonBytes, forceCloseConnections: true, requestTimeout: 30_000 });
    this.#secure();
    this.#explain(port);
    addRoutes(this.#app, port);
    this.#app.register(fastifyStatic, { root: pageFolder, prefix: "/", cacheControl: false });
  }

  /** "http://127.0.0.1:7080" once it is open. */
  get url(): string {
    return this.#url;
  }

  /** Rejects with PanelError that names the address when it cannot be had. */
  async open(): Promise<void> {
    const { host, port } = this.#address;
    try {
      const url = await this.#app.listen({ host, port });
      // Fastify lists all addresses where the host is a wildcard; people want the one they asked for.
      this.#url = host === "0.0.0.0" || host === "::" ? `http://localhost:${new URL(url).port}` : url;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EADDRINUSE")
        throw new PanelError(
          "port-in-use",
          `panel: port ${port} of ${host} is in use by another program; choose another with --panel HOST:PORT`,
          { cause: error },
        );
      throw new PanelError("cannot-listen", `panel: cannot listen on ${host} port ${port}: ${reasonOf(error)}`, {
        cause: error,
      });
    }
    this.#live.open(this.#app.server);
  }

  async close(): Promise<void> {
    this.#live.close();
    await this.#app.close();
  }

  #secure(): void {
    this.#app.addHook("onRequest", async (request, reply) => {
      reply.header("content-security-policy", contentPolicy);
      reply.header("x-content-type-options", "nosniff");
      reply.header("referrer-policy", "no-referrer");
      // What is seen changes by the second; an old page must not meet a new phone.
      reply.header("cache-control", "no-store");
      const why = refusal(request.headers, this.#address.host);
      if (why !== undefined) throw new PanelError("forbidden", why);
    });
  }

  #explain(port: PanelPort): void {
    // Bodies are read as bytes, whatever they are called; each route knows what it wants.
    this.#app.removeAllContentTypeParsers();
    this.#app.addContentTypeParser("*", { parseAs: "buffer" }, (_, body, done) => done(null, body));
    this.#app.setErrorHandler((error, _, reply) => {
      if (error instanceof PanelError) return reply.code(error.status).send({ error: error.message });
      const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
      if (status < 500) return reply.code(status).send({ error: reasonOf(error) });
      port.log.error({ error: reasonOf(error) }, "the panel failed to answer");
      return reply.code(500).send({ error: "the panel failed to answer; the log says why" });
    });
    this.#app.setNotFoundHandler((request, reply) =>
      reply.code(404).send({ error: `the panel has no ${request.method} ${request.url.split("?")[0]}` }),
    );
  }
}
