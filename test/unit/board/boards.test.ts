/** Boards as data: every one loads, says honestly how far it is tried, has its papers, and starts on a machine without its parts. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { boardIds, loadBoard } from "../../../board/index.ts";
import { modelById } from "../../../board/models/index.ts";
import { rigWiring } from "../../../board/rig/wiring.ts";
import { mixer } from "../../../board/rpi/mixer.ts";
import { SpeakerMicAudio } from "../../../hal/driver/speaker-mic.ts";
import type { PartTrouble } from "../../../hal/trouble.ts";

const folder = new URL("../../../board/", import.meta.url).pathname;
const boards = await Promise.all(boardIds.map(loadBoard));

describe("boards", () => {
  test.each(boards)(
    "$id wears a model that exists, and stands in the README with its support",
    ({ id, model, support }) => {
      expect(modelById(model).id).toBe(model);
      const line = readFileSync(join(folder, "README.md"), "utf8")
        .split("\n")
        .find((text) => text.startsWith(`| \`${id}\``));
      expect(line).toContain(support);
    },
  );

  test.each(["rpi", "rpi-conference"])("%s has parts, wiring, overlay, ALSA configuration and udev rules", (id) => {
    const files = readdirSync(join(folder, id));
    for (const ending of ["-overlay.dts", ".conf", ".rules"])
      expect(
        files.filter((file) => file.endsWith(ending)),
        ending,
      ).toHaveLength(1);
    const readme = readFileSync(join(folder, id, "README.md"), "utf8");
    for (const chapter of ["## Parts", "## Wiring"]) expect(readme).toContain(chapter);
  });

  test.each(["rig", "rpi", "rpi-conference"])(
    "%s: its front opens on a machine that lacks its parts, and names what is missing",
    async (id) => {
      const board = await loadBoard(id);
      const model = modelById(board.model);
      const panel = await board.openPanel(board.clock(), model);
      const told: PartTrouble[] = [];
      panel.onTrouble = (trouble) => told.push(trouble);
      try {
        expect([panel.display.width, panel.display.format]).toEqual([model.lcd.width, model.lcd.format]);
        const size = model.lcd.format === "mono" ? ((model.lcd.width + 7) >> 3) * model.lcd.height : undefined;
        panel.display.show(
          size === undefined ? new Uint16Array(model.lcd.width * model.lcd.height) : new Uint8Array(size),
        );
        panel.lamps.set("power", { color: "red", pattern: "fast" });
        for (const trouble of told)
          expect(trouble).toMatchObject({ type: "lost", why: expect.stringContaining(trouble.device) });
      } finally {
        await panel.close();
      }
    },
  );

  test.each(["rig", "rpi", "rpi-conference"])(
    "%s: its sound card is made without being touched; the command line may name others",
    async (id) => {
      const board = await loadBoard(id);
      const device = await board.openAudio(board.clock(), { capture: "null", playback: "null" });
      expect(device.paths).toContain("speaker");
      expect(device.paths.includes("handset")).toBe(id !== "rpi-conference");
      await device.close();
    },
  );

  test("the command line may ask for the packages speaker and mic by the names of its PCMs", async () => {
    const board = await loadBoard("desktop");
    const named = await board.openAudio(board.clock(), { capture: "mic:null", playback: "speaker:null" });
    const plain = await board.openAudio(board.clock(), { capture: "null", playback: "null" });
    expect([named instanceof SpeakerMicAudio, plain instanceof SpeakerMicAudio]).toEqual([true, false]);
    await named.close();
    await plain.close();
  });

  test("CP8-01: the conference board wears the CP860, which has no handset and no line keys", async () => {
    const { model } = await loadBoard("rpi-conference");
    expect(modelById(model)).toMatchObject({ handset: false, lineKeys: 0 });
    const panel = await (await loadBoard("rpi-conference")).openPanel(
      (await loadBoard("sim")).clock(),
      modelById(model),
    );
    expect(panel.hook).toBeUndefined();
    await panel.close();
  });

  test("no line of the rig is wired twice", () => {
    const { hook, keys = [], lamps = [] } = rigWiring.gpio;
    const lines = [hook?.line, ...keys.map(({ line }) => line), ...lamps.map(({ line }) => line)];
    expect(new Set(lines).size).toBe(lines.length);
  });

  test("each path of the rpi's mixer sets all outputs, so that none stays on from another path", () => {
    const outputs = ["Headphone", "Speaker"];
    for (const settings of Object.values(mixer.paths)) {
      const names = settings.map(([control]) => control);
      expect(outputs.every((output) => names.includes(output))).toBe(true);
    }
  });

  test("every folder of a board is in the list", () => {
    const folders = readdirSync(folder).filter((name) => existsSync(join(folder, name, "board.ts")));
    expect(folders.sort()).toEqual([...boardIds].sort());
  });
});
