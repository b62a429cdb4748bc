/** Reads and writes the guide's file syntax (feature map PRV-01). Knows lines, not parameters: values are checked elsewhere. */
import type { Problem } from "./problem.ts";

/** `value` as written: "" leaves a setting as it is, `%NULL%` undoes it. */
export interface Entry {
  readonly name: string;
  readonly value: string;
  /** Source for people, and the line from 1. */
  readonly file?: string;
  readonly line?: number;
}

export interface ParsedFile {
  readonly entries: readonly Entry[];
  readonly problems: readonly Problem[];
}

/** The first line of every file. */
export const versionLine = "#!version:1.0.0.1";

/** What a file may hold; ten times what a full key layout with six expansion modules takes. */
export const fileLimits = { sizeBytes: 1024 * 1024, lines: 50_000, lineCharacters: 8192, problems: 100 };

/** Never throws: what cannot be read is in `problems`, the rest in `entries`, in the order of the file. */
export function parseFile(file: string, content: Uint8Array | string): ParsedFile {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const problems: Problem[] = [];
  const refuse = (why: string): ParsedFile => ({
    entries: [],
    problems: [{ level: "error", file, line: 0, name: "", value: "", why }],
  });
  if (bytes.length > fileLimits.sizeBytes)
    return refuse(`has ${bytes.length} bytes; at most ${fileLimits.sizeBytes} are read, so nothing of it is used`);
  if (bytes.includes(0)) return refuse("is not text (encrypted or damaged?); nothing of it is used");

  const entries: Entry[] = [];
  let left = 0;
  const complain = (level: Problem["level"], line: number, name: string, value: string, why: string): void => {
    if (problems.length < fileLimits.problems) problems.push({ level, file, line, name, value: shorten(value), why });
    else left += 1;
  };

  const { lines, decodedAgain } = decodeLines(bytes);
  for (const line of decodedAgain) complain("warning", line, "", "", "is not UTF-8; read as Latin-1");
  if (lines[0] !== undefined && lines[0].trim() !== versionLine)
    complain("note", 1, "", "", `the first line should be ${versionLine}; the file is read all the same`);
  for (const [index, raw] of lines.entries()) {
    const number = index + 1;
    if (number > fileLimits.lines) {
      complain("error", number, "", "", `only ${fileLimits.lines} lines are read; the rest has no effect`);
      break;
    }
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    if (raw.length > fileLimits.lineCharacters) {
      complain(
        "error",
        number,
        "",
        line,
        `has ${raw.length} characters; at most ${fileLimits.lineCharacters} are read`,
      );
      continue;
    }
    const equals = line.indexOf("=");
    if (equals < 0) {
      complain("error", number, "", line, `is no setting; wants "name = value"`);
      continue;
    }
    const name = line.slice(0, equals).trim();
    const value = line.slice(equals + 1).trim();
    if (isName(name)) entries.push({ name, value, file, line: number });
    else complain("error", number, "", line, `is no setting; a name has letters, digits, "_" and "." and no spaces`);
  }
  if (left > 0)
    problems.push({ level: "error", file, line: 0, name: "", value: "", why: `has ${left} more wrong lines` });
  return { entries, problems };
}

/** The text of a file that `parseFile` reads back to the same entries. Values are single lines without outer spaces. */
export function serializeEntries(entries: Iterable<Entry>, comments: readonly string[] = []): string {
  const lines = [versionLine, ...comments.map((comment) => `# ${comment}`)];
  for (const { name, value } of entries) lines.push(`${name} = ${value}`);
  return `${lines.join("\n")}\n`;
}

/** Whether a text can be the name of a setting, known or not. */
export function isName(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/.test(text);
}

function decodeLines(bytes: Uint8Array): { lines: string[]; decodedAgain: number[] } {
  try {
    return { lines: splitLines(new TextDecoder("utf-8", { fatal: true }).decode(bytes)), decodedAgain: [] };
  } catch {
    return decodeLineByLine(bytes);
  }
}

/** One bad byte must not turn the umlauts of all the other lines into rubbish. */
function decodeLineByLine(bytes: Uint8Array): { lines: string[]; decodedAgain: number[] } {
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  const latin1 = new TextDecoder("latin1");
  const lines: string[] = [];
  const decodedAgain: number[] = [];
  for (let start = 0; start <= bytes.length; ) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    const line = bytes.subarray(start, end);
    const firstLine = lines.length + 1;
    let decoded: string;
    try {
      decoded = utf8.decode(line);
    } catch {
      decoded = latin1.decode(line);
      decodedAgain.push(firstLine);
    }
    lines.push(...splitLines(decoded));
    start = end + 1;
  }
  return { lines, decodedAgain };
}

/** LF, CRLF and the lone CR of old editors. The decoder has removed a byte order mark. */
function splitLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** A line in a message need not be longer than a screen. */
function shorten(text: string): string {
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
