/** The LCD behind its glass. */
import { useEffect, useRef } from "preact/hooks";
import { LcdCanvas, lcdScale } from "./lcd.ts";
import type { Model, PanelState } from "./types.ts";

interface LcdViewProps {
  readonly model: Model;
  readonly state: PanelState;
  /** Told of the canvas once it is there, so that pictures need not pass through rendering. */
  readonly onCanvas: (canvas: LcdCanvas) => void;
}

export function LcdView({ model, state, onCanvas }: LcdViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current !== null) onCanvas(new LcdCanvas(canvas.current, model));
  }, [model, onCanvas]);
  const { width, height, format } = model.lcd;
  const scale = lcdScale(model);
  const { title, lines } = state.screen;
  return (
    <div class={`lcd ${format} ${scale < 1 ? "smooth" : ""}`}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={["LCD", title, ...lines].filter((text) => text !== "").join(", ")}
        style={{
          width: `${width * scale}px`,
          height: `${height * scale}px`,
          filter: `brightness(${lightOf(state.backlight)})`,
        }}
      />
      <div class="gloss" aria-hidden="true" />
    </div>
  );
}

/** A panel that is off can still be made out. */
function lightOf(backlight: number): number {
  return backlight <= 0 ? 0.22 : 0.5 + 0.05 * Math.min(10, backlight);
}
