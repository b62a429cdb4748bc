/** The boards that exist. Adding one: a folder with a board.ts, and a line here. */
import type { Board } from "./board.ts";

const boards: Readonly<Record<string, () => Promise<{ board: Board }>>> = {
  sim: () => import("./sim/board.ts"),
  desktop: () => import("./desktop/board.ts"),
  rig: () => import("./rig/board.ts"),
  rpi: () => import("./rpi/board.ts"),
  "rpi-conference": () => import("./rpi-conference/board.ts"),
};

export const boardIds: readonly string[] = Object.keys(boards);

/** Rejects with a message that names the boards that exist. */
export async function loadBoard(id: string): Promise<Board> {
  const load = Object.hasOwn(boards, id) ? boards[id] : undefined;
  if (load === undefined) throw new Error(`board "${id}" does not exist; there are: ${boardIds.join(", ")}`);
  return (await load()).board;
}
