/** The panel's page: a phone to look at, to press, to talk through. Everything it knows comes over panel's calls. */
import { render } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Connection } from "./connection.ts";
import { Expansion } from "./expansion.tsx";
import type { Frame } from "./frames.ts";
import { listenToKeyboard } from "./keyboard.ts";
import type { LcdCanvas } from "./lcd.ts";
import { ConferencePhone, DeskPhone } from "./phone.tsx";
import { Side } from "./side.tsx";
import { Stage } from "./stage.tsx";
import { silent, Talk } from "./talk.ts";
import type { MediaFigures, Model, PanelState } from "./types.ts";

function App({ model, first }: { model: Model; first: PanelState }) {
  const [state, setState] = useState(first);
  const [up, setUp] = useState(true);
  const [talk, setTalk] = useState(silent);
  const [figures, setFigures] = useState<MediaFigures>();
  const [figuresTrouble, setFiguresTrouble] = useState<string>();
  const [trouble, setTrouble] = useState("");
  const [expansions, setExpansions] = useState(0);
  const lcd = useRef<LcdCanvas | undefined>(undefined);
  const early = useRef<Extract<Frame, { kind: "picture" }> | undefined>(undefined);

  const { connection, talker } = useMemo(() => {
    const connection: Connection = new Connection({
      onState: setState,
      onPicture: (frame) => {
        if (lcd.current === undefined) early.current = frame;
        else lcd.current.show(frame);
      },
      onHeard: (samples, rateHz) => talker.heard(samples, rateHz),
      onFigures: (figures, trouble) => {
        if (figures !== undefined) setFigures(figures);
        setFiguresTrouble(trouble);
      },
      onUnheard: (why) => void talker.refused(why),
      onLine: setUp,
      onTrouble: setTrouble,
    });
    const talker = new Talk(connection, setTalk);
    return { connection, talker };
  }, []);

  const onCanvas = useCallback((canvas: LcdCanvas) => {
    lcd.current = canvas;
    if (early.current !== undefined) canvas.show(early.current);
  }, []);
  const press = useCallback((key: string, down: boolean) => {
    if (down) setTrouble("");
    connection.key(key, down);
  }, []);
  const onHook = useCallback((off: boolean) => connection.hook(off), []);
  const hook = useRef(state.hook);
  hook.current = state.hook;

  useEffect(() => {
    connection.open();
    connection.want("media", true);
    return listenToKeyboard(window, press, () => {
      if (model.handset) onHook(hook.current === "on");
      else for (const down of [true, false]) press("speaker", down);
    });
  }, []);

  // A module whose keys are in use is there, whatever the switch says.
  const inUse = Math.max(0, ...state.keys.map(({ key }) => Number(/^exp(\d+)\./.exec(key)?.[1] ?? 0)));
  const modules = Math.max(expansions, inUse);
  const Phone = model.handset ? DeskPhone : ConferencePhone;
  return (
    <main class={up ? "" : "away"}>
      <Stage>
        <Phone model={model} state={state} press={press} onCanvas={onCanvas} onHook={onHook} />
        {model.expansion &&
          Array.from({ length: modules }, (_, at) => (
            <Expansion
              key={at}
              module={at + 1}
              name={model.expansion?.module ?? ""}
              keys={model.expansion?.keys ?? 0}
              state={state}
              press={press}
            />
          ))}
      </Stage>
      <Side
        model={model}
        state={state}
        talk={talk}
        figures={figures}
        figuresTrouble={figuresTrouble}
        expansions={modules}
        onTalk={(on) => void (on ? talker.start() : talker.stop())}
        onPlug={(jack, plugged) => connection.plug(jack, plugged)}
        onExpansions={setExpansions}
      />
      <p class={`notice ${up && trouble === "" ? "" : "shown"}`} role="status">
        {up ? trouble : "The phone is switched off or cannot be reached. Trying again…"}
      </p>
    </main>
  );
}

async function load<T>(path: string): Promise<T> {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return (await answer.json()) as T;
}

/** The phone may still be starting when the page is opened. */
async function start(root: HTMLElement): Promise<void> {
  try {
    const [model, first] = await Promise.all([load<Model>("/panel/model"), load<PanelState>("/panel/state")]);
    document.title = `${model.name} · Offhook`;
    render(<App model={model} first={first} />, root);
  } catch {
    render(<p class="notice shown">The phone cannot be reached. Trying again…</p>, root);
    setTimeout(() => void start(root), 1000);
  }
}

const root = document.getElementById("panel");
if (root !== null) void start(root);
