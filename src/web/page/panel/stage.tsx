/** The table on which the phone stands: makes it smaller where the window is, never larger than life. */
import { type ComponentChildren, toChildArray } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

export function Stage({ children }: { children: ComponentChildren }) {
  const things = toChildArray(children).length;
  const outer = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const [room, thing] = [outer.current, inner.current];
    if (room === null || thing === null) return;
    const fit = (): void => {
      thing.style.zoom = "1";
      const scale = Math.min(
        1,
        room.clientWidth / thing.scrollWidth,
        Math.max(0.75, (window.innerHeight - 40) / thing.scrollHeight),
      );
      thing.style.zoom = String(scale);
    };
    const watcher = new ResizeObserver(fit);
    watcher.observe(room);
    window.addEventListener("resize", fit);
    fit();
    return () => {
      watcher.disconnect();
      window.removeEventListener("resize", fit);
    };
  }, [things]);
  return (
    <div class="stage" ref={outer}>
      <div class="table" ref={inner}>
        {children}
      </div>
    </div>
  );
}
