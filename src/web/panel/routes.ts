/** The calls of the panel, one route each; the WebSocket is in live.ts. */
import type { FastifyInstance } from "fastify";
import { reasonOf } from "../../base/error.ts";
import { Finger, keyOf } from "./keys.ts";
import { mediaReport } from "./media-report.ts";
import { PanelError } from "./panel-error.ts";
import type { PanelPort } from "./panel-port.ts";
import { checked, checkedJson, dialRequest, hookRequest, keysRequest, plugRequest, speakerQuery } from "./requests.ts";
import { panelState } from "./state.ts";
import { readWav, writeWav } from "./wav.ts";

/** Ten minutes at 16 kHz. */
const mostWavBytes = 20_000_000;

export function addRoutes(app: FastifyInstance, port: PanelPort): void {
  const { model, person, phone, media, ui, clock } = port;
  const finger = new Finger(person, clock);

  app.get("/panel/state", () => panelState(port));
  app.get("/panel/model", () => model);
  app.get("/panel/screen.png", (_, reply) => reply.type("image/png").send(Buffer.from(ui.png())));

  app.post("/panel/keys", async ({ body }) => {
    const { keys, holdMs } = checkedJson(keysRequest, body);
    // All names are looked at before the first key goes down: half a number must not be dialled.
    await finger.press(
      keys.map((name) => keyOf(model, name)),
      holdMs,
    );
    return { ok: true };
  });

  app.post("/panel/dial", ({ body }) => {
    const { to, account } = checkedJson(dialRequest, body);
    if (account !== undefined && !phone.view.accounts.some(({ id }) => id === account))
      throw new PanelError("bad-request", `there is no account ${account}`);
    phone.dial(to, account);
    return { ok: true };
  });

  app.post("/panel/hook", ({ body }) => {
    const { off } = checkedJson(hookRequest, body);
    if (!model.handset) throw new PanelError("bad-request", `the ${model.name} has no handset`);
    person.liftHandset(off);
    return { ok: true };
  });

  app.post("/panel/plug", ({ body }) => {
    const { headset, ethernet } = checkedJson(plugRequest, body);
    if (headset !== undefined) {
      if (!model.headset) throw new PanelError("bad-request", `the ${model.name} has no headset jack`);
      person.plug("headset", headset);
    }
    if (ethernet !== undefined) person.plug("ethernet", ethernet);
    return { ok: true };
  });

  app.post("/panel/mic", { bodyLimit: mostWavBytes }, async ({ body }) => {
    const wav = readWav(body instanceof Uint8Array ? body : new Uint8Array(0));
    if (!wav.ok) throw new PanelError("bad-request", `the sound cannot be used: ${wav.why}`);
    // Saying has no answer; hearing has, and says whether there is a simulated card at all.
    await available(media.personHeard(0.1));
    media.personSay(wav.samples, wav.rateHz);
    return { ok: true, seconds: wav.samples.length / wav.rateHz };
  });

  app.get("/panel/speaker.wav", async ({ query }, reply) => {
    const { seconds, output } = checked(speakerQuery, query);
    const heard = await available(media.personHeard(seconds, output === "second"));
    return reply.type("audio/wav").send(Buffer.from(writeWav(heard.samples, heard.rateHz)));
  });

  app.post("/panel/flight", async () => {
    if (media.keepFlight === undefined) throw new PanelError("unavailable", "this phone has no flight recorder");
    return { ok: true, file: await available(media.keepFlight()) };
  });

  app.get("/panel/media", async () => mediaReport(await available(media.statistics())));
}

/** The media worker may be busy or gone, the sound card a real one; the person is told which. */
function available<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw new PanelError("unavailable", `the phone's sound cannot be had: ${reasonOf(error)}`, { cause: error });
  });
}
