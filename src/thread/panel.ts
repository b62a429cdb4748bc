/** Starts the panel's page on boards whose front is simulated. */
import type { Panel } from "../../board/board.ts";
import type { Model } from "../../board/model.ts";
import type { Clock } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";
import type { MediaClient } from "../media/client.ts";
import { type PhoneMedia, tell } from "../phone/ports.ts";
import type { PhoneControl } from "../phone/state.ts";
import { encodePng } from "../ui/png.ts";
import type { UserInterface } from "../ui/user-interface.ts";
import type { PanelMedia } from "../web/panel/panel-port.ts";
import { PanelServer } from "../web/panel/server.ts";
import type { Flights } from "./flights.ts";
import type { HostPort } from "./options.ts";

export interface PanelParts {
  readonly panel: Panel;
  readonly phone: PhoneControl;
  readonly ui: UserInterface;
  readonly media: MediaClient & PhoneMedia;
  readonly model: Model;
  readonly clock: Clock;
  readonly flights: Flights;
  readonly log: Log;
}

/** undefined on a board with a real front. Rejects when the address cannot be had. */
export async function openPanelServer(parts: PanelParts, address: HostPort): Promise<PanelServer | undefined> {
  const { panel, phone, ui, media, model, clock, flights, log } = parts;
  const { person } = panel;
  if (person === undefined) return undefined;
  const server = new PanelServer(
    {
      model,
      clock,
      log,
      phone,
      person,
      ui: {
        screen: () => ui.screen,
        label: (key) => ui.keys.find((k) => k.id === key)?.label ?? "",
        png: () => encodePng(panel.display, ui.pixels),
      },
      media: { ...panelMedia(media, log), keepFlight: () => flights.keep() },
    },
    address,
  );
  await server.open();
  return server;
}

function panelMedia(media: MediaClient, log: Log): PanelMedia {
  return {
    personSay: (samples, rateHz) => tell(log, media.personSay(samples, rateHz)),
    personHeard: (seconds, second) => media.personHeard(seconds, second),
    personListen: (on) => tell(log, media.personListen(on)),
    onHeard: (listener) =>
      media.onEvent.on((event) => {
        if (event.type === "heard") listener(event.samples, event.rateHz);
      }),
    statistics: () => media.statistics(),
  };
}
