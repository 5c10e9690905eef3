import type { Answer } from "../../shared/studio.ts";
import type { Name } from "../texts.ts";
import { word } from "../words.ts";
import { useScreen } from "./screen.ts";

const DETAILS: Record<string, Name> = { owner: "owner", tags: "tags", category: "category", valid_from: "validFrom", valid_until: "validUntil" };

/** What a field is called, such as `answers.zh.wechat`. */
export function fieldLabel(field: string): string {
  const { language, say } = useScreen();
  const [part, name = "", channel] = field.split(".");
  if (part === "topic") return say("topic");
  if (part === "editors") return say(DETAILS[name] ?? "details");
  const spoken = say(name === "zh" ? "language_zh" : "language_en");
  if (part === "examples") return `${say("questions")} · ${spoken}`;
  const where = channel === "*" || channel === undefined ? "" : ` · ${word("channel", channel, language)}`;
  return `${say("answers")} · ${spoken}${where}`;
}

/** A field's value in words; of a list, only what differs from before. */
export function Value({ value, base }: { value: unknown; base?: unknown }) {
  const { say } = useScreen();
  const lines = linesOf(value);
  if (lines.length === 0) return <p class="clash-value none">{say("emptyValue")}</p>;
  const before = base === undefined ? null : linesOf(base);
  const isList = before !== null && (lines.length > 3 || before.length > 3);
  if (!isList) return <p class="clash-value">{lines.join("\n")}</p>;
  return (
    <div class="clash-value diff">
      {before.filter((line) => !lines.includes(line)).map((line) => <del key={`- ${line}`}>{line}</del>)}
      {lines.filter((line) => !before.includes(line)).map((line) => <ins key={`+ ${line}`}>{line}</ins>)}
    </div>
  );
}

export function linesOf(value: unknown): string[] {
  if (value === null || value === undefined || value === "") return [];
  if (!Array.isArray(value)) return [String(value)];
  return value.flatMap((one: unknown) => (typeof one === "object" && one !== null ? answerLines(one as Answer) : [String(one)]));
}

function answerLines(answer: Answer): string[] {
  const buttons = answer.buttons.map((button) => `[${button.title}] ${button.payload}`);
  return [answer.text, ...(answer.image ? [answer.image] : []), ...buttons];
}
