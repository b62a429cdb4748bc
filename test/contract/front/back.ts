/**
 * The back of real device nodes, where a program stands for the hand and the eye: it reads requests from its standard
 * input and answers on its standard output, one JSON object a line each.
 *
 *     {"do":"key","part":"hid","key":"5","down":true}      {"do":"hook","part":"gpio","lifted":true}
 *     {"do":"jack","part":"headset","jack":"headset","plugged":true}
 *     {"ask":"lamp","part":"gpio","lamp":"power"}  ->  {"color":"red","pattern":"fast"}  (it watches for as long as that takes)
 *     {"ask":"picture","part":"framebuffer"}  ->  {"pixels":"<base64>"}  in the display's own format
 *     {"ask":"level","part":"backlight"}  ->  {"level":10}
 *
 * Every request is answered, by {} where there is nothing to say, or {"error":"why"}.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export type Answer = Readonly<Record<string, unknown>>;

export class Back {
  readonly #child: ChildProcess;
  readonly #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];

  constructor([program = "", ...args]: readonly string[]) {
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    const fail = (why: string): void => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`the back of the rig: ${why}`));
    };
    this.#child.on("error", (error) => fail(error.message));
    this.#child.on("exit", (status) => fail(`ended with status ${status}`));
    if (this.#child.stdout === null) throw new Error("the back of the rig has no output");
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const answer = JSON.parse(line) as Answer;
      const waiting = this.#waiting.shift();
      if (typeof answer["error"] === "string") waiting?.reject(new Error(`the back of the rig: ${answer["error"]}`));
      else waiting?.resolve(answer);
    });
  }

  ask(request: Answer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    });
  }

  close(): void {
    this.#child.stdin?.end();
    this.#child.kill();
  }
}
