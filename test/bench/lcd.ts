/** What a picture costs: whole redraws of screens on each class of LCD, and from a key press to the new picture. */
import { modelById } from "../../board/models/index.ts";
import { systemClock } from "../../hal/driver/os/clock.ts";
import { ManualClock } from "../../hal/driver/sim/clock.ts";
import { SimFront } from "../../hal/driver/sim/front.ts";
import { silentLog } from "../../src/base/log.ts";
import { type Fonts, loadFonts } from "../../src/ui/fonts.ts";
import { layoutFor } from "../../src/ui/layout/choose.ts";
import { encodePng } from "../../src/ui/png.ts";
import { surfaceFor } from "../../src/ui/surface.ts";
import { UserInterface } from "../../src/ui/user-interface.ts";
import { account, call, FakePhoneControl } from "../fake/phone-control.ts";
import type { Row } from "./row.ts";

const rounds = 300;

/** Median time of `run`, ms. */
function medianMs(run: (round: number) => void): number {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = systemClock.now();
    run(round);
    times.push(systemClock.now() - before);
  }
  return times.sort((a, b) => a - b)[rounds >> 1] ?? 0;
}

function open(
  fonts: Fonts,
  id: string,
): { ui: UserInterface; phone: FakePhoneControl; front: SimFront; clock: ManualClock } {
  const model = modelById(id);
  const front = new SimFront(model.lcd);
  const phone = new FakePhoneControl({
    accounts: [account(1, "Alice 101"), account(2, "Reception")],
    path: "handset",
    calls: [call(1, { name: "talking", hold: "none", sinceMs: 0 }, { codec: "G722" })],
  });
  const clock = new ManualClock();
  const facts = () => ({ ip: "192.0.2.1", mac: "00:00:00:00:00:00", firmware: "0" });
  const ui = new UserInterface({ phone, panel: front, model, clock, log: silentLog, fonts, facts });
  ui.open();
  return { ui, phone, front, clock };
}

/** @param fontFolder default: where the build packs them, beside dist/test. */
export async function run(fontFolder = new URL("../../fonts/", import.meta.url)): Promise<Row[]> {
  const rows: Row[] = [];
  const row = (what: string, ours: number, goal: number): void => {
    rows.push({ what, ours: Math.round(ours * 1000) / 1000, unit: "ms", peers: {}, goal });
  };
  const before = systemClock.now();
  const fonts = loadFonts(fontFolder);
  row("LCD: fonts read", systemClock.now() - before, 50);
  const cold = systemClock.now();
  open(fonts, "t46g").ui.close();
  row("LCD: first picture, 480x272", systemClock.now() - cold, 200);
  for (const id of ["t46g", "t48g", "t42g", "t23g"]) {
    const { lcd } = modelById(id);
    const { ui, phone, front, clock } = open(fonts, id);
    const surface = surfaceFor(lcd);
    const layout = layoutFor(surface, fonts);
    const goal = lcd.width > 480 ? 5 : 2;
    const { screen } = ui;
    row(
      `LCD: whole redraw of a call, ${lcd.width}x${lcd.height}`,
      medianMs(() => layout.draw(screen)),
      goal,
    );
    const press = medianMs((round) => {
      front.person.press("soft1");
      const hold = round % 2 === 0 ? "local" : "none";
      phone.show({ calls: [call(1, { name: "talking", hold, sinceMs: 0 }, { codec: "G722" })] });
      clock.advance(0);
      front.person.release("soft1");
      clock.advance(0);
    });
    row(`LCD: key press to new picture, ${lcd.width}x${lcd.height}`, press, goal + 1);
    if (id === "t46g")
      row(
        "LCD: PNG of 480x272",
        medianMs(() => encodePng(lcd, ui.pixels)),
        10,
      );
    ui.close();
  }
  return rows;
}
