/** The layout for an LCD; the list of LCD classes. */
import { Canvas } from "../canvas.ts";
import type { Fonts } from "../fonts.ts";
import type { Surface } from "../surface.ts";
import { ColorLayout } from "./color.ts";
import type { Layout } from "./layout.ts";
import { MonoLayout } from "./mono.ts";
import { metrics480, metrics800 } from "./theme.ts";

export function layoutFor(surface: Surface, fonts: Fonts): Layout {
  const canvas = new Canvas(surface);
  if (surface.format === "mono") return new MonoLayout(canvas, fonts);
  return new ColorLayout(canvas, fonts, surface.width >= 640 ? metrics800 : metrics480);
}
